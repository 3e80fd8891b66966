"""The one gate in: submit() is the only way to make a run; require_runnable() is asked again at the claim."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import ObjectDeletedError

from webapp.accounts.models import User
from webapp.accounts.permissions import HOLDING, require, suffices, visible
from webapp.catalogue import asking
from webapp.catalogue.models import Job
from webapp.config import Settings
from webapp.db import db, on_commit, transaction, writing
from webapp.errors import (
    AlreadyUsed,
    InvalidInputs,
    NotEnabled,
    NotFound,
    NotInstalled,
    NotPossible,
    TooMany,
    UnknownQueue,
)
from webapp.inputs import values
from webapp.jobs import concurrency
from webapp.jobs.variables import COMMIT, Variable
from webapp.queue import bell
from webapp.runs import attachments, cancelling, envelope, slots, states
from webapp.runs.models import LOCAL, SINGLETON, Run, State
from webapp.sealing import fingerprint

RUN = "extras.run_job"
LONGEST_KEY = 255
DELETED = "This job has just been deleted."
# Built once: building it takes longer than asking it.
WAITING = (
    sa.select(Run.number)
    .where(Run.user_id == sa.bindparam("user_id"), Run.state == State.QUEUED)
    .offset(sa.bindparam("passed_over"))
    .limit(1)
)
EARLIER = sa.select(Run.number).where(Run.user_id == sa.bindparam("user_id"), Run.idem_key == sa.bindparam("idem_key"))
# All that decides over a run once its inputs are checked, in one question.
DECIDING = HOLDING.join(Job, Job.id == sa.bindparam("job_id")).add_columns(
    Job.updated_at, EARLIER.scalar_subquery().label("earlier"), WAITING.scalar_subquery().label("one_too_many")
)


def submit(
    job: Job,
    user: User,
    raw: Mapping[str, object],
    *,
    queue: str | None = None,
    idem_key: str | None = None,
    local: bool = False,
) -> Run:
    """Make a run of job with these inputs, ready for a worker; with an idem_key used before, the run it made then.

    A new run is given as it was born, and belongs to no session.

    raw holds texts of a form or JSON values by name. queue is one of the job's; None takes its default. A local run
    waits for no worker: the caller supervises it.

    :raises AlreadyUsed: idem_key stands for a submission with other inputs.
    :raises NotFound: the job is deleted at this moment.
    :raises TooMany: as many runs of user wait as may.

    What check() raises is raised as well.
    """
    job_id = job.id
    if idem_key is not None:
        check_key(idem_key)
    try:
        wanted = check(job, user, raw, queue=queue, local=local)
    except InvalidInputs:
        # What fitted when it was sent first may not fit any more, where choices are computed.
        _refuse_used(user, idem_key)
        raise
    try:
        mark = wanted.fingerprint(job)
        with transaction(job, user):
            if (number := _check_again(job, user, wanted, idem_key)) is not None:
                return _replayed(number, mark)
            return _make(job, user, wanted, mark, idem_key)
    except ObjectDeletedError:
        raise NotFound(DELETED) from None
    except IntegrityError:
        # Somebody with the same key was faster; theirs is in the database now.
        if (number := _earlier(user, idem_key)) is None:
            _require_there(job_id)
            raise
        return _replayed(number, mark)


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


def _require_there(job_id: UUID) -> None:
    """
    :raises NotFound: the job has been deleted.
    """
    if db.session.scalar(sa.select(Job.id).where(Job.id == job_id)) is None:
        raise NotFound(DELETED)


def _check_again(job: Job, user: User, wanted: Wanted, idem_key: str | None) -> int | None:
    """Go on only if what check() found still holds: what it read may have changed since. Gives the number of the run
    that idem_key stands for, if there is one.

    :raises NotAllowed, NotEnabled, NotInstalled: as require_runnable() does. :raises NotPossible: other inputs.
    :raises NotFound: the job is gone. :raises TooMany: as many runs of user wait as may.
    """
    most = current_app.extensions["settings"].most_queued
    asked = {"user_id": user.id, "job_id": job.id, "idem_key": idem_key, "passed_over": most - 1}
    rows = writing().execute(DECIDING, asked).all()
    if not rows:
        raise NotFound(DELETED)
    if not suffices(rows, RUN) or rows[0].updated_at != wanted.as_of:
        _check_anew(job, user, wanted)
    earlier: int | None = rows[0].earlier
    if earlier is None and rows[0].one_too_many is not None:
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


def by_id(id: UUID, user: User) -> Run:
    """The run with that id, among those that user may see.

    :raises NotFound: there is none.
    """
    run = db.session.scalar(visible(Run, user).where(Run.id == id))
    if run is None:
        raise NotFound("Not found.")
    return run


def _queue(job: Job, queue: str | None) -> str:
    chosen = job.queues[0] if queue is None else queue
    if chosen not in job.queues or chosen == LOCAL:
        raise UnknownQueue(chosen)
    return chosen


def check_key(key: str) -> None:
    """Go on only if key can stand for a submission.

    :raises InvalidInputs: it is empty, too long, or holds what cannot be printed.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInputs({"idempotency_key": [f"Give 1 to {LONGEST_KEY} printable characters."]})


