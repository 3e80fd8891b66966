"""What a run was given, as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.accounts.models import User
from webapp.inputs.handing import with_labels
from webapp.jobs.secret import GIVEN
from webapp.jobs.variables import variables_of
from webapp.runs import attachments
from webapp.runs.models import Run

UNKNOWN = object()
"""Equals no value that a run was given."""


@dataclass(frozen=True)
class Input:
    """One of them."""

    name: str
    label: str
    value: Any
    secret: bool
    """Whether it was given, but is shown to nobody."""
    default: bool
    """Whether it is what the job's variable says today if nobody gives anything."""
    declared: bool
    """Whether the job still has such a variable."""


def of(run: Run, user: User) -> list[Input] | None:
    """The inputs of run as user may read them, in the order of the job's variables; None if none is kept."""
    if run.sensitive:
        return None
    declared = run.job.variables if run.job else []
    variables, inputs = variables_of(declared), run.inputs or {}
    # A secret stays one, even if its variable is gone or is another one now.
    [labelled] = with_labels(variables, [inputs], user)
    shown = attachments.with_names(labelled, attachments.given_to([run], variables)[run.number])
    defaults = {each["name"]: each.get("default") for each in declared}
    order = [name for name in variables if name in shown] + [name for name in shown if name not in variables]
    return [
        Input(
            name,
            getattr(variables.get(name), "label", "") or name,
            shown[name],
            secret=run.sealed and shown[name] == GIVEN,
            default=defaults.get(name, UNKNOWN) == inputs.get(name),
            declared=name in variables,
        )
        for name in order
    ]
