"""The edit form of several jobs: of each field it is left alone, overridden, or given back to the classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app
from werkzeug.datastructures import MultiDict

from webapp.accounts.models import User
from webapp.catalogue import deciding
from webapp.catalogue.editing import KEPT, for_pages, state_of
from webapp.catalogue.fields import DECIDABLE, SWITCH
from webapp.catalogue.models import Job, JobQueue
from webapp.catalogue.wording import OWN, SECTIONS, WORDINGS, help_of, label_of, said
from webapp.db import db
from webapp.errors import InvalidInputs

HOW = "_how"
LEAVE, OVERRIDE, CLASS = "", "override", "class"
"""What is to become of a field. What classes do not know goes back to the installation."""
NOT_CHOSEN = "Choose what to do with this: as it is, it would be left alone."
NOTHING_GIVEN = "Give a value, or choose something else."
UNKNOWN = "Choose one of these."
MOST_MESSAGES = 3
"""Of one field: each of a thousand jobs may have one."""
MOST_VALUES = 3


@dataclass(frozen=True)
class SeveralLine:
    """A field with what is to become of it in all the jobs."""

    name: str
    label: str
    control: str
    help: str
    longest: int | None
    how: str
    value: Any
    """What the control shows: a text, or a list of texts."""
    now: str
    """How it is at present."""
    class_says: str = ""
    choices: Sequence[str] = ()
    errors: Sequence[str] = ()


def decisions(form: MultiDict[str, str]) -> dict[str, object]:
    """What form says, in the words that decide() takes; nothing of what is to be left alone.

    :raises InvalidInputs: a value without a choice, or the other way round.
    """
    values: dict[str, object] = {}
    errors = {}
    for name in (*KEPT, *DECIDABLE):
        try:
            values |= _decision(form, name)
        except ValueError as problem:
            errors[name] = [str(problem)]
    if form.get("enabled"):
        values["enabled"] = form["enabled"]
    if errors:
        raise InvalidInputs(errors)
    return values


def _decision(form: MultiDict[str, str], name: str) -> dict[str, object]:
    """
    :raises ValueError: nobody can say what is wanted; the text asks for it.
    """
    how, value = form.get(name + HOW, LEAVE), _value(form, name)
    if how not in (LEAVE, OVERRIDE, CLASS):
        raise ValueError(UNKNOWN)
    if how == LEAVE and value:
        raise ValueError(NOT_CHOSEN)
    if how == OVERRIDE and not value and name != "description":
        raise ValueError(NOTHING_GIVEN)
    if how == LEAVE:
        return {}
    if name in KEPT:
        return {name: value if how == OVERRIDE else None}
    return {name + SWITCH: True, name: value} if how == OVERRIDE else {name + SWITCH: False}


def _value(form: MultiDict[str, str], name: str) -> str | list[str]:
    return form.getlist(name) if name == "task_queues" else form.get(name, "")


def save(jobs: Sequence[Job], form: MultiDict[str, str], by: User) -> list[str]:
    """Decide what form says, for all of jobs or for none, and say it, a sentence for each field.

    :raises InvalidInputs: with messages by the names of fields. What decide() raises is raised as well.
    """
    values = decisions(form)
    if not values:
        return []
    try:
        deciding.decide(jobs, values, by)
    except InvalidInputs as refusal:
        raise InvalidInputs({name: _few(texts) for name, texts in for_pages(refusal.errors).items()}) from None
    return [_decided(jobs[0], name) for name in dict.fromkeys(name.removesuffix(SWITCH) for name in values)]


def _few(messages: Sequence[str]) -> list[str]:
    more = len(messages) - MOST_MESSAGES
    return [*messages[:MOST_MESSAGES], *([f"And {more:,} more."] if more > 0 else [])]


def _decided(job: Job, name: str) -> str:
    held = state_of(job)[name]
    if name in OWN or held.ticked:
        return f"{label_of(name)}: {said(name, held.value)}"
    return f"{label_of(name)}: as the class says"


def sections(
    jobs: Sequence[Job], form: MultiDict[str, str], errors: Mapping[str, Sequence[str]]
) -> list[tuple[str, list[SeveralLine]]]:
    """The lines of the form under their titles."""
    queues = db.session.scalars(sa.select(JobQueue.name).order_by(JobQueue.name)).all()
    states = [state_of(job) for job in jobs]

    def line(name: str) -> SeveralLine:
        wording = WORDINGS[name]
        return SeveralLine(
            name=name,
            label=wording.label,
            # No two jobs can have one name.
            control="" if name == "name" and len(jobs) > 1 else wording.control,
            help=help_of(name, current_app.extensions["settings"]),
            longest=wording.longest,
            how=form.get(name + HOW, LEAVE),
            value=_value(form, name),
            now=_now(name, [state[name].value for state in states], sum(state[name].ticked for state in states)),
            choices=queues,
            errors=errors.get(name, []),
        )

    return [(title, [line(name) for name in names]) for title, names in SECTIONS]


def own(jobs: Sequence[Job], form: MultiDict[str, str], errors: Mapping[str, Sequence[str]]) -> dict[str, SeveralLine]:
    """The lines of what classes do not know, by name."""
    return {
        name: SeveralLine(
            name=name,
            label=label_of(name),
            control="seconds",
            help="",
            longest=None,
            how=form.get(name + HOW if name in KEPT else name, LEAVE),
            value=form.get(name, ""),
            now=_now(name, [getattr(job, name) for job in jobs], 0),
            errors=errors.get(name, []),
        )
        for name in OWN
    }


def _now(name: str, values: Sequence[Any], overridden: int) -> str:
    counts = Counter(said(name, value) for value in values).most_common()
    told = "; ".join(value if len(counts) == 1 else f"{value} in {count:,}" for value, count in counts)
    if len(counts) > MOST_VALUES:
        told = f"{len(counts):,} different values"
    which = f" ({'' if overridden == len(values) else f'{overridden:,} of them '}overridden)" if overridden else ""
    return told + which
