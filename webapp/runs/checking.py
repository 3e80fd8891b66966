"""What is asked before a run is made, whether it may be with these inputs; and whether it still may when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from webapp.accounts.models import User
from webapp.accounts.permissions import HOLDING, require, suffices
from webapp.catalogue import asking
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.errors import NotEnabled, NotFound, NotInstalled, NotPossible, TooMany, UnknownQueue
from webapp.inputs import values
from webapp.jobs.variables import COMMIT, Variable
from webapp.runs import attachments
from webapp.runs.idempotency import EARLIER
from webapp.runs.models import LOCAL, Run, State
from webapp.sealing import fingerprint

RUN = "extras.run_job"
DELETED = "This job has just been deleted."
# Built once: building it takes longer than asking it.
WAITING = (
    sa.select(Run.number)
    .where(Run.user_id == sa.bindparam("user_id"), Run.state == State.QUEUED)
    .offset(sa.bindparam("passed_over"))
    .limit(1)
)
# All that decides over a run once its inputs are checked, in one question.
DECIDING = HOLDING.join(Job, Job.id == sa.bindparam("job_id")).add_columns(
    Job.updated_at, EARLIER.scalar_subquery().label("earlier"), WAITING.scalar_subquery().label("one_too_many")
)


@dataclass(frozen=True)
class Wanted:
    """What somebody wants a job to run with, found to be right."""

    queue: str
    declared: list[dict[str, Any]]
    """The job's variables as they were when the inputs were checked."""
    as_of: datetime
    """When the job had last been changed then."""
    variables: dict[str, Variable]
    inputs: dict[str, Any]
    """As JSON keeps them."""
    hidden: frozenset[str] = frozenset()
    """Names of the inputs that are not asked for, as the others are; they hold nothing."""
    computed: frozenset[str] = frozenset()
    """Names of the inputs that nobody gave, and whose defaults are of this moment."""

    def fingerprint(self, job: Job) -> str:
        """The same for submissions that mean the same."""
        given = {name: value for name, value in self.inputs.items() if name not in self.computed}
        alike = attachments.same_for_same_bytes(self.variables, given)
        return fingerprint({"job": str(job.id), "queue": self.queue, "inputs": alike})


def check(job: Job, user: User, raw: Mapping[str, object], *, queue: str | None = None, local: bool = False) -> Wanted:
    """What submit() would make a run of.

    :raises NotAllowed: user may not run this job.
    :raises NotEnabled, NotInstalled: the job cannot be run at present.
    :raises NotPossible: nobody starts it by hand, or somebody would have to approve it.
    :raises UnknownQueue: the job may not run there.
    :raises InvalidInputs: with a message for each wrong input, by name.
    """
    require_runnable(job, user)
    if job.called_by:
        raise NotPossible(job.called_by)
    chosen = LOCAL if local else _queue(job, queue)
    settled = asking.settled(job, raw)
    variables = settled.variables | settled.hidden
    inputs = values.dump(variables, values.parse_settled(settled, raw, user))
    _check_approval(job, inputs)
    computed = asking.computed_defaults(job) - raw.keys()
    return Wanted(
        chosen, job.variables, job.updated_at, variables, inputs, frozenset(settled.hidden), frozenset(computed)
    )


def require_runnable(job: Job, user: User) -> None:
    """Go on only if user may run job, now.

    :raises NotAllowed, NotEnabled, NotInstalled: they may not, it is switched off, its code is not there.
    """
    require(user, RUN, job)
    if not job.enabled:
        raise NotEnabled("This job is not enabled to be run.")
    if not job.installed:
        raise NotInstalled("This job is not presently installed and cannot be run")


def check_again(job: Job, user: User, wanted: Wanted, idem_key: str | None) -> int | None:
    """Go on only if what check() found still holds: what it read may have changed since. Gives the number of the run
    that idem_key stands for, if there is one.

    :raises NotAllowed, NotEnabled, NotInstalled: as require_runnable() does. :raises NotPossible: other inputs.
    :raises NotFound: the job is gone. :raises TooMany: as many runs of user wait as may.
    """
    most = current_app.extensions["settings"].most_queued
    asked = {"user_id": user.id, "job_id": job.id, "idem_key": idem_key, "passed_over": most - 1}
    found = db.session.connection().execute(DECIDING, asked).first()
    if found is None:
        raise NotFound(DELETED)
    if not suffices(found, RUN) or found.updated_at != wanted.as_of:
        _check_anew(job, user, wanted)
    earlier: int | None = found.earlier
    if earlier is None and found.one_too_many is not None:
        raise TooMany(f"{most} of your runs are waiting already. Wait until some have started, or cancel some.")
    return earlier


def _check_anew(job: Job, user: User, wanted: Wanted) -> None:
    """Go on only if nothing that matters has changed since check(), whose refusals are raised."""
    for row in (job, user):
        db.session.refresh(row)
    require_runnable(job, user)
    if job.variables != wanted.declared:
        raise NotPossible("The inputs of this job have just changed. Open its form again.")
    if wanted.queue != LOCAL:
        _queue(job, wanted.queue)
    _check_approval(job, wanted.inputs)


def require_there(job_id: UUID) -> None:
    """Go on only if there is still such a job.

    :raises NotFound: it has been deleted.
    """
    if db.session.scalar(sa.select(Job.id).where(Job.id == job_id)) is None:
        raise NotFound(DELETED)


def _queue(job: Job, queue: str | None) -> str:
    chosen = job.queues[0] if queue is None else queue
    if chosen not in job.queues or chosen == LOCAL:
        raise UnknownQueue(chosen)
    return chosen


def _check_approval(job: Job, inputs: Mapping[str, Any]) -> None:
    """
    :raises NotPossible: somebody would have to approve the run; a dry run needs no approval.
    """
    if job.approval_required and not _is_dry(job, inputs):
        raise NotPossible("This job runs only with approval, which cannot be given here yet.")


def changes_nothing(job: Job, inputs: Mapping[str, Any]) -> bool:
    """Whether a run of job with these inputs is a dry run."""
    # Without a commit as well; but that its author does not promise, so it does not do without approval.
    return _is_dry(job, inputs) or inputs.get(COMMIT) is False


def _is_dry(job: Job, inputs: Mapping[str, Any]) -> bool:
    return job.supports_dryrun and inputs.get("dryrun") is True
