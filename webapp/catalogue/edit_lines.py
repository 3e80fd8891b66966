"""The lines of the edit form, one for each field that may be decided, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import current_app

from webapp.catalogue.editing import Held, State, as_typed
from webapp.catalogue.models import Job, JobQueue
from webapp.catalogue.wording import SECTIONS, WORDINGS, help_of, label_of, said
from webapp.db import db

UNKNOWN = "unknown: not installed"


@dataclass(frozen=True)
class Line:
    """A field with what was typed or is there, and with what its class says."""

    name: str
    label: str
    control: str
    help: str
    longest: int | None
    ticked: bool
    """Whether the value counts instead of the class's."""
    value: Any
    """What the control shows: a text, or a list of texts."""
    original: Any
    """What the control shows again when the switch is unticked."""
    class_says: str
    choices: Sequence[str] = ()
    errors: Sequence[str] = field(default_factory=list)


def sections(
    job: Job, state: State, wanted: State, errors: Mapping[str, Sequence[str]]
) -> list[tuple[str, list[Line]]]:
    """The lines of the form under their titles; wanted is what they show, of what is so in state."""
    queues = db.session.scalars(sa.select(JobQueue.name).order_by(JobQueue.name)).all()
    return [
        (title, [_line(job, name, state[name], wanted[name], queues, errors.get(name, [])) for name in names])
        for title, names in SECTIONS
    ]


def problems(errors: Mapping[str, Sequence[str]]) -> list[tuple[str, str, str]]:
    """What is wrong, each with the label and the address of its field."""
    return [(label_of(name), f"#{name}", text) for name, texts in errors.items() for text in texts]


def _line(job: Job, name: str, held: Held, wanted: Held, queues: Sequence[str], errors: Sequence[str]) -> Line:
    wording = WORDINGS[name]
    chosen = wanted.value if isinstance(wanted.value, list) else [str(wanted.value)]
    return Line(
        name=name,
        label=wording.label,
        control=wording.control,
        help=help_of(name, current_app.extensions["settings"]),
        longest=wording.longest,
        ticked=wanted.ticked,
        value=as_typed(wanted.value),
        original=as_typed(held.declared if held.ticked else held.value),
        class_says=said(name, held.declared) if job.installed else UNKNOWN,
        # The first of several is the default one, so that their order has to stay.
        choices=list(dict.fromkeys([*chosen, *queues])) if wording.control == "queues" else queues,
        errors=errors,
    )
