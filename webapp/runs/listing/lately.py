"""How long the last runs of a job took, drawn so small that it stands in a row."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import current_app
from markupsafe import Markup

from webapp.accounts.models import User
from webapp.accounts.permissions import may, visible
from webapp.catalogue.models import Job
from webapp.db import db, is_sqlite
from webapp.runs.models import Run
from webapp.ui.filters import duration

RUNS, FEWEST = 10, 2
KEPT = 10.0
"""Seconds for which a process remembers the pictures."""
MOST_KEPT = 1_000
EXTENSION = "lately"
PITCH, HEIGHT, LEAST = 4, 16, 1
DRAWN = Markup(
    '<svg class="lately" viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">'
    '<title>{2}</title><path d="{3}" /></svg>'
)
Pictures = dict[UUID, Markup]
WORDS = "The last {} runs of this job, the newest on the right: {} to {}"


def lately(runs: Iterable[Run], user: User) -> Pictures:
    """By job, a picture of how long its newest runs took; of those whose users see only their own runs, of these. Empty
    of a job with fewer than FEWEST."""
    jobs = {run.job_id for run in runs if run.job_id}
    if not may(user, "extras.view_jobresult"):
        return _asked(jobs, user)
    kept: dict[UUID, tuple[float, Markup]] = current_app.extensions.setdefault(EXTENSION, {})
    now = time.monotonic()
    # Other threads write to it meanwhile, so nothing goes through all of it.
    known = {job: hit[1] for job in jobs if (hit := kept.get(job)) and hit[0] > now}
    found = _asked(jobs - known.keys(), user)
    if len(kept) > MOST_KEPT:
        current_app.extensions[EXTENSION] = kept = {}
    kept |= {job: (now + KEPT, picture) for job, picture in found.items()}
    return known | found


def _asked(jobs: set[UUID], user: User) -> Pictures:
    """The same by one question, which finds a few runs of each job by an index."""
    if not jobs:
        return {}
    found = db.session.execute(sa.select(Job.id, _newest(user)).where(Job.id.in_(jobs))).all()
    return {job: _drawn([_seconds(run) for run in sorted(told or [])]) for job, told in found}


def _newest(user: User) -> sa.ScalarSelect[Any]:
    """The number, start and end of the newest runs of the job that a larger question is about, as JSON."""
    ours = visible(Run, user).where(Run.job_id == Job.id, Run.started_at.is_not(None), Run.ended_at.is_not(None))
    few = ours.with_only_columns(Run.number, Run.started_at, Run.ended_at).order_by(Run.number.desc()).limit(RUNS)
    one = few.correlate(Job).subquery()
    of_one, of_all = ("json_array", "json_group_array") if is_sqlite() else ("json_build_array", "json_agg")
    told = getattr(sa.func, of_one)(one.c.number, one.c.started_at, one.c.ended_at)
    return sa.select(getattr(sa.func, of_all)(told, type_=sa.JSON)).scalar_subquery()


def _seconds(run: tuple[int, str, str]) -> float:
    _, start, end = run
    return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())


def _drawn(took: list[float]) -> Markup:
    if len(took) < FEWEST:
        return Markup()
    longest = max(*took, 0.1)
    heights = [max(LEAST, round(HEIGHT * seconds / longest)) for seconds in took]
    path = "".join(f"M{PITCH * n + PITCH // 2} {HEIGHT}v-{height}" for n, height in enumerate(heights))
    words = WORDS.format(len(took), duration(min(took)), duration(longest))
    return DRAWN.format(PITCH * len(took), HEIGHT, words, path)
