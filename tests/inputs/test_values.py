"""All inputs of a run at once."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.errors import InvalidInputs
from webapp.inputs import values
from webapp.jobs import BooleanVar, ChoiceVar, IntegerVar, StringVar
from webapp.jobs.variables import collect, load_all, variables_of


class Declared:
    name_ = StringVar(max_length=5)
    size = IntegerVar(default=3, max_value=9)
    loud = BooleanVar()
    colour = ChoiceVar([(1, "one"), ("two", "Two")], required=False)


VARIABLES = collect(Declared)
DESCRIBED = [{"name": name, **variable.describe(name)} for name, variable in VARIABLES.items()]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*VARIABLES, "unknown", "\ud800", ""])


def errors_of(raw):
    with pytest.raises(InvalidInputs) as caught:
        values.parse(VARIABLES, raw)
    return caught.value.errors


def test_variables_come_back_from_the_record_in_order():
    again = variables_of(json.loads(json.dumps(DESCRIBED)))
    assert {name: type(variable) for name, variable in again.items()} == {
        name: type(variable) for name, variable in VARIABLES.items()
    }
    assert list(again) == list(VARIABLES)


def test_texts_of_a_form_and_json_give_the_same_values():
    expected = {"name_": "x", "size": 4, "loud": True, "colour": 1}
    assert values.parse(VARIABLES, {"name_": " x", "size": "4", "loud": "on", "colour": "1"}) == expected
    assert values.parse(VARIABLES, {"name_": "x", "size": 4, "loud": True, "colour": 1}) == expected


def test_what_is_left_out_has_its_default():
    assert values.parse(VARIABLES, {"name_": "x"}) == {"name_": "x", "size": 3, "loud": False, "colour": ""}


def test_every_wrong_input_has_its_message():
    assert errors_of({"size": 10, "loud": 3, "colour": "three", "tags": 1}) == {
        "tags": ["Job data contained an unknown property"],
        "name_": ["This field is required."],
        "size": ["Ensure this value is less than or equal to 9."],
        "loud": ["Must be true or false."],
        "colour": ["Select a valid choice. three is not one of the available choices."],
    }


@pytest.mark.parametrize("raw", [None, [], "x", 5, [["name_", "x"]]])
def test_what_is_no_dict_is_refused_as_a_whole(raw):
    assert errors_of(raw) == {"__all__": ["Job data needs to be a dict"]}


@settings(deadline=None)
@given(ANYTHING | st.dictionaries(NAMES, ANYTHING))
def test_whatever_comes_in_is_values_or_messages(raw):
    try:
        parsed = values.parse(VARIABLES, raw)
    except InvalidInputs as refusal:
        json.dumps(refusal.errors, ensure_ascii=False).encode()
        str(refusal).encode()
        return
    stored = json.loads(json.dumps(values.dump(VARIABLES, parsed), allow_nan=False))
    assert load_all(VARIABLES, stored) == parsed


def test_a_variable_that_the_job_no_longer_has_is_left_out():
    assert load_all(VARIABLES, {"size": 1, "gone": 2}) == {"size": 1}
