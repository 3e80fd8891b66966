"""What a job declares, as data."""

import json
import sys
from pathlib import Path

import pytest

from webapp.jobs import (
    BaseJob,
    BooleanVar,
    ChoiceVar,
    DateVar,
    DecimalVar,
    DryRunVar,
    FileVar,
    IntegerVar,
    IPNetworkVar,
    Job,
    JobButtonReceiver,
    MultiChoiceVar,
    ObjectVar,
    SecretVar,
    StringVar,
    TextVar,
)
from webapp.jobs.describing import describe


class Plain(Job):
    """Do nothing.

    Really nothing.
    """

    size = IntegerVar(default=0)

    def run(self, *, size):
        return size


class Rich(Job):
    """Not this."""

    first = StringVar()
    second = StringVar()
    dryrun = DryRunVar()

    class Meta:
        name = "Rich job"
        description = """
            # Title

                code
        """
        has_sensitive_variables = False
        hidden = True
        read_only = True
        is_singleton = True
        dryrun_default = True
        soft_time_limit, time_limit = 50, 60
        task_queues = ("lab", "default")
        field_order = ["second", "unknown"]

    def run(self, **inputs):
        return inputs


def job(**attributes):
    """A job class with these attributes, and with a run() unless they name another."""
    return type("Example", (Job,), {"run": lambda self, **inputs: inputs, **attributes})


def meta(**attributes):
    """A job class with these attributes of Meta."""
    return job(Meta=type("Meta", (), attributes))


def test_a_job_that_says_little_has_the_defaults():
    told = describe(Plain)
    line = told.pop("line")
    assert Path(__file__).read_text().splitlines()[line - 1] == "class Plain(Job):"
    assert told == {
        "module_name": __name__,
        "job_class_name": "Plain",
        "name": "Plain",
        "grouping": __name__,
        "description": "Do nothing.\n\nReally nothing.",
        "is_job_hook_receiver": False,
        "is_job_button_receiver": False,
        "has_sensitive_variables": True,
        "hidden": False,
        "dryrun_default": False,
        "read_only": False,
        "approval_required": False,
        "fieldsets": [],
        "notes": [],
        "is_singleton": False,
        "concurrency": None,
        "idempotent": False,
        "max_attempts": 1,
        "retry_backoff": 10,
        "soft_time_limit": 0,
        "time_limit": 0,
        "task_queues": [],
        "supports_dryrun": False,
        "variables": [
            {
                "name": "size",
                "type": "IntegerVar",
                "label": "Size",
                "description": "",
                "required": True,
                "default": 0,
            }
        ],
        "file": __file__,
    }


def test_a_job_says_everything_in_its_meta():
    told = describe(Rich)
    assert (told["name"], told["description"]) == ("Rich job", "# Title\n\n    code")
    assert [told["soft_time_limit"], told["time_limit"], told["task_queues"]] == [50, 60, ["lab", "default"]]
    flags = ("hidden", "read_only", "is_singleton", "dryrun_default", "supports_dryrun")
    assert all(told[flag] for flag in flags)
    assert told["has_sensitive_variables"] is False
    json.dumps(told, allow_nan=False)


def test_the_order_of_the_fields_is_the_authors():
    assert [variable["name"] for variable in describe(Rich)["variables"]] == ["second", "first", "dryrun"]


def test_only_a_dry_run_variable_called_dryrun_makes_a_job_support_dry_runs():
    class Other(Job):
        dryrun = StringVar()
        rehearsal = DryRunVar()

        def run(self, **inputs):
            return inputs

    assert describe(Other)["supports_dryrun"] is False


def test_a_module_names_the_group_of_its_jobs(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "name", "Lab tools", raising=False)
    assert describe(Plain)["grouping"] == "Lab tools"


