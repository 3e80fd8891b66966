"""What would be sent if a run was started again, as people read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from webapp.accounts.models import User
from webapp.inputs.handing import with_labels
from webapp.inputs.values import WHOLE
from webapp.jobs.files import StoredFile
from webapp.jobs.variables import variables_of
from webapp.launch.repeating import Repeat
from webapp.runs import attachments
from webapp.runs.checking import Wanted
from webapp.runs.models import Run
from webapp.runs.page import given

NEW = "new since then"
OTHERWISE = "unlike then"


@dataclass(frozen=True)
class Row:
    """One input."""

    label: str
    value: Any = None
    secret: bool = False
    """Whether it was given, but is shown to nobody."""
    file: StoredFile | None = None
    note: str = ""
    problems: list[str] = field(default_factory=list)
    """Why it cannot be given again."""


def of(repeat: Repeat, user: User) -> list[Row]:
    """What would be sent; or, if that cannot be, what the run was given and what is wrong with it."""
    return _sent(repeat.run, repeat.wanted, user) if repeat.wanted else _given(repeat, user)


def _sent(run: Run, wanted: Wanted, user: User) -> list[Row]:
    asked = {name: value for name, value in wanted.inputs.items() if name not in wanted.hidden}
    [shown] = with_labels(wanted.variables, [asked], user)
    files = attachments.of_inputs(wanted.variables, asked)
    labels = {name: variable.label or name for name, variable in wanted.variables.items()}
    return [
        Row(labels[name], value, file=files.get(name), note=_note(run, name, asked[name]))
        for name, value in attachments.with_names(shown, files).items()
    ]


def _note(run: Run, name: str, now: Any) -> str:
    """What is to be said of a value beside what run was given; nothing where nobody knows what that was."""
    if run.sensitive:
        return ""
    was = run.inputs or {}
    if name not in was:
        return NEW
    return OTHERWISE if isinstance(now, bool) and now != was[name] else ""


def _given(repeat: Repeat, user: User) -> list[Row]:
    wrong = {name: texts for name, texts in repeat.wrong.items() if name != WHOLE}
    inputs = given.of(repeat.run, user) or []
    rows = [Row(one.label, one.value, one.secret, problems=wrong.pop(one.name, [])) for one in inputs]
    variables = variables_of(repeat.run.job.variables) if repeat.run.job else {}
    new = [Row(getattr(variables.get(name), "label", name), note=NEW, problems=wrong[name]) for name in wrong]
    return rows + new
