"""Variables that are objects, as far as the kit knows them: shapes, options, and what run() gets in a plain test."""

from __future__ import annotations

import copy
import json
import pickle
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.jobs import Job, MultiChoiceVar, MultiObjectVar, ObjectVar, StringVar
from webapp.jobs.describing import describe
from webapp.jobs.given import GivenObject, object_from
from webapp.jobs.narrowing import narrowing
from webapp.jobs.testing import run_job
from webapp.jobs.variables import variable_from

KEYS = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip) | st.integers(-(2**40), 2**40)
LOOKUPS = st.dictionaries(
    st.text(min_size=1), st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=3), min_size=1, max_size=5
)


def job(**attributes):
    return type("Example", (Job,), {"run": lambda self, **inputs: inputs, **attributes})


def told(**attributes):
    return {one["name"]: one for one in describe(job(**attributes))["variables"]}


@given(st.one_of(KEYS, LOOKUPS))
def test_t039_an_object_is_named_by_its_key_or_described(raw):
    variable = ObjectVar(model="users.user")
    value = variable.parse(raw)
    assert value == (raw if isinstance(raw, dict) else str(raw).strip()[:256])
    stored = json.loads(json.dumps(variable.dump(value)))
    assert variable.load(stored) == value == variable.parse(stored)


@given(st.lists(st.one_of(KEYS, LOOKUPS), max_size=8))
def test_t039_several_objects_are_a_list_of_the_same_each_once(raw):
    variable = MultiObjectVar(model="users.user", required=False)
    value = variable.parse(raw)
    expected = []
    for each in map(ObjectVar(model="users.user").parse, raw):
        expected += [] if each in expected else [each]
    assert value == expected
    assert variable.load(json.loads(json.dumps(variable.dump(value)))) == value


def test_what_was_described_comes_back_as_the_same_variable():
    params = {"groups__name": "Operator", "groups": ["$team", 3], "is_active": True}
    one = ObjectVar("auth.user", "username", params, "None", label="Who", required=False)
    described = told(team=ObjectVar(model="users.group"), who=one)["who"]
    assert described == {
        "name": "who",
        "type": "ObjectVar",
        "label": "Who",
        "description": "",
        "required": False,
        "default": None,
        "model": "auth.user",
        "display_field": "username",
        "query_params": params,
        "null_option": "None",
    }
    assert {"name": "who", **variable_from(json.loads(json.dumps(described))).describe("who")} == described
    assert told(all=MultiObjectVar(model="Users.User"))["all"]["model"] == "users.user"


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"a": ObjectVar()}, "a: ObjectVar must specify a model"),
        ({"a": MultiObjectVar()}, "a: MultiObjectVar must specify a model"),
        ({"a": ObjectVar(model=5)}, "a: model should be str, not int"),
        ({"a": ObjectVar(model="user")}, "a: model should be a name like “users.user”, not 'user'"),
        ({"a": ObjectVar(model="users.user", query_params=["x"])}, "a: query_params should be dict, not list"),
        (
            {"a": ObjectVar(model="users.user", query_params={"x": {}})},
            "a: query_params['x'] should be text, a number, a truth value or a list of these",
        ),
        ({"a": ObjectVar(model="users.user", null_option=True)}, "a: null_option should be str, not bool"),
        (
            {"a": ObjectVar(model="users.user", query_params={"x": "$b"})},
            "a: query_params names $b, which is no variable of this job",
        ),
        (
            {
                "a": ObjectVar(model="users.user", query_params={"username__icontains": "$b"}),
                "b": MultiChoiceVar(choices=["x", "y"]),
            },
            "a: query_params says username__icontains of several values, which only one can be",
        ),
        (
            {
                "a": ObjectVar(model="users.user", query_params={"x": "$b"}),
                "b": ObjectVar(model="users.user", query_params={"x": ["$a"]}),
            },
            "query_params go round in a circle: a, b, a",
        ),
    ],
)
def test_what_an_author_got_wrong_is_told_of_that_job_alone(attributes, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        describe(job(**attributes))
    assert str(caught.value) in (message, message.replace("a, b, a", "b, a, b"))


def test_a_queryset_is_left_aside_with_a_note():
    notes = describe(job(a=ObjectVar(model="users.user", queryset=object())))["notes"]
    assert notes == ["a: queryset is left aside: model and query_params say what to choose."]


def test_the_pseudo_choice_is_a_choice_and_a_key_where_there_is_none():
    variable = ObjectVar(model="users.user", null_option="Nobody")
    assert variable.references(variable.parse("null")) == []
    assert ObjectVar(model="users.user").references("null") == ["null"]
    assert MultiObjectVar(model="users.user", null_option="Nobody").references(["null", "7"]) == ["7"]


def test_what_was_given_for_others_narrows_the_choice_and_what_was_not_does_not():
    params = {"site": "$site", "role__in": ["$roles", "core"], "name__icontains": "$word", "is_active": True}
    given = {"site": "7", "roles": ["a", "b"], "word": ""}
    assert narrowing(params, given) == {"site": "7", "role__in": ["a", "b", "core"], "is_active": True}
    assert narrowing({"site": "$site"}, {"site": "null"}) == {}
    assert narrowing({"role": "$roles"}, {"roles": ["a", "b"]}) == {"role__in": ["a", "b"]}
    assert narrowing(None, given) == {}


def test_a_given_object_is_plain_data_that_nobody_changes():
    ann = object_from({"kind": "users.user", "id": "7", "display": "Ann", "url": "/u/7", "facts": {"username": "ann"}})
    assert (str(ann), ann.pk, ann.username, ann.get_absolute_url()) == ("Ann", "7", "ann", "/u/7")
    with pytest.raises(AttributeError):
        ann.id = "8"
    with pytest.raises(AttributeError, match="an object of the kind users.user has no 'password_hash' here"):
        _ = ann.password_hash
    other = GivenObject("users.user", "7", "Ann Other")
    assert {ann, other, copy.deepcopy(ann), pickle.loads(pickle.dumps(ann))} == {ann}
    assert ann != GivenObject("users.group", "7", "Ann")


class Greet(Job):
    who = ObjectVar(model="users.user", required=False, null_option="Nobody")
    others = MultiObjectVar(model="users.user", default=[{"username": "bob"}], required=False)
    word = StringVar(default="Hello")

    class Meta:
        has_sensitive_variables = False

    def run(self, *, who, others, word):
        for other in others:
            with self.item(other):
                self.logger.info("%s, %s", word, other)
        return {"who": who and str(who), "name": getattr(who, "username", None)}


def test_in_a_plain_test_objects_are_whatever_the_test_hands_over():
    dan = SimpleNamespace(pk=7, username="dan")
    ran = run_job(Greet, who={"username": "ann", "id": 3}, others=[dan, "9"])
    assert (ran.state, ran.result) == ("success", {"who": "ann", "name": "ann"})
    assert [item.key for item in ran.items] == ["7", "9"]
    assert run_job(Greet, who=dan).result["name"] == "dan"
    assert run_job(Greet, who="null").result["who"] is None
    assert run_job(Greet).messages("info") == ["Hello, bob"]
    with pytest.raises(ValueError, match="others: Enter a list of values."):
        run_job(Greet, others="9")
