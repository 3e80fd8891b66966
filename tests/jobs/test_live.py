"""Inputs that depend on others: what authors may write, and the one rule by which forms, API and tests go."""

from __future__ import annotations

import pytest

from webapp.jobs import (
    BooleanVar,
    ChoiceVar,
    DateVar,
    DecimalVar,
    DryRunVar,
    FileVar,
    IntegerVar,
    Job,
    JSONVar,
    MultiChoiceVar,
    SecretVar,
    StringVar,
)
from webapp.jobs.describing import describe
from webapp.jobs.live import Unanswered, is_live, settle
from webapp.jobs.testing import run_job


def job(**variables):
    """A job with these variables, which gives back what it was given."""
    meta = type("Meta", (), {"has_sensitive_variables": False})
    return type("Example", (Job,), {"Meta": meta, "run": lambda self, **inputs: inputs, **variables})


def told(**variables):
    return {one["name"]: one for one in describe(job(**variables))["variables"]}


def given(variables, **inputs):
    """What run() gets."""
    ran = run_job(job(**variables), **inputs)
    assert ran.state == "success"
    return ran.result


KIND = ChoiceVar(choices=["access", "lag"], default="access")


def test_an_input_is_asked_for_where_all_of_its_condition_holds():
    variables = {
        "kind": KIND,
        "speed": IntegerVar(default=1),
        "lag": IntegerVar(visible_when={"kind": "lag", "speed": [10, 25]}),
    }
    assert given(variables) == {"kind": "access", "speed": 1, "lag": None}
    assert given(variables, kind="lag")["lag"] is None
    assert given(variables, kind="lag", speed="25", lag="3")["lag"] == 3
    with pytest.raises(ValueError, match=r"lag: This field is required\."):
        run_job(job(**variables), kind="lag", speed=10)


@pytest.mark.parametrize(
    ("variable", "nothing"),
    [
        (StringVar(default="x"), ""),
        (IntegerVar(default=5), None),
        (DecimalVar(min_value=1), None),
        (BooleanVar(default=True), False),
        (ChoiceVar(["a"], default="a"), ""),
        (MultiChoiceVar(["a"], default=["a"]), []),
        (JSONVar(default={"a": 1}), None),
        (DateVar(default="2027-01-31"), None),
        (SecretVar(), ""),
        (FileVar(), None),
    ],
)
def test_what_is_hidden_holds_nothing_whatever_was_given_or_is_the_default(variable, nothing):
    variable.visible_when = {"kind": "lag"}
    assert given({"kind": KIND, "it": variable}, it=b"wrong")["it"] == nothing


def test_what_depends_on_something_hidden_is_hidden_as_well():
    variables = {
        "kind": KIND,
        "mode": ChoiceVar(choices=["fast", "slow"], default="fast", visible_when={"kind": "lag"}),
        "rate": StringVar(default="x", visible_when={"mode": "fast"}),
    }
    assert given(variables, mode="fast")["rate"] == ""
    assert given(variables, kind="lag")["rate"] == "x"


def test_conditions_may_name_what_comes_later_several_values_and_nothing():
    variables = {
        "first": StringVar(default="x", visible_when={"tags": ["b"]}),
        "second": StringVar(default="y", visible_when={"count": None}),
        "tags": MultiChoiceVar(choices=["a", "b"], required=False),
        "count": IntegerVar(required=False),
    }
    assert given(variables, tags=["a", "b"])["first"] == "x"
    assert given(variables, tags=["a"], count=0) == {"first": "", "second": "", "tags": ["a"], "count": 0}
    assert given(variables)["second"] == "y"


def test_what_holds_nothing_in_a_condition_stands_for_nothing_given():
    variables = {
        "note": StringVar(required=False),
        "tags": MultiChoiceVar(choices=["a"], required=False),
        "why": StringVar(default="x", visible_when={"note": ["", "later"]}),
        "what": StringVar(default="y", visible_when={"tags": [[]]}),
    }
    assert given(variables) == {"note": "", "tags": [], "why": "x", "what": "y"}
    assert given(variables, note="now", tags=["a"]) == {"note": "now", "tags": ["a"], "why": "", "what": ""}


