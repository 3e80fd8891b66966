"""Changes recorded as they happen: one row for each recorded row that a transaction has made, changed or deleted.

Features say which fields of their models are recorded. Setting one of these remembers what it was before; when the
transaction is about to commit, what is different by then becomes rows of Change, in the same transaction. So a value
that is changed and changed back leaves nothing, and neither does a savepoint that is rolled back. Statements that speak
to tables, such as `update(Job)`, go unnoticed: they are for fields that are not recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, object_session

from webapp.changes.actors import Actor, actor_in_charge, appointed
from webapp.changes.models import LONGEST_NAME, Action, Change
from webapp.db import Json, Model, utcnow

NOTES = "jobdeck.changes"


@dataclass(frozen=True)
class Recorded:
    """What is recorded of a model."""

    kind: str
    """As in "extras.job"."""
    fields: tuple[str, ...]


@dataclass
class Note:
    """What this transaction has done to a row so far."""

    actor: Actor | None
    """Who was appointed when it began; None for whoever asks."""
    before: dict[str, Any] = field(default_factory=dict)
    """The first value of each field that was set."""
    made: bool = False
    name: str = ""
    """What the row was called when it was deleted."""


RECORDED: dict[type[Model], Recorded] = {}
"""Of all applications of this process, for they share their models."""


def record(kind: str, model: type[Model], fields: Iterable[str]) -> None:
    """From now on, keep what becomes of these fields of the rows of model."""
    if model in RECORDED:
        return
    RECORDED[model] = Recorded(kind, tuple(fields))
    for name in RECORDED[model].fields:
        # What it was before has to be known, even if nobody has read it.
        event.listen(getattr(model, name), "set", partial(_note_value, name), active_history=True)
    event.listen(model, "after_insert", _note_insert)
    event.listen(model, "before_delete", _note_delete)


def _note_value(name: str, row: Model, value: Any, before: Any, _initiator: object) -> None:
    session = object_session(row)
    if session is not None and sa.inspect(row).persistent and value != before:
        _note(session, row).before.setdefault(name, before)


def _note_insert(_mapper: object, _connection: object, row: Model) -> None:
    _note(_session_of(row), row).made = True


def _note_delete(_mapper: object, _connection: object, row: Model) -> None:
    note = _note(_session_of(row), row)
    note.before = {**_values(row), **note.before}
    note.name = str(row)


def _note(session: Session, row: Model) -> Note:
    notes: dict[Model, Note] = session.info.setdefault(NOTES, {})
    if row not in notes:
        notes[row] = Note(appointed())
    return notes[row]


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    """Turn what was noted into rows; savepoints are too early."""
    if session.in_nested_transaction():
        return
    session.flush()
    notes: dict[Model, Note] = session.info.pop(NOTES, {})
    changes = [change for row, note in notes.items() for change in _changes(row, note)]
    if changes:
        at, actor = utcnow(), actor_in_charge()
        session.execute(sa.insert(Change), [{**actor.columns, **change, "at": at} for change in changes])


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(NOTES, None)


def _changes(row: Model, note: Note) -> Iterable[dict[str, Any]]:
    """What is to be written of row: one change, or none if nothing is different in the end."""
    state = sa.inspect(row)
    if state.persistent and note.made:
        yield _change(row, note, Action.CREATE, None, _values(row))
    elif state.persistent:
        before = {name: value for name, value in note.before.items() if getattr(row, name) != value}
        if before:
            yield _change(row, note, Action.UPDATE, before, {name: getattr(row, name) for name in before})
    elif state.deleted and not note.made:
        yield _change(row, note, Action.DELETE, note.before, None)


def _change(
    row: Model, note: Note, action: Action, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> dict[str, Any]:
    [id] = sa.inspect(row).identity or [None]
    return {
        "kind": RECORDED[type(row)].kind,
        "row_id": str(id),
        "row_name": (note.name or str(row))[:LONGEST_NAME],
        "action": action,
        "before": _as_json(before),
        "after": _as_json(after),
        **(note.actor.columns if note.actor else {}),
    }


def _values(row: Model) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RECORDED[type(row)].fields}


def _as_json(value: Any) -> Json:
    """value in words of JSON; what JSON does not know becomes text."""
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _session_of(row: Model) -> Session:
    session = object_session(row)
    if session is None:
        raise RuntimeError("a row that is being written belongs to a session")
    return session
