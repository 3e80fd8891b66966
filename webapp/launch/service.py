"""The one door through which jobs are started."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.accounts.models import User
from webapp.catalogue.models import Job
from webapp.runs.models import Run, Trigger
from webapp.runs.service import submit


def start(
    job: Job,
    user: User,
    raw: Mapping[str, object],
    *,
    queue: str | None = None,
    idem_key: str | None = None,
    local: bool = False,
    trigger: Trigger | None = None,
    again_of: int | None = None,
) -> Run:
    """Start job for user with these inputs, now; see submit() for what it takes, gives and refuses."""
    return submit(job, user, raw, queue=queue, idem_key=idem_key, local=local, trigger=trigger, again_of=again_of)