def test_a_function_gets_nothing_that_stands_behind_it_even_where_its_condition_does():
    variables = {
        "first": StringVar(default="x"),
        "text": StringVar(default=lambda values: ",".join(sorted(values)), visible_when={"last": "z"}),
        "last": StringVar(default="z"),
    }
    assert given(variables)["text"] == "first"


def test_choices_that_are_computed_are_as_storable_as_others():
    variable = ChoiceVar(choices=lambda values: ["\ud800", ("a\x00", "A\u202e"), float("nan")])
    assert variable.compute("choices", {}) == [["\\ud800", "\\ud800"], ["a\\x00", "A\\u202e"], [None, "nan"]]


def test_a_function_gets_what_stands_before_it_as_json_and_nothing_that_is_wrong_hidden_or_secret():
    seen = {}

    def look(values):
        seen.clear()
        seen.update(values)
        return "ok"

    variables = {
        "kind": KIND,
        "day": DateVar(default="2027-01-31"),
        "price": DecimalVar(default="1.50"),
        "empty": StringVar(required=False),
        "no": BooleanVar(),
        "password": SecretVar(required=False),
        "secluded": StringVar(default="x", visible_when={"kind": "lag"}),
        "text": StringVar(default=look),
        "later": StringVar(default="x"),
    }
    assert given(variables, password="hush")["text"] == "ok"
    assert seen == {"kind": "access", "day": "2027-01-31", "price": "1.50", "no": False}
    settle(describe(job(**variables))["variables"], {"kind": "wrong", "no": True}, lambda _n, _o, values: look(values))
    assert seen == {"day": "2027-01-31", "price": "1.50", "no": True}


def test_choices_may_be_made_of_values_and_of_nothing():
    variables = {
        "site": ChoiceVar(choices=lambda: ["AMS", "BER"], default="AMS"),
        "vlan": ChoiceVar(choices=lambda values: {"AMS": [10], "BER": [(20, "Twenty")]}[values["site"]]),
    }
    assert given(variables, site="BER", vlan="20")["vlan"] == 20
    with pytest.raises(ValueError, match="vlan: Select a valid choice. 20 is not one of the available choices."):
        run_job(job(**variables), vlan=20)


def test_a_default_is_computed_where_nothing_was_given():
    variables = {"site": StringVar(default="AMS"), "short": StringVar(default=lambda values: values["site"].lower())}
    assert given(variables)["short"] == "ams"
    assert given(variables, short="mine")["short"] == "mine"
    assert given({"options": JSONVar(default=dict)})["options"] == {}


def test_a_function_may_decide_whether_something_is_asked_for():
    variables = {"count": IntegerVar(default=1), "why": StringVar(visible_when=lambda values: values["count"] > 10)}
    assert given(variables)["why"] == ""
    with pytest.raises(ValueError, match="why: This field is required"):
        run_job(job(**variables), count=11)


def test_the_description_says_what_is_live_and_what_it_is_at_first():
    described = told(
        kind=KIND,
        alone=ChoiceVar(choices=lambda: ["a"], visible_when={"kind": "lag"}),
        vlan=ChoiceVar(choices=lambda values: values["x"], visible_when=lambda values: True),
        text=StringVar(default=lambda values: values["x"]),
        day=StringVar(default=lambda: "now"),
    )
    assert "live" not in described["kind"]
    assert described["alone"]["choices"] == [["a", "a"]]
    assert (described["alone"]["live"], described["alone"]["visible_when"]) == (
        {"choices": "nothing"},
        {"kind": ["lag"]},
    )
    assert described["vlan"]["live"] == {"choices": "values", "visible_when": "values"}
    assert (described["vlan"]["choices"], described["text"]["default"]) == ([], None)
    assert (described["day"]["default"], described["day"]["live"]) == (None, {"default": "nothing"})
    assert (is_live([described["kind"]]), is_live(described.values())) == (False, True)


