"""The story of a run: a row for each thing that happened to it."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from webapp.db import db, utcnow, writing
from webapp.runs.event_models import Happening, RunEvent
from webapp.runs.models import FINAL, State

INSERT = sa.insert(cast(sa.Table, RunEvent.__table__))
NEWEST = sa.select(sa.func.max(RunEvent.id))


def record(
    number: int,
    n: int,
    frm: State | None,
    to: State,
    attempt: int,
    actor: str,
    reason: str | None = None,
    kind: Happening = Happening.MOVED,
) -> None:
    """Write the n-th event of run number, in the transaction that moves it; actor says who did it."""
    final = kind is Happening.MOVED and to in FINAL
    values = {"run_number": number, "n": n, "kind": kind, "at": utcnow(), "from_state": frm, "to_state": to}
    writing().execute(INSERT, {**values, "final": final, "attempt": attempt, "actor": actor, "reason": reason})


def newest() -> int:
    """The id of the newest event of all runs; 0 if there is none. Another one tells that something has happened."""
    return db.session.scalar(NEWEST) or 0
