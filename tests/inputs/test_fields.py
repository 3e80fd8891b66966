"""The fields of the kinds of variables: right controls, and what was typed stays."""

import re
from html import unescape

import pytest
from werkzeug.datastructures import MultiDict

from webapp.inputs.forms import InputsForm
from webapp.jobs import (
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DecimalVar,
    DryRunVar,
    IPAddressVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    SecretVar,
    StringVar,
)


def html(variable, typed=None, initial=None):
    """The control of variable in a form that is new, or was sent with these texts."""
    formdata = None if typed is None else MultiDict([("x", text) for text in typed])
    return str(InputsForm({"x": variable}, formdata, {"x": initial} if initial is not None else None)["x"]())


def value(control):
    return unescape(re.search(r'value="([^"]*)"', control)[1])


@pytest.mark.parametrize(
    ("variable", "good", "wrong", "native"),
    [
        (DateVar(), "2026-03-31", ["31.3.2026", "2026-02-30", " 2026-03-31", "tomorrow"], "date"),
        (
            DateTimeVar(),
            "2026-03-31T14:30",
            ["2026-03-31 14:30", "2026-03-31T14:30Z", "2026-03-31T25:00", "noon", '"><script>'],
            "datetime-local",
        ),
    ],
)
def test_a_day_or_moment_has_the_browsers_control_unless_that_would_hide_what_was_typed(variable, good, wrong, native):
    assert f'type="{native}"' in html(variable)
    shown = html(variable, [good])
    assert (f'type="{native}"' in shown, value(shown)) == (True, good)
    for text in wrong:
        shown = html(variable, [text])
        assert ('type="text"' in shown, value(shown)) == (True, text)


def test_a_moment_is_shown_in_utc():
    form = InputsForm({"x": DateTimeVar(description="When.")}, initial={"x": "2026-07-01T12:00:00+02:00"})
    assert (form["x"].zone.name, form["x"].explained) == ("UTC", "")
    assert value(str(form["x"]())) == "2026-07-01T10:00"
    assert value(html(DateTimeVar(), initial="2026-07-01T10:00:15+02:00")) == "2026-07-01T08:00:15"
    assert value(html(DateTimeVar(default="soon"))) == "soon"


def test_what_a_form_shows_of_a_moment_is_the_same_moment_again():
    variable = DateTimeVar()
    stored = variable.dump(variable.parse("2026-07-01T10:00:00.123456Z"))
    assert variable.parse(value(html(variable, initial=stored))) == variable.load(stored)


def test_a_document_is_shown_as_json_and_comes_back_as_it_was_typed():
    variable = JSONVar(required=False)
    assert "{\n  &#34;a&#34;: &#34;ä&#34;\n}" in html(JSONVar(default={"a": "ä"}))
    assert "[]" in html(variable, initial=[])
    assert "&#34;text&#34;" in html(variable, initial=variable.dump("text"))
    assert "{&#39;a&#39;: 1,}" in html(variable, ["{'a': 1,}"])
    assert "null" not in html(variable)
    assert 'spellcheck="false"' in html(variable)


def test_a_secret_is_never_shown():
    control = html(SecretVar(max_length=9), ["hunter2"])
    assert 'type="password"' in control
    assert 'autocomplete="off"' in control
    assert 'maxlength="9"' in control
    assert "hunter2" not in control
    assert "hunter2" not in html(SecretVar(), initial="hunter2")
    assert "shown to nobody" in InputsForm({"x": SecretVar()})["x"].description


def test_a_secret_that_was_typed_has_to_be_typed_again_and_the_page_says_so():
    variables = {"x": SecretVar(), "y": SecretVar(required=False), "z": SecretVar(max_length=2)}
    form = InputsForm(variables, MultiDict({"x": "hunter2", "y": "", "z": "abc"}))
    form.refuse({"z": ["Too long."]})
    form.ask_for_secrets_again()
    assert form.errors == {"x": ["Enter it again: what is secret is not sent back."], "z": ["Too long."]}
    new = InputsForm(variables)
    new.ask_for_secrets_again()
    assert new.errors == {}


