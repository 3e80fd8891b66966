"""What must hold among objects, whoever writes them: pages, the API, jobs, and dry runs on tables of their own.

Before a flush writes objects it asks the rules, which refuse with InvalidInputs, by field, or set what follows from
other values. They look things up by statements on the session's own connection, and only for what the flush is about.
The constraints of the database hold in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from webapp.inventory import turns
from webapp.inventory.integrity import (
    cabling,
    containment,
    departures,
    gaps,
    labels,
    locations,
    primary,
    racks,
    standing,
    uniqueness,
    values,
)
from webapp.inventory.integrity.batch import Batch
from webapp.inventory.models import Object

Rule = Callable[[Batch], None]
OF_EACH: Sequence[Rule] = (values.check,)
AMONG: Sequence[Rule] = (
    labels.check,
    locations.check,
    racks.check,
    standing.check,
    primary.check,
    cabling.check,
    uniqueness.check,
    containment.arrange,
    gaps.mark,
)


def init_app() -> None:
    """Let nothing be written without asking the rules."""
    for name, ask in (("before_flush", _judge), ("after_flush", _settle), ("after_transaction_end", _end)):
        if not event.contains(Session, name, ask):
            event.listen(Session, name, ask)


def _judge(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """
    :raises InvalidInputs: something is wrong with an object.
    :raises NotPossible: an object that is to be deleted is needed.
    """
    containment.forget(session)
    if not any(isinstance(row, Object) for rows in (session.new, session.dirty, session.deleted) for row in rows):
        return
    turns.take(session)
    if session.deleted:
        departures.follow(session)
    primary.release(session)
    batch = Batch(session)
    for rules in (OF_EACH, AMONG):
        for rule in rules:
            rule(batch)
        batch.judge()


def _settle(session: Session, _context: UOWTransaction) -> None:
    containment.settle(session)


def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(values.NAMED, None)