def test_a_module_whose_name_is_something_else_has_its_path(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "name", Path, raising=False)
    assert describe(Plain)["grouping"] == __name__


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"name": 5}, "Meta.name should be str, not int"),
        ({"description": None}, "Meta.description should be str, not NoneType"),
        ({"hidden": "yes"}, "Meta.hidden should be bool, not str"),
        ({"soft_time_limit": "5"}, "Meta.soft_time_limit should be int, not str"),
        ({"time_limit": True}, "Meta.time_limit should be int, not bool"),
        ({"time_limit": 1.5}, "Meta.time_limit should be int, not float"),
        ({"task_queues": "lab"}, "Meta.task_queues should be list or tuple, not str"),
        ({"idempotent": 1}, "Meta.idempotent should be bool, not int"),
        ({"max_attempts": 2.0}, "Meta.max_attempts should be int, not float"),
        ({"retry_backoff": None}, "Meta.retry_backoff should be int, not NoneType"),
        ({"field_order": {"a"}}, "Meta.field_order should be list or tuple, not set"),
        ({"task_queues": ["a", 5]}, r"Meta.task_queues\[1\] should be str, not int"),
    ],
)
def test_a_wrong_type_in_meta_is_named(attributes, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        describe(meta(**attributes))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"time_limit": -1}, "Meta.time_limit should not be negative"),
        ({"retry_backoff": -1}, "Meta.retry_backoff should not be negative"),
        ({"soft_time_limit": 10**9 + 1}, "Meta.soft_time_limit should be from 0 to 1,000,000,000"),
        ({"time_limit": 10**5000}, "Meta.time_limit should be from 0 to 1,000,000,000"),
        ({"retry_backoff": 86_401}, "Meta.retry_backoff should be from 0 to 86,400"),
        ({"idempotent": True, "max_attempts": 0}, "Meta.max_attempts should be from 1 to 100"),
        ({"idempotent": True, "max_attempts": 101}, "Meta.max_attempts should be from 1 to 100"),
    ],
)
def test_a_number_out_of_its_range_is_refused(attributes, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        describe(meta(**attributes))


def test_only_a_job_that_may_be_repeated_is_repeated():
    with pytest.raises(ValueError, match="needs Meta.idempotent = True, which says that repeating is safe"):
        describe(meta(max_attempts=2))
    told = describe(meta(idempotent=True, max_attempts=100, retry_backoff=0))
    assert (told["idempotent"], told["max_attempts"], told["retry_backoff"]) == (True, 100, 0)


@pytest.mark.parametrize(
    "name",
    ["run", "name", "user", "job_result", "csrf_token", "logger", "_hidden", "on_cancel", "idempotency_key"],
)
def test_a_reserved_name_is_refused(name):
    broken = type("Example", (Job,), {name: StringVar()})
    with pytest.raises(ValueError, match=f"{name} is a reserved name"):
        describe(broken)


def test_an_ordinary_name_may_be_tags():
    assert describe(job(tags=StringVar()))["variables"][0]["name"] == "tags"


def test_a_wrong_option_is_told_with_its_variable():
    with pytest.raises(TypeError, match="^size: label should be str, not int$"):
        describe(type("Example", (Job,), {"size": IntegerVar(label=5)}))


def test_texts_that_no_database_takes_are_mended():
    told = describe(job(size=StringVar(description="a\0\ud800"), __doc__="b\0"))
    assert "\0" not in told["description"] + told["variables"][0]["description"]
    json.dumps(told, ensure_ascii=False).encode()


def test_the_names_of_jobs_and_groups_have_no_colours(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "name", "\x1b[1mLab\x1b[0m", raising=False)
    assert describe(Plain)["grouping"] == "Lab"
    assert describe(meta(name="\x1b[31mRed"))["name"] == "Red"


def test_a_class_that_is_in_no_file_has_no_line():
    assert describe(type("Nowhere", (BaseJob,), {"run": print, "__module__": "no.such.module"}))["line"] is None


def test_sections_hold_each_variable_once_and_decide_the_order():
    variables = {name: StringVar() for name in ("a", "b", "c", "d")}
    fieldsets = [("First", ["c", "gone"]), ["Empty", ("nothing",)], ("Second", ("b", "c"))]
    told = describe(job(**variables, Meta=type("Meta", (), {"fieldsets": fieldsets, "field_order": ["d"]})))
    assert told["fieldsets"] == [["First", ["c"]], ["Second", ["b"]]]
    assert [variable["name"] for variable in told["variables"]] == ["c", "b", "d", "a"]
    assert told["notes"] == [
        "Meta.fieldsets names gone, which is no variable of this job.",
        "Meta.fieldsets names nothing, which is no variable of this job.",
    ]


def test_notes_name_what_is_left_aside_and_where():
    told = describe(
        job(size=StringVar(regex="a"), Meta=type("Meta", (), {"template_name": "mine.html", "field_order": ["gone"]}))
    )
    assert [note.partition(" ")[0] for note in told["notes"]] == ["size:", "Meta.template_name", "Meta.field_order"]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"fieldsets": "First"}, "Meta.fieldsets should be tuple or list, not str"),
        (
            {"fieldsets": ["First"]},
            "Meta.fieldsets[0] should be a pair of a title and a list of variables, not 'First'",
        ),
        ({"fieldsets": [("First", "a")]}, "Meta.fieldsets[0][1] should be list or tuple, not str"),
        ({"fieldsets": [("First", [1])]}, "Meta.fieldsets[0][1][0] should be str, not int"),
        ({"fieldsets": [(1, ["a"])]}, "Meta.fieldsets[0][0] should be str, not int"),
        ({"approval_required": 1}, "Meta.approval_required should be bool, not int"),
        ({"template_name": None}, "Meta.template_name should be str, not NoneType"),
    ],
)
def test_another_wrong_type_is_named(attributes, message):
    with pytest.raises(TypeError) as caught:
        describe(meta(**attributes))
    assert str(caught.value) == message