def _refuse_used(user: User, idem_key: str | None) -> None:
    """
    :raises AlreadyUsed: user has made a run with that key.
    """
    if (number := _earlier(user, idem_key)) is not None:
        raise AlreadyUsed(number)


def _earlier(user: User, idem_key: str | None) -> int | None:
    number: int | None = db.session.scalar(EARLIER, {"user_id": user.id, "idem_key": idem_key})
    return number


def _replayed(number: int, mark: str) -> Run:
    """
    :raises AlreadyUsed: run number had other inputs. :raises NotPossible: it has been deleted.
    """
    run = db.session.get_one(Run, number)
    if run.let_go_at is not None:
        raise NotPossible(f"This was sent before and became run #{number}, which has been deleted. Send it anew.")
    if run.fingerprint != mark:
        raise AlreadyUsed(number)
    run.replayed = True
    return run


def _make(job: Job, user: User, wanted: Wanted, mark: str, idem_key: str | None) -> Run:
    variables, inputs, queue = wanted.variables, wanted.inputs, wanted.queue
    settings: Settings = current_app.extensions["settings"]
    readable, sealed = envelope.parted(variables, inputs, sensitive=job.has_sensitive_variables)
    exclusion = _exclusion(job, attachments.same_for_same_bytes(variables, inputs))
    _check_place(exclusion)
    run = Run(
        job_id=job.id,
        job_name=job.name,
        class_path=job.class_path,
        user_id=user.id,
        user_name=user.username,
        queue=queue,
        inputs=readable,
        sensitive=job.has_sensitive_variables,
        sealed=bool(sealed),
        # Without a commit as well; but that its author does not promise, so it does not do without approval.
        dry_run=_is_dry(job, inputs) or inputs.get(COMMIT) is False,
        soft_time_limit=job.soft_time_limit or settings.soft_time_limit,
        time_limit=job.time_limit or settings.time_limit,
        # The command that runs it ends with its first attempt.
        max_attempts=job.max_attempts if job.idempotent and queue != LOCAL else 1,
        retry_backoff=job.retry_backoff,
        idem_key=idem_key,
        fingerprint=mark,
        **exclusion,
    )
    states.born(run)
    attachments.bind(run, variables, inputs)
    if sealed:
        envelope.put(run, sealed)
    if run.on_conflict == concurrency.REPLACE:
        _replace_others(run)
    # After the other runs, as whoever ends one locks it before its job.
    states.mark_newest(run)
    if queue != LOCAL:
        number = run.number
        on_commit(lambda: bell.ring(number, queue))
    return run


def _check_approval(job: Job, inputs: dict[str, Any]) -> None:
    """
    :raises NotPossible: somebody would have to approve the run; a dry run needs no approval.
    """
    if job.approval_required and not _is_dry(job, inputs):
        raise NotPossible("This job runs only with approval, which cannot be given here yet.")


def _is_dry(job: Job, inputs: dict[str, Any]) -> bool:
    return job.supports_dryrun and inputs.get("dryrun") is True


def _exclusion(job: Job, inputs: dict[str, Any]) -> dict[str, Any]:
    """What keeps the run apart from others: nothing, or the key, how many at once, and what to do beyond that."""
    if job.is_singleton:
        key, limit, on_conflict = job.class_path, 1, SINGLETON
    elif job.concurrency:
        key = concurrency.key_of(job.concurrency, job.class_path, inputs)
        limit, on_conflict = job.concurrency["limit"], job.concurrency["on_conflict"]
    else:
        return {}
    # A fingerprint: the key may be made of inputs that nobody is to see.
    return {
        "concurrency_key": fingerprint({"key": key}),
        "concurrency_limit": limit,
        "on_conflict": on_conflict,
    }


def _check_place(exclusion: dict[str, Any]) -> None:
    """
    :raises NotPossible: the run would be rejected at its claim, as one of two is that come at the same moment.
    """
    if exclusion.get("on_conflict") != concurrency.REJECT:
        return
    others, limit = slots.unfinished(exclusion["concurrency_key"]), exclusion["concurrency_limit"]
    if len(others) >= limit:
        allowed = "only one" if limit == 1 else f"only {limit}"
        raise NotPossible(f"Run #{others[0]} of this kind is not over yet, and the job allows {allowed} at a time.")


def _replace_others(run: Run) -> None:
    """As many earlier runs of the same key make way as needed, the oldest first; the new one waits until they have."""
    others = [number for number in slots.unfinished(run.concurrency_key or "") if number != run.number]
    for number in others[: len(others) - run.concurrency_limit + 1]:
        with suppress(NotPossible):  # it has just ended by itself
            cancelling.cancel_as(number, run.user_name, f"run #{run.number} takes its place")
