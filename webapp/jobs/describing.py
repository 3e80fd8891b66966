"""A job's declaration as data: what the catalogue keeps of it, and all that forms and the API need."""

from __future__ import annotations

import inspect
import sys
from difflib import get_close_matches
from typing import Any

from webapp.jobs import conditions, legacy, meta, mistakes, signatures
from webapp.jobs.concurrency import Concurrency
from webapp.jobs.files import MOST_FILES, FileVar
from webapp.jobs.job import BaseJob
from webapp.jobs.narrowing import check_names
from webapp.jobs.plain import plain, without_colours
from webapp.jobs.receivers import JobButtonReceiver, JobHookReceiver
from webapp.jobs.variables import CommitVar, DryRunVar, Variable

RESERVED = frozenset(
    {
        "after_return", "as_form", "as_form_class", "before_start", "celery_kwargs", "class_path", "class_path_dotted",
        "class_path_js_escaped", "create_file", "description", "description_first_line", "deserialize_data",
        "dryrun_default", "fail", "field_order", "file_path", "grouping", "has_sensitive_variables", "hidden",
        "is_singleton", "job_model", "job_result", "load_json", "load_yaml", "name", "on_cancel", "on_failure",
        "on_retry", "on_success", "prepare_job_kwargs", "properties_dict", "read_only", "registered_name", "run",
        "serialize_data", "soft_time_limit", "supports_dryrun", "task_queues", "template_name", "time_limit", "user",
        "validate_data", "csrf_token", "failures", "idempotency_key", "logger",
    }
)  # fmt: skip
"""Names that mean something else on a job, or in its form."""
USED_UP = ("field_order", "template_name", "commit_default")
"""Attributes of Meta that are told through something else."""


def describe(job_class: type[BaseJob]) -> dict[str, Any]:
    """Everything that job_class declares, ready for JSON.

    :raises TypeError: an attribute of Meta or an option of a variable is of the wrong type.
    :raises ValueError: a variable has a reserved name, or an option makes no sense.
    """
    declared = meta.read(job_class)
    if issubclass(job_class, JobHookReceiver) and issubclass(job_class, JobButtonReceiver):
        raise TypeError("a class is either a JobHookReceiver or a JobButtonReceiver, not both")
    variables = legacy.variables_of(job_class)
    mistakes.check_classes(job_class)
    signatures.check(job_class, variables)
    described = [_variable(name, variables[name]) for name in _ordered(variables, declared)]
    check_names(variables)
    mistakes.check_run(job_class)
    if declared["approval_required"] and any(variable.secret for variable in variables.values()):
        raise ValueError("Meta.approval_required and a SecretVar do not go together: secrets are not kept for so long")
    if sum(isinstance(variable, FileVar) for variable in variables.values()) > MOST_FILES:
        raise ValueError(f"a job takes at most {MOST_FILES} files")
    description = {
        "module_name": job_class.__module__,
        "job_class_name": job_class.__name__,
        "grouping": grouping_of(job_class),
        **{name: value for name, value in declared.items() if name not in USED_UP},
        "name": without_colours(declared["name"] or job_class.__name__),
        "concurrency": _concurrency(declared["concurrency"], variables),
        "description": inspect.cleandoc(declared["description"] or job_class.__doc__ or "").strip(),
        "supports_dryrun": isinstance(variables.get("dryrun"), DryRunVar),
        "is_job_hook_receiver": issubclass(job_class, JobHookReceiver),
        "is_job_button_receiver": issubclass(job_class, JobButtonReceiver),
        "variables": conditions.checked(described, variables),
        "fieldsets": _sections(declared["fieldsets"], variables),
        "notes": [
            *legacy.notes(job_class),
            *_strange(job_class),
            *_notes(declared, variables),
            *mistakes.notes(declared, described),
        ],
        "file": file_of(job_class),
        "line": line_of(job_class),
    }
    ready: dict[str, Any] = plain(description)
    return ready


def grouping_of(job_class: type) -> str:
    """What a module's jobs are grouped under: its attribute `name`, or its path."""
    name = getattr(sys.modules.get(job_class.__module__), "name", None)
    return without_colours(name) if isinstance(name, str) and name else job_class.__module__


def file_of(job_class: type) -> str | None:
    """The file of the module that defines job_class, if there is one."""
    return getattr(sys.modules.get(job_class.__module__), "__file__", None)


def line_of(job_class: type) -> int | None:
    """The line on which the source of job_class begins, if there is one."""
    try:
        return inspect.findsource(job_class)[1] + 1
    except (OSError, TypeError, SyntaxError):
        return None


def _concurrency(declared: Concurrency | None, variables: dict[str, Variable]) -> dict[str, Any] | None:
    try:
        return None if declared is None else declared.describe(variables)
    except (TypeError, ValueError) as error:
        raise type(error)(f"Meta.concurrency: {error}") from None


def _ordered(variables: dict[str, Variable], declared: dict[str, Any]) -> list[str]:
    """The names of variables as the form shows them: section by section, then field_order, then as they are defined."""
    first = [name for _, names in declared["fieldsets"] for name in names] + declared["field_order"]
    return list(dict.fromkeys([*(name for name in first if name in variables), *variables]))


def _sections(fieldsets: list[list[Any]], variables: dict[str, Variable]) -> list[list[Any]]:
    """fieldsets with each variable only where it is named first, and without names that are none."""
    left = dict.fromkeys(variables, True)
    parts = [[title, [name for name in names if left.pop(name, False)]] for title, names in fieldsets]
    return [part for part in parts if part[1]]


def _strange(job_class: type[BaseJob]) -> list[str]:
    """What its Meta says in vain; most likely it is misspelt."""
    strangers = {name: get_close_matches(name, meta.ATTRIBUTES, 1) for name in meta.strangers(job_class)}
    return [
        f"Meta.{name} means nothing here{f'; perhaps {known[0]} is meant' if known else ''}."
        for name, known in strangers.items()
    ]


def _notes(declared: dict[str, Any], variables: dict[str, Variable]) -> list[str]:
    """What the author may want to know although the job can be loaded."""
    notes = [f"{name}: {note}" for name, variable in variables.items() for note in variable.notes()]
    marked = [name for name, variable in variables.items() if variable.summary]
    if marked and declared["has_sensitive_variables"]:
        names = ", ".join(marked)
        notes.append(f"summary of {names} shows nothing, as Meta.has_sensitive_variables seals all inputs.")
    if declared["template_name"]:
        notes.append("Meta.template_name is left aside: forms look alike for all jobs. Meta.fieldsets makes sections.")
    for attribute, named in (
        ("field_order", declared["field_order"]),
        ("fieldsets", [name for _, names in declared["fieldsets"] for name in names]),
    ):
        notes += [
            f"Meta.{attribute} names {name}, which is no variable of this job."
            for name in dict.fromkeys(named)
            if name not in variables
        ]
    return notes


def _variable(name: str, variable: Variable) -> dict[str, Any]:
    if (name in RESERVED or name.startswith("_")) and not isinstance(variable, CommitVar):
        raise ValueError(f"{name} is a reserved name; call the variable something else")
    try:
        mistakes.check_options(variable)
        return {"name": name, **variable.describe(name)}
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        # The place where the author's callable failed is worth more than ours.
        raise kind(f"{name}: {error}").with_traceback(error.__traceback__) from None
