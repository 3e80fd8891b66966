"""Changes recorded as they happen: one row for each recorded row that a transaction has made, changed or deleted.

Features say which fields of their models are recorded. Setting one of these remembers what it was before; when the
transaction is about to commit, what is different by then becomes rows of Change, in the same transaction. So a value
that is changed and changed back leaves nothing, and neither does a savepoint that is rolled back. Statements that speak
to tables, such as `update(Job)`, go unnoticed: they are for fields that are not recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, attributes, object_session

from webapp.changes.actors import Actor, appointed
from webapp.changes.models import Action, Change
from webapp.changes.naming import Part, name_of, part_of
from webapp.changes.rows import Found, Recorded, key_of, rows
from webapp.db import OWN, Model

NOTES = "jobdeck.changes"
LISTENER = "jobdeck.planned"
"""Under which a session may have somebody to whom what it is about to commit is told first, as the columns of changes;
who says True keeps it elsewhere, so that none of it becomes a change: a dry run."""
COUNTER = "jobdeck.counter"
"""Under which a session may have a Counter of what has been created, updated and deleted."""


@dataclass
class Note:
    """What this transaction has done to a row so far."""

    actor: Actor | None
    """Who was appointed when it began; None for whoever asks."""
    before: dict[str, Any] = field(default_factory=dict)
    """The first value of each part that was set."""
    made: bool = False
    name: str = ""
    """What the row was called when it was deleted."""
    following: set[str] = field(default_factory=set)
    """What follows from other rows this time, and is not told."""

    def told(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of values that somebody has said."""
        return {name: value for name, value in values.items() if name not in self.following}


RECORDED: dict[type[Model], Recorded] = {}
"""Of all applications of this process, for they share their models."""


def record(kind: str, model: type[Model], fields: Iterable[str]) -> None:
    """From now on, keep what becomes of these fields of the rows of model: columns, relations, and properties that are
    settled when a row is made.

    What a relation names is told by its name.
    """
    if model in RECORDED:
        return
    RECORDED[model] = Recorded(kind, {name: part_of(model, name) for name in fields})
    for part in RECORDED[model].parts.values():
        _listen(model, part)
    event.listen(model, "after_insert", _note_insert)
    event.listen(model, "before_delete", _note_delete)


def _listen(model: type[Model], part: Part) -> None:
    if part.several:
        for happening in ("append", "remove", "bulk_replace"):
            event.listen(getattr(model, part.attribute), happening, partial(_note_list, part.name))
    elif not part.settled:
        # What it was before has to be known, even if nobody has read it.
        event.listen(getattr(model, part.attribute), "set", partial(_note_value, part.name), active_history=True)


def _note_value(name: str, row: Model, value: Any, before: Any, _initiator: object) -> None:
    session = object_session(row)
    if session is not None and sa.inspect(row).persistent and value != before:
        _note(session, row).before.setdefault(name, before)


def _note_list(name: str, row: Model, *_what: object) -> None:
    state, session = sa.inspect(row), object_session(row)
    if session is None or not state.persistent or name in _note(session, row).before:
        return
    getattr(row, name)  # which may not have been read yet
    history = state.attrs[name].history
    _note(session, row).before[name] = frozenset([*history.unchanged, *history.deleted])


def _note_insert(_mapper: object, _connection: object, row: Model) -> None:
    _note(_session_of(row), row).made = True
    for part in RECORDED[type(row)].parts.values():
        if part.several and part.attribute not in row.__dict__:
            # Nobody has put anything in, and nobody need ask the database whether.
            attributes.set_committed_value(row, part.attribute, [])


def _note_delete(_mapper: object, _connection: object, row: Model) -> None:
    note = _note(_session_of(row), row)
    note.before = {**_values(row), **note.before}
    note.name = name_of(row)


def _note(session: Session, row: Model) -> Note:
    notes: dict[Model, Note] = session.info.setdefault(NOTES, {})
    if row not in notes:
        notes[row] = Note(appointed())
    return notes[row]


@event.listens_for(Session, "before_flush")
def _note_in_order(session: Session, _context: object, _instances: object) -> None:
    """Rows are written kind after kind; told they are in the order in which they were added."""
    for row in session.new:
        if type(row) in RECORDED:
            _note(session, row)


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    """Turn what was noted into rows; savepoints are too early."""
    if session.in_nested_transaction():
        return
    session.flush()
    notes: dict[Model, Note] = session.info.pop(NOTES, {})
    found = [each for row, note in notes.items() for each in _found(row, note)]
    if found:
        deleted = {key_of(row): note.name for row, note in notes.items() if note.name}
        changes = rows(session, found, deleted)
        if (counter := session.info.get(COUNTER)) is not None:
            counter.update(change["action"] for change in changes)
        listener = session.info.get(LISTENER)
        if listener is None or not listener(changes):
            session.execute(sa.insert(Change), changes, execution_options={OWN: True})


def follows(session: Session, row: Model, name: str, *, by_itself: bool = True) -> None:
    """Whether what becomes of that field of row in this transaction follows by itself, so that it is not told."""
    following = _note(session, row).following
    following.add(name) if by_itself else following.discard(name)


def correct(session: Session, row: Model, values: Mapping[str, Any]) -> None:
    """Others may have written to row since it was read: before this transaction it had these values."""
    note: Note | None = session.info.get(NOTES, {}).get(row)
    for name in note.before if note is not None else ():
        attribute = RECORDED[type(row)].parts[name].attribute
        if note is not None and attribute in values:
            note.before[name] = values[attribute]


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(NOTES, None)


def _found(row: Model, note: Note) -> Iterator[Found]:
    """What has become of row: one change, or none if nothing is different in the end."""
    state, recorded = sa.inspect(row), RECORDED[type(row)]
    if state.persistent and note.made:
        yield Found(row, name_of(row), recorded, Action.CREATE, None, note.told(_values(row)), note.actor)
    elif state.persistent:
        now = {name: recorded.parts[name].value(row) for name in note.before}
        changed = [name for name, before in note.told(note.before).items() if now[name] != before]
        if changed:
            before, after = ({name: values[name] for name in changed} for values in (note.before, now))
            yield Found(row, name_of(row), recorded, Action.UPDATE, before, after, note.actor)
    elif state.deleted and not note.made:
        yield Found(row, note.name, recorded, Action.DELETE, note.told(note.before), None, note.actor)


def _values(row: Model) -> dict[str, Any]:
    return {name: part.value(row) for name, part in RECORDED[type(row)].parts.items()}


def _session_of(row: Model) -> Session:
    session = object_session(row)
    if session is None:
        raise RuntimeError("a row that is being written belongs to a session")
    return session
