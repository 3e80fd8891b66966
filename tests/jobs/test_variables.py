"""The variables of a job: what fits, what does not, and how they are told as data."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.jobs import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DecimalVar,
    DryRunVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    Job,
    JSONVar,
    MultiChoiceVar,
    SecretVar,
    StringVar,
    TextVar,
    patterns,
)
from webapp.jobs.variables import KINDS, Variable, collect, parse_all, variable_from

SIZES = ChoiceVar([("s", "Small"), ("Large ones", [(10, "Ten"), (20.5, "More")]), (True, "All"), "odd"])
EXAMPLES = [
    StringVar(),
    StringVar(min_length=2, max_length=5, regex="^[a-z]", required=False),
    TextVar(required=False),
    IntegerVar(min_value=-5, max_value=5),
    IntegerVar(required=False),
    BooleanVar(),
    DryRunVar(),
    SIZES,
    ChoiceVar(["a", 1, None], required=False),
    MultiChoiceVar(["a", 1, ("g", [("s", "S"), True])]),
    DecimalVar(min_value=0, decimal_places=3),
    DateVar(required=False),
    DateTimeVar(),
    IPAddressVar(),
    IPAddressWithMaskVar(required=False),
    IPNetworkVar(min_prefix_length=8, max_prefix_length=64),
    JSONVar(),
    SecretVar(regex="a", required=False),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TEXTS = (
    st.text()
    | st.from_regex(r"\A[+-]?[0-9]{1,30}\Z")
    | st.from_regex(r"\A[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]{1,2})?\Z")
    | st.from_regex(r"\A[0-9]{4}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-5][0-9])?\Z")
    | st.sampled_from(["s", "10", "20.5", "True", "on", "", " ", '{"a": [1, null]}', "::1", "::/8"])
)


def refusal(variable, raw):
    with pytest.raises(ValueError) as caught:
        variable.parse(raw)
    return str(caught.value)


@pytest.mark.parametrize(
    ("variable", "raw", "message"),
    [
        (StringVar(min_length=3), "ab", "Ensure this value has at least 3 characters (it has 2)."),
        (StringVar(max_length=3), "abcd", "Ensure this value has at most 3 characters (it has 4)."),
        (StringVar(regex="^[a-z]+$"), "A", "Invalid value. Must match regex: ^[a-z]+$"),
        (StringVar(), "x" * 65_537, "Ensure this value has at most 65536 characters (it has 65537)."),
        (TextVar(), "x" * 65_537, "Ensure this value has at most 65536 characters (it has 65537)."),
        (StringVar(), "a\0b", "Null characters are not allowed."),
        (TextVar(), "a\0b", "Null characters are not allowed."),
        (StringVar(), "\ud800", "Characters that are half of a pair (surrogates) are not allowed."),
        (StringVar(), ["a"], "Enter text."),
        (StringVar(), 5, "Enter text."),
        (StringVar(), "  ", "This field is required."),
        (StringVar(), None, "This field is required."),
        (TextVar(), "", "This field is required."),
        (TextVar(), " \n\t", "This field is required."),
        (TextVar(required=False), " " * 65_537, "Ensure this value has at most 65536 characters (it has 65537)."),
        (IntegerVar(min_value=5), 4, "Ensure this value is greater than or equal to 5."),
        (IntegerVar(min_value=0), "-1", "Ensure this value is greater than or equal to 0."),
        (IntegerVar(max_value=10), "11", "Ensure this value is less than or equal to 10."),
        (IntegerVar(max_value=0), 1, "Ensure this value is less than or equal to 0."),
        (IntegerVar(), 2**63, "Ensure this value is less than or equal to 9223372036854775807."),
        (IntegerVar(), "9" * 100_000, "Ensure this value is less than or equal to 9223372036854775807."),
        (IntegerVar(), "-" + "9" * 30, "Ensure this value is greater than or equal to -9223372036854775808."),
        (IntegerVar(), "five", "Enter a whole number."),
        (IntegerVar(), "1_000", "Enter a whole number."),
        (IntegerVar(), "٣", "Enter a whole number."),
        (IntegerVar(), 1.0, "Enter a whole number."),
        (IntegerVar(), True, "Enter a whole number."),
        (IntegerVar(), {"value": 1}, "Enter a whole number."),
        (IntegerVar(), " ", "This field is required."),
        (BooleanVar(), "perhaps", "Must be true or false."),
        (BooleanVar(), 1, "Must be true or false."),
        (BooleanVar(), [], "Must be true or false."),
        (SIZES, "m", "Select a valid choice. m is not one of the available choices."),
        (SIZES, "Large ones", "Select a valid choice. Large ones is not one of the available choices."),
        (SIZES, ["s"], "Select one choice."),
        (SIZES, "", "This field is required."),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(variable, raw, message):
    assert refusal(variable, raw) == message


@pytest.mark.parametrize(
    ("variable", "raw", "value"),
    [
        (StringVar(min_length=3, max_length=3, regex="b"), " abc ", "abc"),
        (StringVar(min_length=0), "x", "x"),
        (StringVar(max_length=70_000), "x" * 66_000, "x" * 66_000),
        (StringVar(required=False), None, ""),
        (StringVar(required=False, min_length=3), "", ""),
        (TextVar(), " as it is \n", " as it is \n"),
        (TextVar(required=False), " \n", " \n"),
        (SecretVar(), "  ", "  "),
        (TextVar(), "x" * 65_536, "x" * 65_536),
        (IntegerVar(min_value=0), 0, 0),
        (IntegerVar(), " +007 ", 7),
        (IntegerVar(), "0" * 50 + "5", 5),
        (IntegerVar(), str(-(2**63)), -(2**63)),
        (IntegerVar(required=False), "", None),
        (BooleanVar(), "on", True),
        (BooleanVar(), "True", True),
        (BooleanVar(), "false", False),
        (BooleanVar(), "", False),
        (BooleanVar(required=True), None, False),
        (SIZES, "10", 10),
        (SIZES, 10, 10),
        (SIZES, "20.5", 20.5),
        (SIZES, "True", True),
        (SIZES, "odd", "odd"),
        (ChoiceVar(["a"], required=False), None, ""),
    ],
)
def test_a_value_that_fits_reaches_the_job_with_its_type(variable, raw, value):
    parsed = variable.parse(raw)
    assert (parsed, type(parsed)) == (value, type(value))


@settings(deadline=None)
@given(st.sampled_from(EXAMPLES), JSON | TEXTS)
def test_whatever_is_typed_is_a_stable_value_or_a_message(variable, raw):
    try:
        value = variable.parse(raw)
    except ValueError as error:
        assert type(error) is ValueError
        str(error).encode()
        return
    stored = json.loads(json.dumps(variable.dump(value), allow_nan=False))
    assert variable.load(stored) == value
    if value not in (None, ""):
        assert variable.parse(stored) == value


@settings(deadline=None)
@given(st.sampled_from(EXAMPLES), JSON | TEXTS)
def test_a_variable_made_from_its_description_judges_alike(variable, raw):
    description = json.loads(json.dumps(variable.describe("x")))
    verdicts = []
    for judge in (variable, variable_from(description)):
        try:
            verdicts.append(judge.parse(raw))
        except ValueError as error:
            verdicts.append(str(error))
    assert verdicts[0] == verdicts[1]


@pytest.mark.parametrize("variable", EXAMPLES)
def test_describing_and_making_are_each_others_inverse(variable):
    description = variable.describe("some_name")
    again = variable_from({"name": "some_name", **description})
    assert type(again) is type(variable)
    assert again.describe("other") == description


def test_a_description_says_all_options():
    variable = StringVar(label="New name", description="Short.", default="x", max_length=0, regex="x", widget="big")
    assert variable.describe("a") == {
        "type": "StringVar",
        "label": "New name",
        "description": "Short.",
        "required": True,
        "default": "x",
        "widget": "big",
        "max_length": 0,
        "regex": "x",
    }


def test_a_widget_that_json_cannot_say_is_left_out():
    assert "widget" not in StringVar(widget=object()).describe("a")


def test_the_label_is_the_name_made_readable():
    assert IntegerVar().describe("new_VLAN_id")["label"] == "New VLAN id"


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if not kind.secret], ids=lambda kind: kind.kind)
def test_whatever_is_no_secret_may_be_marked_to_tell_runs_apart(kind):
    model = {"model": "users.user"} if "model" in kind.options else {}
    assert "summary" not in kind(**model).describe("x")
    told = kind(summary=True, **model).describe("x")
    assert (told["summary"], variable_from({"name": "x", **told}).summary) == (True, True)


def test_a_description_of_a_later_version_can_be_read():
    assert isinstance(variable_from({"type": "TextVar", "colour": "red", "required": True}), TextVar)


def test_a_description_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no kind of variable called ColourVar"):
        variable_from({"type": "ColourVar"})


def test_what_an_author_derives_is_of_the_kits_kind():
    class HostVar(StringVar):
        pass

    assert HostVar(max_length=3).describe("host")["type"] == "StringVar"


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (StringVar(max_length="5"), "max_length should be int, not str"),  # type: ignore[arg-type]
        (IntegerVar(min_value=True), "min_value should be int, not bool"),
        (StringVar(label=5), "label should be str, not int"),
        (StringVar(required="yes"), "required should be bool, not str"),
        (StringVar(summary="yes"), "summary should be bool, not str"),  # type: ignore[arg-type]
        (SecretVar(summary=True), "summary has no place on a secret, as nobody is shown what was given for it"),
        (StringVar(default=object), "default cannot be kept as JSON"),
        (StringVar(default=float("nan")), "default cannot be kept as JSON: nan"),
        (StringVar(regex="("), "regex cannot be read: missing )"),
        (StringVar(regex="x" * 501), "regex should have at most 500 characters"),
        (ChoiceVar(5), "choices should be a list of pairs or values, not int"),
    ],
)
def test_a_wrong_option_is_named_when_the_job_is_described(variable, message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        variable.describe("x")


def test_a_dry_run_is_off_whatever_its_author_says():
    variable = DryRunVar(default=True, required=True, description="Only look.")
    assert (variable.default, variable.required, variable.description) == (False, False, "Only look.")
    assert DryRunVar().describe("dryrun")["label"] == "Dry run"


def test_a_callable_is_asked_for_its_choices_once():
    asked = []

    def choices():
        asked.append(1)
        return ["a", "b"]

    variable = ChoiceVar(choices)
    assert asked == []
    variable.describe("x")
    assert variable.parse("b") == "b"
    assert asked == [1]


def test_every_kind_is_known_by_its_name():
    assert [kind.__name__ for kind in KINDS.values()] == list(KINDS)


def test_a_search_that_takes_too_long_is_a_message():
    def give_up(_pattern, _text):
        raise TimeoutError

    patterns.plug(give_up)
    try:
        assert refusal(StringVar(regex="a"), "a") == "This value takes too long to check. Must match regex: a"
    finally:
        patterns.plug()


class Base(Job):
    first = StringVar()
    second = StringVar()
    third = StringVar()


class Derived(Base):
    fourth = IntegerVar()
    second = IntegerVar()  # type: ignore[assignment]
    third = None  # type: ignore[assignment]


def test_inherited_variables_come_first_and_a_replaced_one_keeps_its_place():
    found = collect(Derived)
    assert list(found) == ["first", "second", "fourth"]
    assert isinstance(found["second"], IntegerVar)


def test_what_is_missing_has_its_default_or_is_required():
    variables = {"a": StringVar(default="x"), "b": StringVar(), "c": IntegerVar(required=False), "d": BooleanVar()}
    values, errors = parse_all(variables, {"e": 1})
    assert values == {"a": "x", "c": None, "d": False}
    assert errors == {"b": ["This field is required."], "e": ["Job data contained an unknown property"]}


def test_nothing_said_on_purpose_is_not_the_default():
    assert parse_all({"a": IntegerVar(default=5, required=False)}, {"a": None})[0] == {"a": None}


def test_a_default_that_does_not_fit_is_only_a_suggestion():
    _, errors = parse_all({"a": IntegerVar(default=0, min_value=1)}, {})
    assert errors == {"a": ["Ensure this value is greater than or equal to 1."]}


def test_a_variable_without_a_kind_cannot_be_described():
    with pytest.raises(AttributeError):
        Variable().describe("x")