def test_a_job_that_needs_approval_shows_its_inputs_to_whoever_approves():
    for attributes in ({}, {"has_sensitive_variables": True}):
        with pytest.raises(ValueError, match="Meta.approval_required needs Meta.has_sensitive_variables = False"):
            describe(meta(approval_required=True, **attributes))
    attributes = {"approval_required": True, "has_sensitive_variables": False}
    assert describe(meta(**attributes))["approval_required"] is True
    with pytest.raises(ValueError, match="Meta.approval_required and a SecretVar do not go together"):
        describe(job(key=SecretVar(), Meta=type("Meta", (), attributes)))


def test_what_meta_says_in_vain_is_noted_with_what_may_be_meant():
    told = describe(meta(soft_time_limt=10, colour="red", _mine=1))
    assert told["notes"] == [
        "Meta.colour means nothing here.",
        "Meta.soft_time_limt means nothing here; perhaps soft_time_limit is meant.",
    ]


def only_size(self, size):
    """Take the one variable."""


def handed_more(self, **inputs):
    """What a decorator makes of a run() that wants more than its variables."""


handed_more.__wrapped__ = lambda self, size, client: None


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda self: None, "got an unexpected keyword argument 'size'"),
        (lambda self, seize: None, "missing a required argument: 'seize'"),
        (lambda self, size, site: None, "missing a required argument: 'site'"),
        (only_size, None),
        (handed_more, None),
        (lambda self, **inputs: None, None),
        (lambda self, *, size, more=1: None, None),
    ],
)
def test_run_takes_the_variables_or_the_job_is_not_loaded(run, message):
    job_class = type("Sized", (Job,), {"size": IntegerVar(default=0), "run": run})
    if message is None:
        assert describe(job_class)["variables"][0]["name"] == "size"
        return
    with pytest.raises(TypeError) as caught:
        describe(job_class)
    assert str(caught.value) == f"run() does not fit the variables of the job: {message}"


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"run": BaseJob.run}, "Example has no run()"),
        ({"run": None}, "Example has no run()"),
        ({"a": StringVar}, "a: StringVar is a class; write StringVar()"),
        ({"a": StringVar, "run": lambda self, a: None}, "a: StringVar is a class; write StringVar()"),
        ({"a": IntegerVar(min_value=5, max_value=1)}, "a: min_value (5) is greater than max_value (1)"),
        ({"a": DecimalVar(min_value="10", max_value=9.5)}, "a: min_value (10) is greater than max_value (9.5)"),
        ({"a": StringVar(min_length=5, max_length=1)}, "a: min_length (5) is greater than max_length (1)"),
        ({"a": SecretVar(min_length=5, max_length=1)}, "a: min_length (5) is greater than max_length (1)"),
        (
            {"a": IPNetworkVar(min_prefix_length=24, max_prefix_length=8)},
            "a: min_prefix_length (24) is greater than max_prefix_length (8)",
        ),
        ({"a": StringVar(max_length=-1)}, "a: max_length should not be negative"),
        ({"a": StringVar(min_length=-1)}, "a: min_length should not be negative"),
        ({"a": DecimalVar(decimal_places=-1)}, "a: decimal_places should not be negative"),
        ({"a": IPNetworkVar(min_prefix_length=-1)}, "a: min_prefix_length should not be negative"),
        ({"a": IPNetworkVar(max_prefix_length=200)}, "a: max_prefix_length should be at most 128"),
        (
            {"a": FileVar(extensions=[])},
            "a: extensions names none, so that no file would ever fit; leave it out to take any",
        ),
        ({"Meta": 5}, "Meta should be a class, not int"),
        ({"Meta": StringVar()}, "Meta should be a class, not StringVar"),
        ({"Meta": {"name": "Example"}}, "Meta should be a class, not dict"),
        ({"a": TextVar(max_length=5)}, "a: TextVar knows no option max_length; perhaps StringVar is meant"),
        (
            {"a": StringVar(min_value=5)},
            "a: StringVar knows no option min_value; perhaps IntegerVar or DecimalVar is meant",
        ),
        ({"a": BooleanVar(choices=[1])}, "a: BooleanVar knows no option choices; perhaps ChoiceVar is meant"),
        ({"a": StringVar(requierd=False)}, "a: StringVar knows no option requierd; perhaps required is meant"),
        ({"a": StringVar(max_lenght=5)}, "a: StringVar knows no option max_lenght; perhaps max_length is meant"),
        ({"a": StringVar(colour="red")}, "a: StringVar knows no option colour"),
    ],
)
def test_what_python_lets_pass_but_nobody_can_mean_is_refused(attributes, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        describe(job(**attributes))
    assert str(caught.value) == message


class OfTests(Job):
    """In the style of 1.x."""

    def test_racks(self):
        """Look at the racks."""


class Pressed(JobButtonReceiver):
    """Needs no run()."""


class Inheriting(Plain):
    """Has the run() of another job, and a kind of variable of its own."""

    class HostVar(StringVar):
        """A class that is meant to be one."""

    _kind = StringVar


@pytest.mark.parametrize(
    "job_class",
    [
        OfTests,
        Pressed,
        Inheriting,
        job(a=IntegerVar(min_value=1, max_value=1), b=DecimalVar(min_value="9", max_value="10")),
        job(a=StringVar(min_length=0, max_length=0)),
    ],
)
def test_what_looks_like_a_mistake_but_is_none_is_loaded(job_class):
    assert describe(job_class)


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (ChoiceVar(choices=["x"], default="q"), "Select a valid choice. q is not one of the available choices."),
        (MultiChoiceVar(choices=["x"], default=["x", "q"]), "Select a valid choice. q is not one of the available "),
        (IntegerVar(min_value=5, default=1), "Ensure this value is greater than or equal to 5."),
        (DecimalVar(max_value=1, default="1.5"), "Ensure this value is less than or equal to 1."),
        (StringVar(regex="^[a-z]+$", default="A1"), "Invalid value. Must match regex: ^[a-z]+$"),
        (BooleanVar(default="maybe"), "Must be true or false."),
        (DateVar(default="tomorrow"), "Enter a valid date, like 2026-03-31."),
    ],
)
def test_a_default_that_its_own_variable_refuses_is_noted(variable, message):
    (note,) = describe(job(a=variable))["notes"]
    assert note.startswith(f"a: default does not fit: {message}")


