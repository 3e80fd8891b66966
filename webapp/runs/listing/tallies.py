"""How many runs go on, wait, and have failed of late: asked with every list, so each is counted only so far."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import may
from webapp.db import db, utcnow
from webapp.runs.indexes import DID_NOT_SUCCEED
from webapp.runs.models import ACTIVE, Run, State

MOST = 1_000
LATELY = timedelta(days=1)


class Tally(NamedTuple):
    """How many runs there are of a kind."""

    number: int
    words: str
    """For people: `7`, `1,000+`."""


Tallies = dict[str, Tally]


def tallies(user: User) -> Tallies:
    """How many of the runs that user may see are running, waiting, and have failed in the last 24 hours; of each one
    more than MOST stands for all that is beyond."""
    row = db.session.execute(
        _counting(may(user, "extras.view_jobresult")), {"user_id": user.id, "since": utcnow() - LATELY}
    ).one()
    return {name: Tally(number, said(number)) for name, number in row._mapping.items()}


def said(count: int) -> str:
    """A number of runs for people, who need not know all that are beyond MOST."""
    return f"{MOST:,}+" if count > MOST else f"{count:,}"


def counted(query: sa.Select[Run]) -> sa.ScalarSelect[int]:
    """How many runs query finds, up to one more than MOST."""
    few = query.with_only_columns(sa.literal_column("1"), maintain_column_froms=True).limit(MOST + 1).subquery()
    return sa.select(sa.func.count()).select_from(few).scalar_subquery()


@cache
def _counting(sees_all: bool) -> sa.Select[Any]:
    # Built once: building it takes longer than asking it. A run that waits or goes on cannot be on its way out.
    failed = sa.and_(
        # As the index says it, whose text databases compare.
        sa.text(DID_NOT_SUCCEED),
        Run.created_at >= sa.bindparam("since"),
        Run.let_go_at.is_(None),
    )
    wanted = {"running": Run.state.in_(ACTIVE), "waiting": Run.state == State.QUEUED, "failed": failed}
    counts: list[Any] = [_count(condition, sees_all).label(name) for name, condition in wanted.items()]
    return sa.select(*counts)


def _count(condition: sa.ColumnElement[bool], sees_all: bool) -> sa.ScalarSelect[int]:
    seen = condition if sees_all else sa.and_(condition, Run.user_id == sa.bindparam("user_id"))
    return counted(sa.select(Run).where(seen))
