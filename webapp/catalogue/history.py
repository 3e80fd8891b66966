"""What became of a job, in words: from what to what, and whether its class or an administrator says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.permissions import visible
from webapp.catalogue.fields import DECIDABLE
from webapp.catalogue.models import DEFAULT_JOB_QUEUE, Job
from webapp.catalogue.wording import OWN, label_of, told
from webapp.changes.models import Action, Change
from webapp.changes.telling import Told
from webapp.db import db
from webapp.ui.pages import Page, page

KIND = "extras.job"
SWITCHED = {True: "Switched on", False: "Switched off"}
INSTALLED = {True: "Its code is installed again", False: "Its code is not installed any more"}
OVERRIDDEN, FOLLOWS, BY_CLASS = "overridden", "the class's again", "by its class"


@dataclass(frozen=True)
class Entry:
    """One change, with what it was about."""

    change: Change
    told: Sequence[Told] = field(default_factory=list)


def history(job: Job, before: int | None) -> Page[Entry]:
    """The changes of job below the cursor before, newest first, those that the reader may see."""
    query = visible(Change).where(Change.kind == KIND, Change.row_id == str(job.id))
    found = page(query, Change.number, before)
    if not found.rows:
        return Page([], None)
    overridden = _overridden_after(job, found.rows[0].number)
    entries = []
    for change in found.rows:
        earlier = (change.before or {}).get("overridden", overridden)
        entries.append(Entry(change, list(_told(change, earlier, overridden))))
        overridden = earlier
    return Page(entries, found.older)


def switched_off_since(start: datetime) -> set[UUID]:
    """The ids of the jobs that were on at some time since start and were switched off then."""
    was_on = Change.before["enabled"].as_boolean()
    query = sa.select(Change.row_id).where(Change.kind == KIND, Change.at > start, was_on).distinct()
    return {UUID(id) for id in db.session.scalars(query)}


def _overridden_after(job: Job, number: int) -> list[str]:
    """Which fields were overridden right after the change of that number."""
    query = (
        sa.select(Change.before["overridden"])
        .where(Change.kind == KIND, Change.row_id == str(job.id), Change.number > number)
        .where(Change.before["overridden"].as_string().is_not(None))
        .order_by(Change.number)
        .limit(1)
    )
    found: list[str] | None = db.session.scalar(query)
    return job.overridden if found is None else found


def _told(change: Change, earlier: Sequence[str], overridden: Sequence[str]) -> Iterator[Told]:
    """What change was about; the others say which fields were overridden before and after it."""
    before, after = change.before or {}, change.after or {}
    if change.action is Action.CREATE:
        yield Told(f"Recorded for the first time, {SWITCHED[after['enabled']].lower()}")
    elif change.action is Action.DELETE:
        yield Told("Deleted")
    else:
        yield from _switched(after)
        yield from _own(before, after)
        moved = DEFAULT_JOB_QUEUE in {*earlier} ^ {*overridden}
        yield from _decided(_values(before, after, moved), earlier, overridden)


def _switched(after: Mapping[str, Any]) -> Iterator[Told]:
    for name, words in (("installed", INSTALLED), ("enabled", SWITCHED)):
        if name in after:
            yield Told(words[after[name]])


def _own(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Told]:
    for name in OWN:
        if name in after and name != "enabled":
            yield Told(label_of(name), told(name, before[name]), told(name, after[name]))


def _decided(
    values: Mapping[str, tuple[Any, Any]], earlier: Sequence[str], overridden: Sequence[str]
) -> Iterator[Told]:
    for name in DECIDABLE:
        gained, lost = name in overridden and name not in earlier, name in earlier and name not in overridden
        if name in values:
            decided = name in overridden or name == DEFAULT_JOB_QUEUE and "task_queues" in overridden
            yield _changed(name, *values[name], OVERRIDDEN if decided else FOLLOWS if lost else BY_CLASS)
        elif gained:
            yield Told(f"{label_of(name)}: overridden with the value that it had")
        elif lost:
            yield Told(f"{label_of(name)}: not overridden any more, with the same value")


def _values(before: Mapping[str, Any], after: Mapping[str, Any], moved: bool) -> dict[str, tuple[Any, Any]]:
    """What fields of DECIDABLE were and are, those that changed.

    The default queue is the first one of the queues; moved says whether who decides about it is another one now.
    """
    values = {name: (before[name], after[name]) for name in after if name in DECIDABLE}
    was, now = values.get("task_queues", ([], []))
    if was[:1] != now[:1] and (moved or {*was} == {*now}):
        values[DEFAULT_JOB_QUEUE] = (was[0] if was else None, now[0])
        if {*was} == {*now}:
            del values["task_queues"]
    return values


def _changed(name: str, before: Any, after: Any, note: str) -> Told:
    was, now = told(name, before), told(name, after)
    # Of long texts only the beginning is shown, which may be the same.
    return (
        Told(label_of(name), was, now, note) if was != now else Told(f"{label_of(name)}: changed further down ({note})")
    )
