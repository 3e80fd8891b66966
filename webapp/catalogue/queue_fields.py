"""What people say of a queue, and what is wrong with it; names that classes declare have the same rules."""

from __future__ import annotations

import os
from collections.abc import Mapping

from webapp.catalogue.models import LONGEST_QUEUE
from webapp.errors import InvalidInputs
from webapp.jobs.plain import storable

FIELDS = ("name", "description", "queue_type")
TYPES = ("celery", "kubernetes")
"""In the reference's words."""
LOCAL = "(local)"
"""Where runs are that a command runs itself."""
BLANK = "This field may not be blank."
CANNOT_CONTAIN = "Job queue name cannot contain {}, please use a different name."
DOTS = CANNOT_CONTAIN.format("'..'")
SEPARATORS = CANNOT_CONTAIN.format("path separators (e.g. '/')")
COMMAS = CANNOT_CONTAIN.format("','")
"""Names of queues are told as a list with commas between them."""
RESERVED = f"{LOCAL} stands for what a command runs itself, please use a different name."
UNPRINTABLE = "Give one line of printable characters."
TOO_LONG = f"Ensure this field has no more than {LONGEST_QUEUE} characters."


def read(values: Mapping[str, object]) -> dict[str, str]:
    """What values say of name, description and queue_type, as a record can hold it.

    :raises InvalidInputs: a value does not fit, or there is no such field.
    """
    problems = {field: _problem(field, value) for field, value in values.items()}
    errors = {field: [problem] for field, problem in problems.items() if problem}
    if errors:
        raise InvalidInputs(errors)
    return {field: _text(field, str(value)) for field, value in values.items()}


def problem_of_name(name: str) -> str | None:
    """Why no queue can have this name; None if one can."""
    problems = (
        (not name.strip(), BLANK),
        (len(name) > LONGEST_QUEUE, TOO_LONG),
        (name == LOCAL, RESERVED),
        (".." in name, DOTS),
        ("/" in name or os.sep in name, SEPARATORS),
        ("," in name, COMMAS),
        (not name.isprintable() or name != name.strip(), UNPRINTABLE),
    )
    return next((problem for is_so, problem in problems if is_so), None)


def _problem(field: str, value: object) -> str | None:
    """What is wrong with value as that of field."""
    if field not in FIELDS:
        return "This field cannot be changed."
    if not isinstance(value, str):
        return "Not a valid string."
    text = _text(field, value)
    if field == "name":
        return problem_of_name(text)
    if field == "queue_type":
        return None if text in TYPES else f'"{text}" is not a valid choice.'
    return TOO_LONG if len(text) > LONGEST_QUEUE else None


def _text(field: str, value: str) -> str:
    return value.strip() if field == "name" else storable(value).strip()
