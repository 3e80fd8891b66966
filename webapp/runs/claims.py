"""Taking a run: the claim, and what is asked once more before anything of it may start."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, load_only

from webapp.accounts.models import User
from webapp.catalogue.models import Job
from webapp.config import Settings
from webapp.db import db, transaction
from webapp.errors import NotPossible, WebappError
from webapp.inputs.handing import handed
from webapp.job_process.task import Task
from webapp.jobs.files import FileVar
from webapp.jobs.variable import Variable
from webapp.jobs.variables import variables_of
from webapp.runs import about, envelope, exclusion, logs, pausing, states
from webapp.runs.checking import require_runnable
from webapp.runs.ledger import Ledger
from webapp.runs.models import Run, State
from webapp.runs.orphaning import JOB_DELETED
from webapp.runs.startable import in_open_queue
from webapp.sources.versions import mentions, version_of

OF_OBJECTS = (
    *(b"webapp.inventory", b"nautobot", b"ObjectVar", b".changes(", b"Receiver"),
    *(b"sqlalchemy", b"webapp.db"),
    b"data, commit",  # jobs in 1.x style have a block of changes around them
)
"""What stands in the files of jobs that act on objects."""
TRIES = 5
"""Claims of runs of one key at the same moment; all but one of them find the slot taken and look again."""

# Built once, as the transitions are.
THIS = Run.number == sa.bindparam("number")
EXCLUSION = (Run.concurrency_key, Run.concurrency_limit, Run.on_conflict)
WAITING = sa.select(Run.number, Run.class_path, Run.job_name, *EXCLUSION).where(
    THIS, Run.state == State.QUEUED, in_open_queue()
)
KEPT = (
    *(Run.id, Run.job_id, Run.job_name, Run.class_path, Run.sensitive, Run.sealed, Run.inputs, Run.soft_time_limit),
    *(Run.time_limit, Run.starts, Run.max_attempts, Run.concurrency_key),
    *(Run.queue, Run.created_at, Run.dry_run),
    *(Run.last_seq, Run.log_bytes, Run.dropped_lines),
)
OF_ITS_JOB = (Job.name, Job.enabled, Job.installed, Job.variables)
OF_ITS_USER = (User.username, User.is_active, User.is_superuser)
TOGETHER = (
    sa.select(Run)
    .where(THIS)
    .options(
        load_only(*KEPT, raiseload=True),
        joinedload(Run.job).load_only(*OF_ITS_JOB, raiseload=True),
        joinedload(Run.user).load_only(*OF_ITS_USER, raiseload=True),
    )
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True)
class Claim:
    """A run that this process holds."""

    ledger: Ledger
    task: Task
    job_name: str
    job_url: str
    soft_limit: int
    hard_limit: int
    lines: int
    """In its log already, from earlier attempts; so are these bytes."""
    bytes: int
    dropped: int
    attempt: int
    """Which one it is, of those that entered the author's code."""
    repeatable: bool
    """Whether another attempt may follow."""
    exclusive: bool
    """Whether somebody else may begin the same work once this worker is silent for too long."""

    @property
    def number(self) -> int:
        return self.ledger.number

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """What is known of the files among its inputs, in the order in which the process gets them."""
        return {name: self.task.inputs[name] for name in self.task.files}


@dataclass(frozen=True)
class Waiting:
    """A run that may be taken."""

    row: Any
    version: str | NotPossible
    """Of its code, or why there is none."""
    objects: bool
    """Whether its job seems to act on objects: it can in any case, but sooner in a process that has loaded them."""

    @property
    def number(self) -> int:
        number: int = self.row.number
        return number


def look(number: int) -> Waiting | None:
    """The run, if it waits and its queue is not paused."""
    row = db.session.execute(WAITING, {"number": number}).first()
    db.session.rollback()
    if row is None:
        return None  # rung twice, or somebody else was faster
    # Read before the claim: files may be slow, and nobody else can write to SQLite during a transaction.
    jobs_root, module = current_app.extensions["settings"].jobs_root, row.class_path.rpartition(".")[0]
    try:
        version = version_of(jobs_root, module)
    except NotPossible as problem:
        return Waiting(row, problem, objects=False)
    return Waiting(row, version, _speaks_of_objects(jobs_root, module, version))


