"""Importing a table: first what it would do, then exactly that, all of it or nothing.

What a line says is read without holding anybody up. What only the database knows is tried out: the lines are written
500 at a time, which is rolled back each time. Others wait for half a second to write, and what only shows between lines
of different parts, such as two devices in one unit of a rack, comes to light when it is done. That holds others up for
as long as it takes: three to five seconds for 5,000 lines.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.db import db, is_sqlite, transaction
from webapp.errors import InvalidInputs, NotPossible
from webapp.inventory import conflicts, turns
from webapp.inventory.conflicts import WHOLE, InvalidObject
from webapp.inventory.imports import identity
from webapp.inventory.imports.planning import Planner
from webapp.inventory.imports.references import in_parts
from webapp.inventory.imports.steps import Plan, Step
from webapp.inventory.imports.tables import Table
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object

BREATH = 0.15
"""Seconds between two parts on SQLite, where those who wait look whether it is their turn ten times a second."""
OVERTAKEN = "Something has changed since this was shown. Look at it again, and then import."


class _NothingRemains(Exception):
    """Rolls back what was tried."""


class Overtaken(NotPossible):
    """What would be done now is something else than what was shown: `plan`."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(OVERTAKEN)
        self.plan = plan


def rehearsed(kind: ObjectKind, table: Table, by: User) -> Plan:
    """What importing table would do, and what is wrong with it. Nothing remains of it."""
    with _making_many():
        plan = Planner(kind, table, by).planned()
        for place, part in enumerate(in_parts(plan.to_do)):
            if place and is_sqlite():
                time.sleep(BREATH)
            with suppress(_NothingRemains), transaction():
                _try(kind, plan, part, by)
                raise _NothingRemains
            if plan.full:
                break
    plan.problems.sort(key=lambda problem: problem.line)
    return plan


def carry_out(kind: ObjectKind, table: Table, shown: str, by: User) -> Plan:
    """Do what the plan with the digest shown says.

    :raises Overtaken: by now it would be something else, or does not fit any more; nothing was done.
    """
    with _making_many(), transaction() as session:
        turns.take(session)
        plan = Planner(kind, table, by).planned()
        if plan.problems or plan.digest != shown:
            raise Overtaken(plan)
        for part in in_parts(plan.to_do):
            _try(kind, plan, part, by)
        if plan.problems:
            raise Overtaken(plan)
    return plan


@contextmanager
def _making_many() -> Iterator[None]:
    """Let Python not look for garbage: again and again it would look at all that is made, a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _try(kind: ObjectKind, plan: Plan, steps: Sequence[Step], by: User) -> None:
    """Write these steps of plan: all at once, else in halves, until it is known which of them do not fit."""
    if plan.full:
        return
    try:
        with conflicts.told(kind), db.session.begin_nested():
            _write(kind, steps, by)
    except InvalidObject as refusal:
        if len(steps) == 1:
            _refuse(kind, plan, steps[0], refusal)
        else:
            half = len(steps) // 2
            _try(kind, plan, steps[:half], by)
            _try(kind, plan, steps[half:], by)


def _refuse(kind: ObjectKind, plan: Plan, step: Step, refusal: InvalidObject) -> None:
    for name, messages in refusal.errors.items():
        label = "" if name == WHOLE else kind.fields[name].label if name in kind.fields else name
        for message in messages:
            plan.refuse(step.line, message, label)


def _write(kind: ObjectKind, steps: Sequence[Step], by: User) -> None:
    session = db.session()
    with session.no_autoflush:
        _recall(kind, steps, by)
        for step in steps:
            _put(kind, step)
    session.flush()


def _recall(kind: ObjectKind, steps: Sequence[Step], by: User) -> None:
    """Read at once what these steps are about, if what ended since then has let it be forgotten.

    :raises InvalidInputs: some of it is gone.
    """
    identity.with_ids(kind, [_id(step.row) for step in steps if step.row is not None and _is_forgotten(step.row)], by)
    forgotten: dict[type[Any], set[UUID]] = defaultdict(set)
    named = [row for step in steps for row in step.named]
    for row in named:
        if _is_forgotten(row):
            forgotten[type(row)].add(_id(row))
    for model, ids in forgotten.items():
        for part in in_parts(list(ids)):
            db.session.scalars(sa.select(model).where(model.id.in_(part))).all()
    if any(map(_is_forgotten, (*named, *(step.row for step in steps if step.row is not None)))):
        raise InvalidInputs({WHOLE: [conflicts.GONE]})


def _is_forgotten(row: Object) -> bool:
    return "id" not in row.__dict__


def _id(row: Object) -> UUID:
    # Which it still knows when all else is forgotten.
    id: UUID = (sa.inspect(row).identity or [row.id])[0]
    return id


def _put(kind: ObjectKind, step: Step) -> None:
    if step.row is None:
        made: Any = kind.model(**step.values)
        db.session.add(made)
        return
    for name, value in step.values.items():
        setattr(step.row, name, value)
