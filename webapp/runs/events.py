"""The story of a run: a row for each transition."""

from __future__ import annotations

import sqlalchemy as sa

from webapp.db import db
from webapp.runs.models import FINAL, RunEvent, State


def record(
    number: int, n: int, frm: State | None, to: State, attempt: int, actor: str, reason: str | None = None
) -> None:
    """Write the n-th event of run number, in the transaction that moves it; actor says who did it."""
    values = {"run_number": number, "n": n, "from_state": frm, "to_state": to, "final": to in FINAL}
    db.session.execute(sa.insert(RunEvent).values(**values, attempt=attempt, actor=actor, reason=reason))