def test_conditions_are_kept_as_the_variables_keep_their_values():
    described = told(
        count=IntegerVar(default=1),
        price=DecimalVar(default="1"),
        tags=MultiChoiceVar(choices=[1, 2], required=False),
        one=StringVar(default="x", visible_when={"count": ["5", 6], "price": "2.5", "tags": "2"}),
    )
    assert described["one"]["visible_when"] == {"count": [5, 6], "price": ["2.5"], "tags": [2]}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"a": StringVar(visible_when={"kidn": "lag"})},
            "a: visible_when names kidn, which is no variable of this job",
        ),
        (
            {"a": StringVar(visible_when={"kind": "lagg"})},
            "a: visible_when wants kind to be lagg: Select a valid choice.",
        ),
        ({"a": StringVar(visible_when={"a": "x"})}, "visible_when goes round in a circle: a, a"),
        (
            {"a": StringVar(visible_when={"b": "x"}), "b": StringVar(visible_when={"a": "x"})},
            "visible_when goes round in a circle: ",
        ),
        ({"a": StringVar(visible_when={"s": "x"}), "s": SecretVar()}, "a: visible_when cannot depend on s"),
        ({"a": StringVar(visible_when={"f": "x"}), "f": FileVar()}, "a: visible_when cannot depend on f"),
        (
            {"a": StringVar(visible_when={})},
            "a: visible_when should name inputs, each with a value or a list of values",
        ),
        ({"a": StringVar(visible_when={"kind": object()})}, "a: visible_when should name inputs"),
        ({"a": StringVar(visible_when="kind")}, "a: visible_when should be a dict or a function, not str"),
        (
            {"a": StringVar(visible_when=lambda x, y: True)},
            "a: visible_when should be a function without arguments, or",
        ),
        (
            {"a": ChoiceVar(choices=lambda *, values: [])},
            "a: choices should be a function without arguments, or of one",
        ),
        ({"a": StringVar(default=object)}, "a: default cannot be kept as JSON"),
        ({"a": StringVar(default=lambda: 1 / 0)}, "division by zero"),
        ({"a": FileVar(default=lambda: 1)}, "a: a file has no default"),
        ({"dryrun": DryRunVar(visible_when={"kind": "lag"})}, "dryrun: visible_when has no place here"),
    ],
)
def test_what_makes_no_sense_is_refused_when_the_job_is_described(variables, message):
    with pytest.raises((TypeError, ValueError, ZeroDivisionError)) as refusal:
        describe(job(kind=KIND, **variables))
    assert str(refusal.value).startswith(message)


def test_what_cannot_be_found_out_is_a_problem_of_its_variable():
    def ask(name, option, values):
        raise Unanswered("KeyError: 'x' (vlans.py, line 12)")

    described = describe(
        job(
            vlan=ChoiceVar(label="VLAN", choices=lambda values: []),
            why=StringVar(visible_when=lambda values: True),
            text=StringVar(default=lambda values: ""),
        )
    )["variables"]
    settled = settle(described, {"why": "x"}, ask)
    why = "could not be found out: KeyError: 'x' (vlans.py, line 12)."
    assert settled.problems == {
        "vlan": [f"The choices of “VLAN” {why}"],
        "why": [f"Whether “Why” is asked for {why}"],
        "text": [f"The default of “Text” {why}"],
    }
    assert list(settled.variables) == ["vlan", "why", "text"]
    assert settle(described, {"text": "x"}, ask).problems.keys() == {"vlan", "why"}


def test_a_computed_default_that_does_not_fit_is_a_problem():
    described = describe(job(count=IntegerVar(default=lambda values: "many")))["variables"]
    settled = settle(described, {}, lambda *_: "many")
    assert settled.problems == {"count": ["The default of “Count” could not be found out: Enter a whole number."]}
    assert settled.variables["count"].default is None
