"""What the Runs page shows: a page of runs, what they were given, how many there are, and why those that wait do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import load_only

from webapp.accounts.models import User
from webapp.db import db
from webapp.runs import key_inputs, waiting
from webapp.runs.listing import asked as names
from webapp.runs.listing.asked import Asked
from webapp.runs.listing.by_state import ByState, by_state, of_these
from webapp.runs.listing.lately import Pictures, lately
from webapp.runs.listing.meanings import number_in
from webapp.runs.listing.narrowing import Narrowed, narrowed
from webapp.runs.listing.tallies import counted, said
from webapp.runs.models import Run
from webapp.runs.waiting import Reasons
from webapp.ui.pages import PAGE, Page, page

# Tracebacks, results and inputs may be long.
SHOWN = load_only(
    *(Run.job_id, Run.job_name, Run.user_id, Run.user_name, Run.queue, Run.worker, Run.trigger, Run.dry_run),
    Run.key_inputs,
    *(Run.state, Run.state_version, Run.cancel_requested_at, Run.starts, Run.pinned_at, Run.pinned_by),
    *(Run.created_at, Run.started_at, Run.ended_at, Run.start_after, Run.warning_count, Run.error_count),
    *(Run.progress_done, Run.progress_total, Run.progress_text),
    *(Run.concurrency_key, Run.concurrency_limit, Run.on_conflict),
)


@dataclass(frozen=True)
class Listing:
    """Some of the runs that somebody has asked for."""

    narrowed: Narrowed
    page: Page[Run]
    reasons: Reasons
    key_inputs: Mapping[int, str]
    lately: Pictures
    before: int | None
    """The cursor that has led here; None on the first page."""
    total: int
    by_state: ByState

    @property
    def count(self) -> str:
        """How many there are, or that there are many."""
        return said(self.total)


def listing(asked: Asked, before: int | None, user: User, size: int = PAGE) -> Listing:
    """The runs that asked is about and user may see, newest first, those older than number before."""
    meant = narrowed(asked, user)
    found = page(meant.query(user).options(SHOWN), Run.number, before, size)
    whole = before is None and found.older is None
    every = names.STATE not in asked.filters
    states = of_these(found.rows) if whole and every else by_state(meant, user)
    if whole:
        total = len(found.rows)
    else:
        total = states.total if every else db.session.scalar(sa.select(counted(meant.query(user)))) or 0
    reasons, given = waiting.reasons(found.rows), key_inputs.shown(found.rows, user)
    return Listing(meant, found, reasons, given, lately(found.rows, user), before, total, states)


def straight_to(asked: Asked, user: User) -> int | None:
    """The number of the run that somebody has asked for by nothing but its number; None if it is not there."""
    number = number_in(asked[names.Q])
    if number is None or len(asked.filters) > 1:
        return None
    query = narrowed(Asked(), user).query(user).with_only_columns(Run.number).where(Run.number == number)
    return db.session.scalar(query)
