"""The one gate in: submit() is the only way to make a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import ObjectDeletedError

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.catalogue.models import Job
from webapp.config import Settings
from webapp.db import db, on_commit, transaction, widen
from webapp.errors import InvalidInputs, NotFound
from webapp.queue import bell
from webapp.runs import attachments, envelope, exclusion, idempotency, key_inputs, states, steps
from webapp.runs.checking import DELETED, Wanted, changes_nothing, check, check_again, require_there
from webapp.runs.models import LOCAL, Run, Trigger


def submit(
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
    """Make a run of job with these inputs, ready for a worker; with an idem_key used before, the run it made then.

    A new run is given as it was born, and belongs to no session.

    raw holds texts of a form or JSON values by name. queue is one of the job's; None takes its default. A local run
    waits for no worker: the caller supervises it. trigger is what the run is remembered to have been started with, and
    again_of the number of the run that it repeats.

    :raises AlreadyUsed: idem_key stands for a submission with other inputs.
    :raises NotFound: the job is deleted at this moment.
    :raises TooMany: as many runs of user wait as may.

    What check() raises is raised as well.
    """
    job_id = job.id
    if idem_key is not None:
        idempotency.check_key(idem_key)
    try:
        wanted = check(job, user, raw, queue=queue, local=local)
    except InvalidInputs:
        # What fitted when it was sent first may not fit any more, where choices are computed.
        idempotency.refuse_used(user, idem_key)
        raise
    try:
        mark = wanted.fingerprint(job)
        sent = {"idem_key": idem_key, "fingerprint": mark, "trigger": trigger, "again_of": again_of}
        # Who gives up while the database hangs cannot know whether the run is made; with a key that does no harm.
        with transaction(job, user, single=idem_key is not None):
            earlier = check_again(job, user, wanted, idem_key)
            return _make(job, user, wanted, sent) if earlier is None else idempotency.replayed(earlier, mark)
    except ObjectDeletedError:
        raise NotFound(DELETED) from None
    except IntegrityError:
        # Somebody with the same key was faster; theirs is in the database now.
        if (number := idempotency.earlier(user, idem_key)) is None:
            require_there(job_id)
            raise
        return idempotency.replayed(number, mark)


def by_id(id: UUID, user: User) -> Run:
    """The run with that id, among those that user may see.

    :raises NotFound: there is none.
    """
    run = db.session.scalar(visible(Run, user).where(Run.id == id))
    if run is None:
        raise NotFound("Not found.")
    return run


def _make(job: Job, user: User, wanted: Wanted, sent: Mapping[str, Any]) -> Run:
    """The run, written with all that belongs to it; sent is what its row keeps of the submission beside the inputs.

    :raises InvalidInputs: a file among the inputs is not to be had any more.
    :raises NotPossible: it would be one too many of those that exclude each other.
    """
    variables, inputs = wanted.variables, wanted.inputs
    readable, sealed = envelope.parted(variables, inputs, sensitive=job.has_sensitive_variables)
    apart = exclusion.of(job, attachments.same_for_same_bytes(variables, inputs))
    if sealed or apart or attachments.of_inputs(variables, inputs):
        widen(job, user)
    exclusion.require_place(apart)
    values = {
        **_origin(job, user),
        **_limits(job, wanted.queue),
        "queue": wanted.queue,
        "inputs": readable,
        "key_inputs": key_inputs.kept(variables, readable, wanted.hidden) if readable else None,
        "sealed": bool(sealed),
        "dry_run": changes_nothing(job, inputs),
        **sent,
        **apart,
    }
    replaces = exclusion.replaces(apart)
    # After other runs that make way, as whoever ends one locks it before its job.
    run = states.born(values, newest=not replaces)
    attachments.bind(run, variables, inputs)
    if sealed:
        envelope.put(run, sealed)
    if replaces:
        exclusion.make_room(run)
        steps.mark_newest(run)
    _ring(run)
    return run


def _origin(job: Job, user: User) -> dict[str, Any]:
    """Whose run it is and of what: by name as well, for both may be deleted before it is."""
    whose = {"user_id": user.id, "user_name": user.username}
    of_what = {"job_id": job.id, "job_name": job.name, "class_path": job.class_path}
    return {**whose, **of_what, "sensitive": job.has_sensitive_variables}


def _limits(job: Job, queue: str) -> dict[str, int]:
    """How long an attempt may take, and how many there may be."""
    settings: Settings = current_app.extensions["settings"]
    return {
        "soft_time_limit": job.soft_time_limit or settings.soft_time_limit,
        "time_limit": job.time_limit or settings.time_limit,
        # The command that runs it ends with its first attempt.
        "max_attempts": job.max_attempts if job.idempotent and queue != LOCAL else 1,
        "retry_backoff": job.retry_backoff,
    }


def _ring(run: Run) -> None:
    """A worker is to hear of run once it is safe, unless whoever makes it runs it."""
    number, queue = run.number, run.queue
    if queue != LOCAL:
        on_commit(lambda: bell.ring_soon(number, queue))
