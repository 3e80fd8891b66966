"""What is done to several runs at once: to each that it can be done to, and why not to the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from webapp.accounts.models import User
from webapp.accounts.permissions import require, visible
from webapp.db import db, transaction
from webapp.errors import NotPossible
from webapp.runs import cancelling, deleting
from webapp.runs.listing.listing import SHOWN
from webapp.runs.models import Run

MOST = 200
TOGETHER = 20
"""Runs that are let go of in one transaction: others want to write, too."""
OVER, NOT_OVER, ASKED, KEPT, NOT_YOURS = "over already", "not over", "stopping already", "kept", "not yours"
GONE = "not there any more, or not for you to see"

Obstacle = Callable[[Run], str]
"""Says what is in the way of doing something to a run; nothing if nothing is."""


@dataclass
class Sorted:
    """Runs that something can be done to, and those that it cannot."""

    numbers: list[int] = field(default_factory=list)
    skipped: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Numbers, by what is in the way."""

    def put(self, number: int, obstacle: str) -> None:
        """Say of one more run what is in the way, if anything is."""
        (self.skipped[obstacle] if obstacle else self.numbers).append(number)


def rows(numbers: Sequence[int], user: User) -> Sequence[Run]:
    """Those of these runs that user may see, newest first."""
    query = visible(Run, user).where(Run.number.in_(numbers)).options(SHOWN)
    return db.session.scalars(query.order_by(Run.number.desc())).all()


def cancellable(numbers: Sequence[int], by: User) -> Sorted:
    """Which of these runs by can ask the end of."""
    return _sorted(numbers, by, lambda run: _keeps_from_cancelling(run, by))


def deletable(numbers: Sequence[int], by: User) -> Sorted:
    """Which of these runs by can delete.

    :raises NotAllowed: by may not delete runs.
    """
    require(by, "extras.delete_jobresult")
    return _sorted(numbers, by, _keeps_from_deleting)


def cancel(numbers: Sequence[int], by: User, reason: str) -> Sorted:
    """Ask for the end of each of these runs, one after the other; which of them were asked.

    :raises InvalidInputs: the reason is too long.
    """
    wanted = cancellable(numbers, by)
    done = Sorted(skipped=wanted.skipped)
    for number in wanted.numbers:
        done.put(number, _cancel(number, by, reason))
    return done


def delete(numbers: Sequence[int], by: User) -> Sorted:
    """Delete those of these runs that can be; long logs may go a little later, unseen.

    :raises NotAllowed: by may not delete runs.
    """
    wanted = deletable(numbers, by)
    gone: set[int] = set()
    for first in range(0, len(wanted.numbers), TOGETHER):
        with transaction():
            gone.update(deleting.let_go(wanted.numbers[first : first + TOGETHER]))
    done = Sorted(skipped=wanted.skipped)
    left = _sorted([number for number in wanted.numbers if number not in gone], by, _keeps_from_deleting)
    why = {number: obstacle for obstacle, numbers in left.skipped.items() for number in numbers}
    for number in wanted.numbers:
        done.put(number, "" if number in gone else why.get(number, GONE))
    deleting.for_a_while(deleting.carry_out())
    return done


def _cancel(number: int, by: User, reason: str) -> str:
    """Ask for the end of a run; what was in the way."""
    found = rows([number], by)
    if not found:
        return GONE
    try:
        cancelling.cancel(found[0], by, reason)
    except NotPossible:
        return OVER  # it has just ended by itself
    return ""


def _sorted(numbers: Sequence[int], user: User, obstacle: Obstacle) -> Sorted:
    found, there = Sorted(), {run.number: run for run in rows(numbers, user)}
    for number in sorted(numbers, reverse=True):
        found.put(number, obstacle(there[number]) if number in there else GONE)
    return found


def _keeps_from_cancelling(run: Run, by: User) -> str:
    if run.finished:
        return OVER
    if not cancelling.may_cancel(run, by):
        return NOT_YOURS
    return ASKED if run.cancelling else ""


def _keeps_from_deleting(run: Run) -> str:
    if not run.finished:
        return NOT_OVER
    return KEPT if run.pinned_at else ""
