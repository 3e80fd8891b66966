"""Deleting runs that are over, with all that belongs to them.

A log may have 100,000 lines, and a preview as many changes, and while they are deleted nobody else can write to SQLite.
So a run is first let go of:
from then on nobody sees it, keeps it or brings it back. What it leaves behind is deleted a little at a time,
by whoever comes by. Who is killed in between leaves only what the next one carries on with.

What else knows of a run that is deleted:
- its files: their bytes go with `attachments.sweep`, unless another run has them. A form that was filled from it to run
  it again asks for them anew; what failed of it cannot be started again any more.
- its idempotency key holds for a day from when it was made, all the same: until then the row stays, emptied of all that
  may be taken out of the row of a run that is over, and refuses to be made again.
- its job still says when it ran last and how that ended, for so it was, but links to nothing.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from itertools import accumulate, takewhile
from typing import Any, cast

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import require
from webapp.changes.models import PlannedChange
from webapp.db import db, transaction, utcnow, writing
from webapp.errors import NotPossible
from webapp.runs.event_models import RunEvent
from webapp.runs.fulltext.models import LogChunk
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.models import FINAL, Envelope, Run, RunFile
from webapp.runs.steps import jobs, runs

RUNS = 50
"""Runs of one transaction at most; and so many lines, of so many bytes together."""
LINES, BYTES = 2_000, 500_000
PAUSE_SECONDS = 0.025
"""Between two transactions, for others to write: on SQLite they look every so often whether they may."""
ROUND_SECONDS = 1.0
"""That is taken for deleting while somebody waits for the answer, or for other chores; the rest follows later."""
KEY_HOLDS = timedelta(days=1)

events, lines, groups, chunks, envelopes, run_files, planned = (
    cast(sa.Table, model.__table__)
    for model in (RunEvent, LogLine, LogGroup, LogChunk, Envelope, RunFile, PlannedChange)
)
IS_LET_GO = runs.c.let_go_at.is_not(None)
DELETABLE = sa.and_(runs.c.state.in_(FINAL), runs.c.pinned_at.is_(None), runs.c.let_go_at.is_(None))
"""It is over, nobody keeps it, and it has not been let go of yet."""


def delete(found: Sequence[Run], by: User) -> None:
    """Delete these runs, all or none of them; long logs may go a little later, unseen.

    :raises NotAllowed: by may not delete runs.
    :raises NotPossible: one of them is not over, or somebody keeps it.
    """
    require(by, "extras.delete_jobresult")
    wanted = {run.number for run in found}
    with transaction():
        if spared := wanted - set(let_go(wanted)):
            raise NotPossible(_why_not(min(spared)))
    for_a_while(carry_out())


def let_go(numbers: Collection[int]) -> list[int]:
    """From now on nobody sees those of the runs that can be deleted; their numbers. Belongs inside a transaction."""
    # Locked in the same order by everybody: none waits for another that waits for it.
    wanted = sa.select(runs.c.number).where(runs.c.number.in_(numbers), DELETABLE).order_by(runs.c.number)
    gone = list(writing().scalars(wanted.with_for_update()))
    emptied = {"let_go_at": utcnow(), "inputs": None, "key_inputs": None}
    writing().execute(sa.update(runs).where(runs.c.number.in_(gone)).values(emptied))
    for table in (events, run_files, envelopes):
        writing().execute(sa.delete(table).where(table.c.run_number.in_(gone)))
    unlinked = {"last_run_number": None, "updated_at": jobs.c.updated_at}
    writing().execute(sa.update(jobs).where(jobs.c.last_run_number.in_(gone)).values(unlinked))
    return gone


def carry_out() -> Iterator[None]:
    """Delete what is left of the runs that were let go of; each step is a short transaction and a pause."""
    while numbers := _planned():
        with transaction():
            writing().execute(sa.delete(planned).where(planned.c.number.in_(numbers)))
        yield
        time.sleep(PAUSE_SECONDS)
    while found := _next():
        first, together = found[0], _together(found)
        with transaction():
            _remove([row.number for row in together]) if together else _shorten(first)
        yield
        time.sleep(PAUSE_SECONDS)


def for_a_while(steps: Iterator[Any]) -> bool:
    """Take steps for ROUND_SECONDS; whether there may be more of them."""
    deadline = time.monotonic() + ROUND_SECONDS
    return any(time.monotonic() > deadline for _ in steps)


def _planned() -> list[int]:
    """Some of what runs that were let go of would have changed."""
    query = sa.select(planned.c.number).join(runs, runs.c.number == planned.c.run_number).where(IS_LET_GO)
    numbers = list(db.session.scalars(query.order_by(planned.c.run_number, planned.c.number).limit(LINES)))
    db.session.rollback()
    return numbers


def _next() -> Sequence[Any]:
    """Runs that were let go of and of which something can be deleted, the oldest first."""
    known = (runs.c.number, runs.c.last_seq, runs.c.log_bytes)
    query = sa.select(*known).where(IS_LET_GO, sa.or_(runs.c.last_seq > 0, ~_holds_its_key()))
    found = db.session.execute(query.order_by(runs.c.number).limit(RUNS)).all()
    db.session.rollback()
    return found


def _holds_its_key() -> sa.ColumnElement[bool]:
    return sa.and_(runs.c.idem_key.is_not(None), runs.c.created_at > utcnow() - KEY_HOLDS)


def _together(found: Sequence[Any]) -> list[Any]:
    """As many of the first of these as one transaction can delete; none if the very first is too long for one."""
    many, much = accumulate(row.last_seq for row in found), accumulate(row.log_bytes for row in found)
    fitting = takewhile(lambda one: one[1] <= LINES and one[2] <= BYTES, zip(found, many, much, strict=True))
    return [row for row, _, _ in fitting]


def _remove(numbers: Collection[int]) -> None:
    those = sa.and_(runs.c.number.in_(numbers), IS_LET_GO)
    for table in (lines, groups, chunks):
        writing().execute(sa.delete(table).where(table.c.run_number.in_(numbers)))
    writing().execute(sa.update(runs).where(those, _holds_its_key()).values(last_seq=0, log_bytes=0))
    writing().execute(sa.delete(runs).where(those, ~_holds_its_key()))


def _shorten(row: Any) -> None:
    """Delete the end of a long log; what is known of its length goes with it, so that anybody can carry on."""
    count = max(1, min(LINES, row.last_seq * BYTES // max(row.log_bytes, 1)))
    rest = max(0, row.last_seq - count)
    same = sa.and_(runs.c.number == row.number, runs.c.last_seq == row.last_seq, IS_LET_GO)
    left = {"last_seq": rest, "log_bytes": row.log_bytes * rest // max(row.last_seq, 1)}
    if writing().execute(sa.update(runs).where(same).values(left)).rowcount:
        for table in (lines, groups):
            writing().execute(sa.delete(table).where(table.c.run_number == row.number, table.c.seq > rest))
        late = sa.and_(chunks.c.run_number == row.number, chunks.c.first_seq > rest)
        writing().execute(sa.delete(chunks).where(late))


def _why_not(number: int) -> str:
    run = db.session.get(Run, number, populate_existing=True)
    if run is None or run.let_go_at is not None:
        return f"Run #{number} has just been deleted."
    if not run.finished:
        return f"Run #{number} is not over. Cancel it first, and delete it once it is over."
    return f"Run #{number} is kept, by {run.pinned_by}. Stop keeping it first."
