"""Which runs repeat which: what a run is the repetition of, and what has repeated it."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.runs.models import Run

FEW = 5


@dataclass(frozen=True)
class Repeats:
    """The relatives of a run among those that somebody may see."""

    of: int | None
    """The number of the run that it repeats."""
    later: list[int]
    """The numbers of the last runs that repeat it, the newest first."""
    more: bool
    """Whether there are others."""


def of(run: Run, user: User) -> Repeats:
    """The relatives of run among those that user may see."""
    seen = visible(Run, user).with_only_columns(Run.number)
    later = db.session.scalars(seen.where(Run.again_of == run.number).order_by(Run.number.desc()).limit(FEW + 1)).all()
    earlier = None if run.again_of is None else db.session.scalar(seen.where(Run.number == run.again_of))
    return Repeats(earlier, list(later[:FEW]), len(later) > FEW)
