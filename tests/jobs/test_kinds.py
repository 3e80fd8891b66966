"""The kinds of variables beyond plain text: what fits, what does not, and what reaches the job."""

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address, ip_interface, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.jobs import (
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DecimalVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    SecretVar,
    StringVar,
)
from webapp.jobs.variables import variable_from

SERVICES = MultiChoiceVar(["bgp", ("more", [(1, "One"), (True, "Yes")]), (None, "None")])
NO_ADDRESS = "Please specify a valid IPv4 or IPv6 address."
NO_MASK = "CIDR mask (e.g. /24) is required."
NO_DAY = "Enter a valid date, like 2026-03-31."
NO_MOMENT = "Enter a valid date and time, like 2026-03-31 14:30."
NO_NUMBER = "Enter a valid JSON. NaN, Infinity and numbers beyond 1.7e308 are not part of it."
TOO_DEEP = "Enter a valid JSON. It may have at most 50 levels."
REQUIRED = "This field is required."


def nested(levels):
    """A list in a list, that many of them."""
    return json.loads("[" * levels + "]" * levels)


def refusal(variable, raw):
    with pytest.raises(ValueError) as caught:
        variable.parse(raw)
    assert type(caught.value) is ValueError
    return str(caught.value)


@pytest.mark.parametrize(
    ("variable", "raw", "message"),
    [
        (DecimalVar(), "one", "Enter a number."),
        (DecimalVar(), "1,5", "Enter a number."),
        (DecimalVar(), "NaN", "Enter a number."),
        (DecimalVar(), "1e99999", "Enter a number."),
        (DecimalVar(), float("inf"), "Enter a number."),
        (DecimalVar(), Decimal("NaN"), "Enter a number."),
        (DecimalVar(), True, "Enter a number."),
        (DecimalVar(), [1], "Enter a number."),
        (DecimalVar(), "٣", "Enter a number."),
        (DecimalVar(), " ", REQUIRED),
        (DecimalVar(min_value=0), "-0.1", "Ensure this value is greater than or equal to 0."),
        (DecimalVar(max_value=0), "0.1", "Ensure this value is less than or equal to 0."),
        (DecimalVar(max_value=0.1), 0.11, "Ensure this value is less than or equal to 0.1."),
        (DecimalVar(decimal_places=0), "1.0", "Ensure that there are no more than 0 decimal places."),
        (DecimalVar(decimal_places=2), 1e-3, "Ensure that there are no more than 2 decimal places."),
        (DecimalVar(), "1" * 51, "Ensure that there are no more than 50 digits in total."),
        (DecimalVar(), 10**4000, "Ensure that there are no more than 50 digits in total."),
        (DecimalVar(), 1e300, "Ensure that there are no more than 50 digits in total."),
        (DateVar(), "31.3.2026", NO_DAY),
        (DateVar(), "2026-02-30", NO_DAY),
        (DateVar(), "20260331", NO_DAY),
        (DateVar(), "2026-03-31T10:00", NO_DAY),
        (DateVar(), datetime(2026, 3, 31), NO_DAY),
        (DateVar(), 20260331, NO_DAY),
        (DateVar(), "", REQUIRED),
        (DateTimeVar(), "tomorrow", NO_MOMENT),
        (DateTimeVar(), "2026-03-31", NO_MOMENT),
        (DateTimeVar(), "2026-03-31 25:00", NO_MOMENT),
        (DateTimeVar(), "2026-03-31 10:00+25:00", NO_MOMENT),
        (DateTimeVar(), "0001-01-01T00:00+10:00", NO_MOMENT),
        (DateTimeVar(), "9999-12-31T23:59-10:00", NO_MOMENT),
        (DateTimeVar(), 0, NO_MOMENT),
        (DateTimeVar(), None, REQUIRED),
        (SERVICES, "bgp", "Enter a list of values."),
        (SERVICES, [["bgp"]], "Enter a list of values."),
        (SERVICES, {"bgp": 1}, "Enter a list of values."),
        (SERVICES, ["bgp", "x"], "Select a valid choice. x is not one of the available choices."),
        (SERVICES, ["more"], "Select a valid choice. more is not one of the available choices."),
        (SERVICES, [], REQUIRED),
        (SERVICES, None, REQUIRED),
        (ChoiceVar(choices=None), "a", "Select a valid choice. a is not one of the available choices."),
        (MultiChoiceVar(), ["a"], "Select a valid choice. a is not one of the available choices."),
        (IPAddressVar(), "1.2.3", "Invalid IPv4/IPv6 address format: 1.2.3"),
        (IPAddressVar(), "192.0.2.1/24", "Invalid IPv4/IPv6 address format: 192.0.2.1/24"),
        (IPAddressVar(), "010.0.0.1", "Invalid IPv4/IPv6 address format: 010.0.0.1"),
        (IPAddressVar(), "fe80::1%eth0", "Invalid IPv4/IPv6 address format: fe80::1%eth0"),
        (IPAddressVar(), 3221225985, "Invalid IPv4/IPv6 address format: 3221225985"),
        (IPAddressVar(), "x" * 1000, "Invalid IPv4/IPv6 address format: " + "x" * 100),
        (IPAddressVar(), " ", REQUIRED),
        (IPAddressWithMaskVar(), "192.0.2.1", NO_MASK),
        (IPAddressWithMaskVar(), "nonsense", NO_MASK),
        (IPAddressWithMaskVar(), "192.0.2.1/33", NO_ADDRESS),
        (IPAddressWithMaskVar(), "192.0.2.1/", NO_ADDRESS),
        (IPAddressWithMaskVar(), "192.0.2.1/24/24", NO_ADDRESS),
        (IPAddressWithMaskVar(), "fe80::1%eth0/64", NO_ADDRESS),
        (IPAddressWithMaskVar(), ["192.0.2.1", 24], NO_ADDRESS),
        (IPNetworkVar(), "192.0.2.0", NO_MASK),
        (IPNetworkVar(), "2001:db8::/129", NO_ADDRESS),
        (IPNetworkVar(), "192.0.2.1/24", "192.0.2.1/24 is not a valid prefix. Did you mean 192.0.2.0/24?"),
        (IPNetworkVar(), "2001:DB8::1/32", "2001:db8::1/32 is not a valid prefix. Did you mean 2001:db8::/32?"),
        (
            IPNetworkVar(min_prefix_length=24),
            "192.0.0.0/16",
            "The prefix length must be greater than or equal to 24.",
        ),
        (IPNetworkVar(max_prefix_length=0), "0.0.0.0/1", "The prefix length must be less than or equal to 0."),
        (
            JSONVar(),
            "{'a': 1}",
            "Enter a valid JSON. Expecting property name enclosed in double quotes (line 1, column 2).",
        ),
        (JSONVar(), '{"a": 1,\n "b": }', "Enter a valid JSON. Expecting value (line 2, column 7)."),
        (JSONVar(), "[NaN]", NO_NUMBER),
        (JSONVar(), "-Infinity", NO_NUMBER),
        (JSONVar(), "[1e400]", NO_NUMBER),
        (JSONVar(), [float("nan")], NO_NUMBER),
        (JSONVar(), "9" * 5000, "Enter a valid JSON. Whole numbers may have at most 4,200 digits."),
        (JSONVar(), {"a": 10**4299}, "Enter a valid JSON. Whole numbers may have at most 4,200 digits."),
        (JSONVar(), "[" * 51 + "]" * 51, TOO_DEEP),
        (JSONVar(), "[" * 100_000 + "]" * 100_000, TOO_DEEP),
        (JSONVar(), nested(51), TOO_DEEP),
        (JSONVar(), '{"a\\u0000": 1}', "Null characters are not allowed."),
        (JSONVar(), ["\ud800"], "Characters that are half of a pair (surrogates) are not allowed."),
        (JSONVar(), {1: 2}, "Enter a valid JSON."),
        (JSONVar(), (1, 2), "Enter a valid JSON."),
        (JSONVar(), "null", REQUIRED),
        (JSONVar(), " ", REQUIRED),
        (SecretVar(), "", REQUIRED),
        (SecretVar(), 5, "Enter text."),
        (SecretVar(), "********", "Enter it again: what was given before is not kept."),
        (SecretVar(min_length=4), "abc", "Ensure this value has at least 4 characters (it has 3)."),
        (SecretVar(regex="^[a-z]+$"), "ABC", "Invalid value. Must match regex: ^[a-z]+$"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(variable, raw, message):
    assert refusal(variable, raw) == message


@pytest.mark.parametrize(
    ("variable", "raw", "value"),
    [
        (DecimalVar(min_value=0, max_value=0), "0.0", Decimal("0.0")),
        (DecimalVar(), " +1.50 ", Decimal("1.50")),
        (DecimalVar(), 0.1, Decimal("0.1")),
        (DecimalVar(), -7, Decimal("-7")),
        (DecimalVar(), ".5", Decimal("0.5")),
        (DecimalVar(), 1e-7, Decimal("0.0000001")),
        (DecimalVar(), Decimal("2.5"), Decimal("2.5")),
        (DecimalVar(required=False), "", None),
        (DateVar(), " 2024-02-29 ", date(2024, 2, 29)),
        (DateVar(), date(1, 1, 1), date(1, 1, 1)),
        (DateVar(required=False), None, None),
        (DateTimeVar(), "2026-03-31 14:30", datetime(2026, 3, 31, 14, 30, tzinfo=UTC)),
        (DateTimeVar(), "2026-03-31t14:30:15.5z", datetime(2026, 3, 31, 14, 30, 15, 500_000, tzinfo=UTC)),
        (DateTimeVar(), "2026-03-31T14:30+02:00", datetime(2026, 3, 31, 12, 30, tzinfo=UTC)),
        (DateTimeVar(), datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)),
        (DateTimeVar(required=False), "", None),
        (SERVICES, ["1", "bgp", 1], [1, "bgp"]),
        (SERVICES, ("True", 1), [True, 1]),
        (SERVICES, [None], [None]),
        (MultiChoiceVar(["a"], required=False), None, []),
        (MultiChoiceVar(["a"], required=False), [], []),
        (ChoiceVar(required=False), None, ""),
        (IPAddressVar(), " 192.0.2.1 ", ip_address("192.0.2.1")),
        (IPAddressVar(), "2001:DB8::0", ip_address("2001:db8::")),
        (IPAddressVar(), ip_address("::1"), ip_address("::1")),
        (IPAddressVar(required=False), "", None),
        (IPAddressWithMaskVar(), "192.0.2.1/255.255.255.0", ip_interface("192.0.2.1/24")),
        (IPAddressWithMaskVar(), "2001:db8::1/64", ip_interface("2001:db8::1/64")),
        (IPNetworkVar(min_prefix_length=0, max_prefix_length=24), "192.0.2.0/24", ip_network("192.0.2.0/24")),
        (IPNetworkVar(), ip_network("2001:db8::/32"), ip_network("2001:db8::/32")),
        (JSONVar(), '{"a": [1, 2.5, null, true, "x"]}', {"a": [1, 2.5, None, True, "x"]}),
        (JSONVar(), {"key1": True}, {"key1": True}),
        (JSONVar(), "[]", []),
        (JSONVar(), {}, {}),
        (JSONVar(), '"text"', "text"),
        (JSONVar(), '""', ""),
        (JSONVar(), "0", 0),
        (JSONVar(), False, False),
        (JSONVar(), nested(50), nested(50)),
        (JSONVar(required=False), "null", None),
        (SecretVar(), " as it is ", " as it is "),
        (SecretVar(required=False), None, ""),
        (SecretVar(regex="b"), "abc", "abc"),
    ],
)
def test_a_value_that_fits_reaches_the_job_with_its_type(variable, raw, value):
    parsed = variable.parse(raw)
    assert parsed == value
    assert isinstance(parsed, type(value))
    if isinstance(parsed, list):
        assert list(map(type, parsed)) == list(map(type, value))


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        (DateVar(default=date(2026, 1, 1)), "2026-01-01"),
        (DateTimeVar(default=datetime(2026, 1, 1, tzinfo=UTC)), "2026-01-01T00:00:00+00:00"),
        (DecimalVar(default=Decimal("1.50")), "1.50"),
        (DecimalVar(default=0), 0),
        (IPAddressVar(default=ip_address("::1")), "::1"),
        (IPAddressWithMaskVar(default="192.0.2.1/24"), "192.0.2.1/24"),
        (IPNetworkVar(default=ip_network("192.0.2.0/24")), "192.0.2.0/24"),
        (JSONVar(default={"a": 1}), {"a": 1}),
        (MultiChoiceVar(["a", "b"], default=["b"]), ["b"]),
    ],
)
def test_a_default_may_be_a_value_and_is_told_as_data(variable, told):
    description = json.loads(json.dumps(variable.describe("x")))
    assert description["default"] == told
    again = variable_from(description)
    assert again.parse(again.default) == variable.parse(variable.default)


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (DecimalVar(min_value="low"), "min_value should be a number, not 'low'"),
        (DecimalVar(max_value=True), "max_value should be a number, not True"),
        (DecimalVar(decimal_places="2"), "decimal_places should be int, not str"),  # type: ignore[arg-type]
        (IPNetworkVar(min_prefix_length="8"), "min_prefix_length should be int, not str"),  # type: ignore[arg-type]
        (SecretVar(default="hunter2"), "a secret has no default"),
        (DateVar(default=object()), "default cannot be kept as JSON"),
    ],
)
def test_a_wrong_option_is_named_when_the_job_is_described(variable, message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        variable.describe("x")


def test_limits_of_decimals_are_told_as_they_were_written():
    told = DecimalVar(min_value=0, max_value=Decimal("9.90"), decimal_places=0).describe("x")
    assert (told["min_value"], told["max_value"], told["decimal_places"]) == ("0", "9.90", 0)


@pytest.mark.parametrize("regex", ["^a", "a$", "a", r"^a\$", r"\Aa"])
def test_a_regex_that_leaves_an_end_open_gets_a_note(regex):
    (note,) = StringVar(regex=regex).notes()
    assert "searched anywhere" in note


@pytest.mark.parametrize("regex", [None, "^a$", r"\Aa\Z", "(?i)^a$", r"^a\\$"])
def test_a_regex_that_describes_all_of_a_text_gets_none(regex):
    assert StringVar(regex=regex).notes() == []


def test_a_choice_of_nothing_gets_a_note():
    assert ChoiceVar(None).notes() == ["choices is empty, so that no value will ever fit."]
    assert ChoiceVar(["a"]).notes() == []


def test_a_time_without_a_zone_is_one_of_utc():
    assert DateTimeVar().parse("2026-07-01 12:00") == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert DateTimeVar().parse("2026-07-01 12:00+02:00") == datetime(2026, 7, 1, 10, tzinfo=UTC)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=3)
    ),
    max_leaves=8,
)
ZONES = st.none() | st.integers(-720, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
VALUES = [
    (DecimalVar(), st.decimals(-(10**20), 10**20, places=6)),
    (DecimalVar(), st.floats(-1e15, 1e15).filter(lambda number: number == 0 or abs(number) > 1e-20)),
    (DateVar(), st.dates()),
    (DateTimeVar(), st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)),
    (IPAddressVar(), st.ip_addresses()),
    (IPAddressWithMaskVar(), st.builds(lambda ip, mask: f"{ip}/{mask}", st.ip_addresses(), st.integers(0, 32))),
    (
        IPNetworkVar(),
        st.builds(lambda ip, mask: ip_network((ip, mask), strict=False), st.ip_addresses(), st.integers(0, 32)),
    ),
    (JSONVar(required=False), JSON.filter(lambda value: not isinstance(value, str)) | JSON.map(json.dumps)),
    (MultiChoiceVar(list(range(9)), required=False), st.lists(st.integers(0, 8))),
    (SecretVar(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)),
]
CASES = st.sampled_from(range(len(VALUES))).flatmap(lambda n: st.tuples(st.just(VALUES[n][0]), VALUES[n][1]))


@settings(deadline=None, max_examples=150)
@given(CASES)
def test_what_is_dumped_is_loaded_again_and_may_be_given_again(case):
    variable, raw = case
    value = variable.parse(raw)
    stored = json.loads(json.dumps(variable.dump(value), allow_nan=False))
    again = variable_from(json.loads(json.dumps(variable.describe("x"))))
    assert again.load(stored) == value
    assert type(again.load(stored)) is type(value)
    assert again.parse(stored) == value