@lru_cache(maxsize=500)
def _speaks_of_objects(jobs_root: Path, module: str, _version: str) -> bool:
    return mentions(jobs_root, module, OF_OBJECTS)


def take(waiting: Waiting, worker: str) -> Claim | None:
    """Take the run, or end it at once if it may not start any more; None if there is nothing to supervise."""
    settings: Settings = current_app.extensions["settings"]
    for _ in range(TRIES):
        try:
            with transaction():
                return _taken(waiting, worker, settings)
        except NotPossible:
            return None  # somebody else was faster after all, or it has to wait
        except IntegrityError:
            continue  # another run of its key took the slot at this moment
    return None


def _taken(waiting: Waiting, worker: str, settings: Settings) -> Claim | None:
    """The claim; None if the run had to be taken only to end it, as it may not start.

    :raises NotPossible: the run is not there to be taken, or there is no place for it at present.
    """
    pausing.hold_off()
    number, version = waiting.number, waiting.version
    slot, refused = exclusion.place(waiting.row)
    known = version if isinstance(version, str) else None
    attempt = states.claim(number, worker, slot=slot, code_version=known)
    run = db.session.scalars(TOGETHER, {"number": number}).one()
    try:
        if refused is None:
            return _checked(run, attempt, worker, settings, version)
    except WebappError as refusal:
        refused = exclusion.Refused(f"Not started: {refusal.message}")
    line = logs.line(time.time(), "error", "initialization", refused.reason)
    ending = State.ERRORED, {"reason": refused.reason, "error": refused.error}
    Ledger(number, attempt, worker, run.last_seq).finish(State.CLAIMED, ending, [line], 0)
    return None


def _checked(run: Run, attempt: int, worker: str, settings: Settings, version: str | NotPossible) -> Claim:
    """The claim of run, which may still start.

    :raises WebappError: the run may not start any more; the text says why.
    """
    if run.job is None:
        raise NotPossible(JOB_DELETED)
    if run.user is None:
        raise NotPossible("the account of whoever asked for it has been deleted.")
    require_runnable(run.job, run.user)
    if isinstance(version, NotPossible):
        raise version
    return Claim(
        ledger=Ledger(run.number, attempt, worker, run.last_seq),
        task=_task(run, run.job, run.user, attempt, worker, settings),
        job_name=run.job_name,
        job_url=f"/jobs/{run.job_id}",
        soft_limit=run.soft_time_limit,
        hard_limit=run.time_limit,
        lines=run.last_seq,
        bytes=run.log_bytes,
        dropped=run.dropped_lines,
        attempt=run.starts + 1,
        repeatable=run.max_attempts > 1,
        exclusive=run.max_attempts > 1 or run.concurrency_key is not None,
    )


def _task(run: Run, job: Job, user: User, attempt: int, worker: str, settings: Settings) -> Task:
    """What the process of the job is told.

    :raises WebappError: the inputs cannot be read, or the job does not take them any more.
    """
    inputs = envelope.inputs_of(run)
    variables = _checked_inputs(job, inputs)
    return Task(
        number=run.number,
        id=str(run.id),
        jobs_root=str(settings.jobs_root),
        class_path=run.class_path,
        declared=job.variables,
        inputs=inputs,
        objects=handed(variables, inputs, user),
        files=[one["name"] for one in job.variables if one["type"] == FileVar.kind and inputs.get(one["name"])],
        most_output=settings.most_output,
        job_result=about.job_result(run, user, worker),
        attempt=attempt,
        dry=run.dry_run,
        database_url=settings.database_url,
    )


def _checked_inputs(job: Job, inputs: Mapping[str, Any]) -> dict[str, Variable]:
    """The variables of job, if inputs, which were given to an earlier version of it, perhaps, are still what they take.

    :raises NotPossible: one of them is not.
    """
    variables = variables_of(job.variables)
    for name, variable in variables.items():
        try:
            variable.load(inputs.get(name))
        except (ArithmeticError, AttributeError, RecursionError, TypeError, ValueError) as problem:
            raise NotPossible(f"what was given as {name} does not fit what the job takes by now.") from problem
    return variables
