"""The story of a run: a row for each transition."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from webapp.db import utcnow, writing
from webapp.runs.models import FINAL, RunEvent, State

INSERT = sa.insert(cast(sa.Table, RunEvent.__table__))


def record(
    number: int, n: int, frm: State | None, to: State, attempt: int, actor: str, reason: str | None = None
) -> None:
    """Write the n-th event of run number, in the transaction that moves it; actor says who did it."""
    values = {"run_number": number, "n": n, "at": utcnow(), "from_state": frm, "to_state": to, "final": to in FINAL}
    writing().execute(INSERT, {**values, "attempt": attempt, "actor": actor, "reason": reason})
