"""The form that variables make."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from webapp.errors import InvalidInputs
from webapp.inputs import values
from webapp.inputs.forms import InputsForm, field_for
from webapp.jobs import BooleanVar, ChoiceVar, DryRunVar, IntegerVar, StringVar, TextVar
from webapp.jobs.variables import KINDS, Variable

VARIABLES: dict[str, Variable] = {
    "person": StringVar(label="Person", description="Who.", max_length=5),
    "note": TextVar(required=False, default="Dear …"),
    "times": IntegerVar(default=0),
    "loud": BooleanVar(default=True),
    "colour": ChoiceVar(["plain", ("warm", [("r", "Red"), (2, "Orange")]), ("cold", [("b", "Blue")])], default=2),
    "dryrun": DryRunVar(),
}


def html(form, name):
    return str(form[name]())


def test_a_new_form_shows_the_defaults():
    form = InputsForm(VARIABLES)
    assert 'value="0"' in html(form, "times")
    assert "Dear …" in html(form, "note")
    assert "checked" in html(form, "loud")
    assert "checked" not in html(form, "dryrun")
    assert '<option selected value="2">Orange</option>' in html(form, "colour")


def test_initial_values_go_before_defaults():
    form = InputsForm(VARIABLES, initial={"times": 7, "loud": False, "colour": "b", "dryrun": True, "other": 1})
    assert 'value="7"' in html(form, "times")
    assert "checked" not in html(form, "loud")
    assert "checked" in html(form, "dryrun")
    assert '<option selected value="b">' in html(form, "colour")


def test_what_was_typed_goes_before_both_and_is_kept():
    typed = MultiDict({"person": "far too long", "times": "abc", "colour": "r", "note": ""})
    form = InputsForm(VARIABLES, typed, initial={"person": "Ann"})
    assert 'value="far too long"' in html(form, "person")
    assert 'value="abc"' in html(form, "times")
    assert '<option selected value="r">' in html(form, "colour")
    assert "Dear" not in html(form, "note")
    assert "checked" not in html(form, "loud")


def test_a_form_with_nothing_ticked_or_typed_was_still_sent():
    form = InputsForm({"loud": BooleanVar(default=True)}, MultiDict())
    assert "checked" not in html(form, "loud")
    assert form.raw() == {"loud": False}


def test_fields_know_label_help_and_address():
    field = InputsForm(VARIABLES)["person"]
    assert (field.label.text, field.description, field.id, field.name) == ("Person", "Who.", "id_person", "person")
    assert InputsForm(VARIABLES)["colour"].label.text == "colour"


def test_a_required_field_says_so_without_the_browsers_own_check():
    form = InputsForm(VARIABLES)
    assert form["person"].flags.required
    assert 'aria-required="true"' in html(form, "person")
    assert " required" not in html(form, "person") + html(form, "colour") + html(form, "times")
    assert not form["note"].flags.required
    assert "aria-required" not in html(form, "note") + html(form, "loud")


def test_controls_fit_their_variables():
    form = InputsForm(VARIABLES)
    assert 'maxlength="5"' in html(form, "person")
    assert "maxlength" not in html(form, "note")
    assert html(form, "note").startswith("<textarea")
    assert 'inputmode="numeric"' in html(form, "times")
    assert 'type="text"' in html(form, "times")
    assert 'type="checkbox"' in html(form, "loud")


def test_groups_of_choices_are_shown_as_groups():
    shown = html(InputsForm(VARIABLES), "colour")
    assert shown.index("plain") < shown.index('<optgroup label="warm">') < shown.index('<optgroup label="cold">')


@pytest.mark.parametrize(
    ("variable", "empty_first"),
    [
        (ChoiceVar(["a"]), True),
        (ChoiceVar(["a"], default="a"), False),
        (ChoiceVar(["a"], default="a", required=False), True),
        (ChoiceVar([("", "Choose"), "a"]), False),
        (ChoiceVar([(None, "Choose"), "a"], required=False), False),
        (ChoiceVar([(0, "Zero")], default=0), False),
    ],
)
def test_nothing_can_be_chosen_where_that_makes_sense(variable, empty_first):
    assert ("---------" in html(InputsForm({"x": variable}), "x")) is empty_first


def test_a_form_gives_raw_texts_for_the_variables():
    typed = MultiDict([("person", "a"), ("loud", "on"), ("_job_queue", "x"), ("note", "1\r\n2\r3")])
    raw = InputsForm(VARIABLES, typed).raw()
    assert raw == {"person": "a", "loud": "on", "note": "1\n2\r3", "dryrun": False}
    assert values.parse(VARIABLES, raw | {"colour": "r"})["loud"] is True


def test_a_form_that_says_something_twice_is_refused():
    raw = InputsForm(VARIABLES, MultiDict([("person", "a"), ("person", "b"), ("loud", "on"), ("loud", "on")])).raw()
    with pytest.raises(InvalidInputs) as refused:
        values.parse(VARIABLES, raw | {"colour": "r"})
    assert refused.value.errors == dict.fromkeys(("person", "loud"), ["Give one value: 2 were sent."])


def test_a_form_that_was_not_sent_has_nothing_typed():
    assert InputsForm({"a": StringVar(default="x"), "b": BooleanVar(default=True)}).raw() == {"b": False}


def test_refusals_are_shown_beside_the_fields_and_others_above():
    form = InputsForm(VARIABLES, MultiDict({"person": "x"}))
    form.refuse({"person": ["Too long.", "Too dull."], "__all__": ["Something else."], "tags": ["Unknown."]})
    assert form["person"].errors == ["Too long.", "Too dull."]
    assert form["times"].errors == ()
    assert form.form_errors == ["Something else.", "tags: Unknown."]


def test_refusals_do_not_leak_into_another_form():
    InputsForm(VARIABLES).refuse({"person": ["No."], "__all__": ["No."]})
    assert InputsForm(VARIABLES).errors == {}


def test_names_that_mean_something_to_forms_are_only_names():
    names = ["data", "errors", "process", "meta", "validate", "tags", "form_errors", "raw", "filter_x"]
    form = InputsForm({name: StringVar(required=False) for name in names}, MultiDict(dict.fromkeys(names, "x")))
    assert form.raw() == dict.fromkeys(names, "x")
    assert [field.id for field in form] == [f"id_{name}" for name in names]


def test_every_kind_has_a_field():
    assert all(KINDS[name] in field_for.registry or KINDS[name].__mro__[1] in field_for.registry for name in KINDS)


def test_a_kind_without_a_field_is_a_mistake():
    with pytest.raises(TypeError, match="no field for a Variable"):
        field_for(Variable(), "x")


def test_markup_in_what_authors_and_people_write_is_shown_as_text():
    variables = {"x": ChoiceVar([("<b>", "<i>")]), "y": StringVar(default='"><script>')}
    form = InputsForm(variables)
    assert "<i>" not in html(form, "x")
    assert "<script>" not in html(form, "y")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*VARIABLES, "other"]), st.text(), max_size=6))
def test_whatever_is_typed_can_be_shown_again(typed):
    form = InputsForm(VARIABLES, MultiDict(typed))
    assert all(str(field()) for field in form)
    assert set(form.raw()) <= set(VARIABLES)