@pytest.mark.parametrize("kind", [ChoiceVar, MultiChoiceVar])
@pytest.mark.parametrize(
    "choices", [[1, "a", "1"], [("1", "One"), ("a", "A"), ("1", "Uno")], {"x": [1], "y": ["1", "a"]}]
)
def test_choices_that_a_form_cannot_tell_apart_are_noted(kind, choices):
    assert describe(job(a=kind(choices=choices)))["notes"] == ["a: choices has “1” 2 times; only the last one counts."]
    assert describe(job(a=kind(choices=["1", "a"])))["notes"] == []


def test_it_is_noted_that_sealed_inputs_tell_no_runs_apart():
    marked = {"site": StringVar(summary=True), "rack": StringVar(), "port": StringVar(summary=True)}
    note = "summary of site, port shows nothing, as Meta.has_sensitive_variables seals all inputs."
    assert describe(job(**marked))["notes"] == [note]
    assert describe(job(Meta=type("Meta", (), {"has_sensitive_variables": False}), **marked))["notes"] == []


@pytest.mark.parametrize(
    "variable",
    [
        ChoiceVar(choices=lambda: ["x"], default="q"),
        ChoiceVar(choices=["x"], default=lambda: "q"),
        ChoiceVar(choices=["x"], default="x"),
        MultiChoiceVar(choices=["x"], default=[]),
        ObjectVar(model="users.user", default="nobody"),
        IntegerVar(min_value=5),
        StringVar(default=""),
        FileVar(),
        SecretVar(),
        StringVar(regex="^(a+)+$", default="a" * 60 + "!"),
    ],
)
def test_a_default_that_may_fit_is_not_noted(variable):
    assert describe(job(a=variable))["notes"] == []


@pytest.mark.parametrize(("soft", "hard", "noted"), [(50, 60, 0), (60, 60, 1), (61, 60, 1), (60, 0, 0), (0, 60, 0)])
def test_a_soft_limit_that_comes_too_late_is_noted(soft, hard, noted):
    told = describe(meta(soft_time_limit=soft, time_limit=hard))
    too_late = "Meta.soft_time_limit is not less than Meta.time_limit, so that the job is ended before it may clean up."
    assert told["notes"] == [too_late] * noted
