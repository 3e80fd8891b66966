"""A form and JSON, as the API and the command line take it, are two ways to the same verdict."""

import json

import pytest
import sqlalchemy as sa
from flask_login import login_user
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from webapp.accounts.models import Group, User
from webapp.db import db
from webapp.errors import InvalidInputs
from webapp.inputs import values
from webapp.inputs.forms import InputsForm
from webapp.jobs import MultiObjectVar, ObjectVar
from webapp.jobs.variables import KINDS

LISTED = ["a", ("g", [(1, "One"), (True, "Yes")]), 2.5]
OPTIONS = {
    "StringVar": [{}, {"min_length": 2, "max_length": 5, "regex": "[a-z1]"}],
    "IntegerVar": [{"min_value": 0, "max_value": 0}, {"max_value": 50}],
    "DecimalVar": [{}, {"min_value": 0, "max_value": "9.5", "decimal_places": 1}],
    "ChoiceVar": [{"choices": LISTED}],
    "MultiChoiceVar": [{"choices": LISTED}, {"choices": list(range(30))}],
    "IPNetworkVar": [{}, {"min_prefix_length": 8, "max_prefix_length": 24}],
    "SecretVar": [{"min_length": 3}],
}
ELSEWHERE = {"FileVar", "ObjectVar", "MultiObjectVar"}
"""Kinds whose values are not texts, or not of themselves: see below for objects."""
VARIABLES = [
    kind(required=required, **options)
    for name, kind in KINDS.items()
    if name not in ELSEWHERE
    for options in OPTIONS.get(name, [{}])
    for required in (True, False)
]
ONE_LINE = st.characters(exclude_characters="\r\n")
TEXTS = (
    st.text(ONE_LINE)
    | st.from_regex(r"\A[+-]?[0-9]{1,3}(\.[0-9]{1,2})?\Z")
    | st.from_regex(r"\A(10|192)\.0\.[0-9]\.[0-9](/([0-9]|[12][0-9]))?\Z")
    | st.from_regex(r"\A20[0-9]{2}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-5][0-9]Z?)?\Z")
    | st.sampled_from(
        ["", " ", "a", "1", "True", "2.5", "on", "false", "null", "[]", '{"a": [1]}', "::/0", "::1", "abc1"]
    )
)


def verdict(variable, raw):
    """The value that the job would get, or nothing and the messages."""
    try:
        return values.parse({"x": variable}, raw)["x"], {}
    except InvalidInputs as refusal:
        return None, refusal.errors


def sent(variable, texts):
    """What a form makes of texts; without one it was sent with nothing chosen."""
    return InputsForm({"x": variable}, MultiDict([("x", text) for text in texts])).raw()


def as_json(raw):
    """raw on its way over the API, or from the shell."""
    return json.loads(json.dumps(raw))


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(VARIABLES), TEXTS)
def test_form_and_json_accept_and_refuse_the_same_texts(variable, text):
    raw = [text] if variable.multiple else text
    assert verdict(variable, sent(variable, [text])) == verdict(variable, as_json({"x": raw}))


@settings(deadline=None, max_examples=150)
@given(st.sampled_from([each for each in VARIABLES if each.multiple]), st.lists(TEXTS, max_size=5))
def test_form_and_json_accept_and_refuse_the_same_lists(variable, texts):
    assert verdict(variable, sent(variable, texts)) == verdict(variable, as_json({"x": texts}))


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(VARIABLES), TEXTS)
def test_what_a_form_gave_may_be_given_as_json_and_shown_in_a_form_again(variable, text):
    value, errors = verdict(variable, sent(variable, [text]))
    if errors:
        return
    stored = as_json(variable.dump(value))
    assert verdict(variable, {"x": stored}) == (value, {})
    if not variable.secret:
        form = InputsForm({"x": variable}, initial={"x": stored})
        assert verdict(variable, sent(variable, shown_by(form["x"]))) == (value, {})


def shown_by(field):
    """The texts that a browser would send for field as it is shown."""
    if field.type == "BooleanField":
        return ["true"] if field.data else []
    if field.type in ("SelectField", "SelectMultipleField", "BoxesField"):
        return [choice.value for choice in field.iter_choices() if choice.selected]
    return [field._value()]


def test_nothing_sent_for_a_list_is_nothing_chosen_and_not_the_default():
    variable = KINDS["MultiChoiceVar"](choices=["a", "b"], default=["a"], required=False)
    assert verdict(variable, sent(variable, [])) == ([], {})
    assert verdict(variable, {}) == (["a"], {})
    assert verdict(variable, {"x": None}) == ([], {})


@pytest.fixture
def chosen(app, person):
    """Verdicts on objects for a user who sees all of them, and a form as that user sees it."""
    admin = person("admin")

    def verdict_of(variables, raw):
        try:
            return values.parse(variables, raw, admin), {}
        except InvalidInputs as refusal:
            return None, refusal.errors

    with app.test_request_context():
        login_user(admin)
        yield verdict_of


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_t039_form_and_json_accept_and_refuse_the_same_objects(chosen, data):
    users = [str(id) for id in db.session.scalars(sa.select(User.id))]
    teams = [str(id) for id in db.session.scalars(sa.select(Group.id))]
    required, null = data.draw(st.booleans()), data.draw(st.sampled_from([None, "Nobody"]))
    variables = {
        "team": ObjectVar("users.group", required=required, null_option=null),
        "who": ObjectVar("users.user", query_params={"groups": "$team"}, required=required, null_option=null),
        "all": MultiObjectVar("auth.user", query_params={"groups": ["$team"]}, required=required, null_option=null),
    }
    key = st.sampled_from([*users, *teams, "", "null", "x", users[0].upper()]) | st.text(ONE_LINE, max_size=4)
    raw = {"team": data.draw(key), "who": data.draw(key), "all": data.draw(st.lists(key, max_size=3))}
    typed = InputsForm(
        variables, MultiDict([(n, v) for n in ("team", "who") for v in [raw[n]]] + [("all", v) for v in raw["all"]])
    )
    found, errors = chosen(variables, typed.raw())
    assert (found, errors) == chosen(variables, as_json(raw))
    if errors:
        return
    stored = as_json(values.dump(variables, found))
    assert chosen(variables, stored) == (found, {})
    shown = InputsForm(variables, initial=stored)
    again = {n: [choice.value for choice in shown[n].iter_choices() if choice.selected] for n in variables}
    assert chosen(variables, {"team": again["team"][0], "who": again["who"][0], "all": again["all"]})[0] == {
        **found,
        "all": sorted(found["all"], key=again["all"].index),
    }
