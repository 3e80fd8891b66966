"""What a job sets outside of its blocks is refused at once: it would be lost, or kept by a block that it is no part of.

Inside a block a row that was read before it is read again when it is first set: what the job takes for the present
value would otherwise decide over whether there is anything to write.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, object_session

from webapp.changes.recording import LISTENER
from webapp.db import OWN, WRITING
from webapp.inventory.models import CableEnd, Object
from webapp.inventory.models.base import GUARDS

JOB = "jobdeck.job"
"""What marks the session of a job."""
FRESH = "jobdeck.fresh"
"""The primary keys, by model, of rows that were read again in this block."""
MOST_AT_ONCE = 500
OUTSIDE = (
    "{what} was changed outside of a block of changes, which would be lost. Write `with self.changes():`, and change "
    "it inside."
)


STRANGER = "A job changes objects of the inventory; a row of {kind} is none."
PAST_THE_ROWS = (
    "Statements would change objects past the rules and the record of changes. Ask for the objects, and change them: "
    "`for device in filter(Device, …): device.name = …`."
)


def begin() -> None:
    """From now on, watch over the rows of jobs in this process."""
    if GUARDS:
        return
    GUARDS.append(watch)
    event.listen(Session, "before_flush", _refuse_strangers)
    event.listen(Session, "do_orm_execute", _refuse_statements)
    for mapper in Object.registry.mappers:
        for relation in mapper.relationships if issubclass(mapper.class_, Object) else ():
            if relation.uselist and not relation.viewonly:
                event.listen(relation.class_attribute, "append", _watch_addition)
                event.listen(relation.class_attribute, "remove", _watch_removal)


def watch(row: Object) -> None:
    """Somebody is about to set something of row.

    :raises RuntimeError: there is no block in which that could be kept.
    """
    session = _session_of_job(row)
    if session is not None and sa.inspect(row).persistent:
        _freshen(session, row)


def _refuse_strangers(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """
    :raises RuntimeError: a job has changed what is no object, which a dry run would not take back.
    """
    if JOB not in session.info:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, Object | CableEnd):
            raise RuntimeError(STRANGER.format(kind=type(row).__name__))


def _refuse_statements(state: ORMExecuteState) -> None:
    """
    :raises RuntimeError: a job writes without rows.
    """
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and JOB in state.session.info and not state.execution_options.get(OWN):
        raise RuntimeError(PAST_THE_ROWS)


def _watch_addition(row: Object, part: Object, _initiator: object) -> None:
    """What is put into an object that is kept, such as an interface into its device, is kept with it."""
    session = _session_of_job(row)
    if session is not None and object_session(part) is None:
        part.only_planned = LISTENER in session.info
        session.add(part)


def _watch_removal(row: Object, _part: Object, _initiator: object) -> None:
    _session_of_job(row)


def _session_of_job(row: Object) -> Session | None:
    """Where row is kept, if a job has read or made it; not while it is being written.

    :raises RuntimeError: the job is in no block.
    """
    session = object_session(row)
    if session is None or JOB not in session.info or session._flushing:
        return None
    if not session.info.get(WRITING):
        raise RuntimeError(OUTSIDE.format(what=_called(row)))
    return session


def _freshen(session: Session, row: Object) -> None:
    """Read row again, and with it more of its kind as it turns out that there are more."""
    fresh: dict[type[Object], set[Any]] = session.info.setdefault(FRESH, {})
    known = fresh.setdefault(type(row), set())
    if row.id in known:
        return
    size = min(4 * len(known), MOST_AT_ONCE - 1)
    others = (one for one in session.identity_map.values() if type(one) is type(row) and _may_be_read(one, known))
    ids = {row.id, *(one.id for one in islice(others, size))}
    known |= ids
    if sa.inspect(row).modified:
        return  # something of it has been set by a relation from the other side: hold() looks at what it was
    query = sa.select(type(row)).where(type(row).id.in_(ids)).execution_options(populate_existing=True)
    with session.no_autoflush:
        session.scalars(query).all()


def _may_be_read(row: Object, known: set[Any]) -> bool:
    state = sa.inspect(row)
    return not state.modified and state.identity is not None and state.identity[0] not in known


def _called(row: Object) -> str:
    kind = type(row).__name__
    loaded = "name" in row.__dict__
    return f"{kind} {row.__dict__['name']}" if loaded else f"A row of {kind}"