def test_few_choices_are_boxes_and_many_a_list():
    few = html(MultiChoiceVar(["a", "b", "c"], default=["b"]))
    assert few.count('type="checkbox"') == 3
    assert re.search(r'<input[^>]*checked[^>]*value="b"', few)
    many = html(MultiChoiceVar(range(13), default=[3, 12]))
    assert "<select" in many
    assert "multiple" in many
    assert re.findall(r'<option selected value="(\d+)"', many) == ["3", "12"]
    grouped = html(MultiChoiceVar([("g", ["a", "b"])]))
    assert '<optgroup label="g">' in grouped


def test_what_is_long_is_searched_by_typing_and_what_is_short_is_not():
    assert "data-chips" in html(MultiChoiceVar(range(13)))
    assert "data-chips" in html(MultiChoiceVar([("g", ["a", "b"])]))
    assert "data-chips" not in html(MultiChoiceVar(range(12)))
    assert "data-chips" in html(ChoiceVar(range(16), default=1))
    assert "data-chips" not in html(ChoiceVar(range(15), default=1))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1,\r\n "b": }', (2, 7, ' "b": ', "}", "")),
        ("[1,", (1, 4, "[1,", "", "")),
        ('{"a": 1, "' + "é" * 100 + '": x}', (1, 114, "…" + "é" * 33 + '": ', "x", "}")),
        ("x" + "y" * 90, (1, 1, "", "x", "y" * 36 + "…")),
        ("[\u202e<b>]", (1, 2, "[", "\\u202e", "<b>]")),
    ],
)
def test_a_document_that_cannot_be_read_shows_where(text, place):
    form = InputsForm({"x": JSONVar()}, MultiDict({"x": text}))
    assert form["x"].fault is None
    form.refuse({"x": ["Enter a valid JSON."]})
    fault = form["x"].fault
    assert (fault.line, fault.column, fault.before, fault.at, fault.after) == place


@pytest.mark.parametrize("text", ["[NaN]", "[" * 100_000, "9" * 5000, "null", " ", "[]"])
def test_a_document_that_is_wrong_as_a_whole_has_no_place_to_look_at(text):
    form = InputsForm({"x": JSONVar()}, MultiDict({"x": text}))
    form.refuse({"x": ["Enter a valid JSON."]})
    assert form["x"].fault is None


@pytest.mark.parametrize("choices", [["a", "b", 3], ["a", "b", *range(20)]])
def test_what_was_chosen_stays_and_nothing_chosen_is_nothing(choices):
    variables = {"x": MultiChoiceVar(choices, default=["a"], required=False)}
    form = InputsForm(variables, MultiDict([("x", "3"), ("x", "b")]))
    assert form.raw() == {"x": ["3", "b"]}
    shown = str(form["x"]())
    assert len(re.findall(r"<input[^>]*checked|<option selected", shown)) == 2
    assert InputsForm(variables, MultiDict()).raw() == {"x": []}
    assert not re.search("checked|selected", str(InputsForm(variables, MultiDict())["x"]()))


def test_other_kinds_have_a_line_with_the_right_keyboard():
    assert 'inputmode="decimal"' in html(DecimalVar(default="1.50"))
    assert value(html(DecimalVar(default="1.50"))) == "1.50"
    for variable in (IPAddressVar(), IPNetworkVar()):
        assert 'spellcheck="false"' in html(variable)
        assert value(html(variable, ["10.0.0"])) == "10.0.0"
    assert "---------" in html(ChoiceVar(None))


def test_fields_stand_in_the_sections_of_their_author_and_the_others_behind_them():
    variables = {"a": StringVar(), "b": StringVar(), "c": StringVar(), "dryrun": DryRunVar()}
    form = InputsForm(variables)
    sections = form.sections([["First", ["c", "gone"]], ["Empty", ["dryrun"]], ["Twice", ["c", "a"]]])
    told = [(title, [field.name for field in fields]) for title, fields in sections]
    assert told == [("First", ["c"]), ("Twice", ["a"]), ("", ["b"])]
    assert [field.name for field in form.dry_run()] == ["dryrun"]
    assert InputsForm({"dryrun": DryRunVar()}).sections([]) == []
