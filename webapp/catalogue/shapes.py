"""Jobs, queues and assignments as JSON, in the reference's shapes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.permissions import visible
from webapp.api import common, nested, when
from webapp.api.depth import prepare, wants_m2m
from webapp.api.shapes import Shape
from webapp.catalogue import serving
from webapp.catalogue.fields import SWITCH
from webapp.catalogue.models import DEFAULT_JOB_QUEUE, OVERRIDABLE, Job, JobQueue, JobQueueAssignment
from webapp.db import db

PLAIN = (
    *("module_name", "job_class_name", "grouping", "name", "description", "installed", "enabled"),
    *("is_job_hook_receiver", "is_job_button_receiver", "has_sensitive_variables", "is_singleton"),
    *("hidden", "dryrun_default", "read_only", "supports_dryrun", "approval_required"),
)
"""Fields that the API shows as the record holds them."""
OURS = ("keep_days", "keep_runs", "source", "class_path")
"""The same, of those that the reference does not know."""
SERVED = "celery"
"""The type of queues that workers serve."""
JOB, QUEUE, ASSIGNMENT = "extras.job", "extras.jobqueue", "extras.jobqueueassignment"
FLAGS = (*(field for field in OVERRIDABLE if field != "task_queues"), DEFAULT_JOB_QUEUE)
"""Fields whose switches are called after them."""


def jobs_json(jobs: Sequence[Job]) -> list[Shape]:
    """Job records in the reference's shape; asks once for the queues of all of them."""
    ids = _ids({name for job in jobs for name in (job.queues if wants_m2m() else job.queues[:1])})
    prepare(ids.values(), QUEUE)
    return [_job_json(job, ids) for job in jobs]


def job_json(job: Job) -> Shape:
    """A job record in the reference's shape."""
    [told] = jobs_json([job])
    return told


def queue_ids_of(job: Job) -> list[UUID]:
    """The ids of the queues that job may run on, the default one first."""
    ids = _ids(job.queues)
    return [ids[name] for name in job.queues if name in ids]


def _ids(names: Collection[str]) -> dict[str, UUID]:
    rows = db.session.execute(sa.select(JobQueue.name, JobQueue.id).where(JobQueue.name.in_(names)))
    return {row.name: row.id for row in rows}


def _job_json(job: Job, queues: Mapping[str, UUID]) -> Shape:
    told = [_queue(queues.get(name)) for name in job.queues]
    return {
        **common(job.id, JOB, job.name, "jobs_api.detail"),
        "task_queues": job.queues,
        f"task_queues{SWITCH}": "task_queues" in job.overridden,
        **{name: getattr(job, name) for name in PLAIN},
        "console_log_default": False,
        "soft_time_limit": float(job.soft_time_limit),
        "time_limit": float(job.time_limit),
        **{f"{field}{SWITCH}": field in job.overridden for field in FLAGS},
        # Of two with one name, one has a number behind it; the reference calls that overridden as well.
        f"name{SWITCH}": "name" in job.overridden or job.name != job.declared.get("name", job.name),
        f"console_log_default{SWITCH}": False,
        f"job_queues{SWITCH}": "task_queues" in job.overridden,
        DEFAULT_JOB_QUEUE: told[0],
        **({"job_queues": [queue for queue in told if queue]} if wants_m2m() else {}),
        **{name: getattr(job, name) for name in OURS},
        "created": when(job.created_at),
        "last_updated": when(job.updated_at),
        "custom_fields": {},
        "tags": [],
    }


def queues_json(queues: Sequence[JobQueue]) -> list[Shape]:
    """Job queues in the reference's shape; asks once for the jobs of all of them, and once for their workers."""
    jobs = jobs_of(queues) if wants_m2m() else None
    if jobs is not None:
        prepare({id for ids in jobs.values() for id in ids}, JOB)
    workers = serving.workers() if queues else {}
    return [_queue_json(queue, jobs, workers.get(queue.name, 0)) for queue in queues]


def queue_json(queue: JobQueue) -> Shape:
    """A job queue in the reference's shape."""
    [told] = queues_json([queue])
    return told


def _queue_json(queue: JobQueue, jobs: Mapping[UUID, list[UUID]] | None, workers: int) -> Shape:
    served = f" ({workers} worker{'' if workers == 1 else 's'})" if queue.queue_type == SERVED else ""
    told = {
        **common(queue.id, QUEUE, f"{queue.queue_type}: {queue.name}{served}", "job_queues_api.detail"),
        "name": queue.name,
        "description": queue.description,
        "queue_type": queue.queue_type,
        "tenant": None,
        "paused": when(queue.paused_at),
        "paused_by": queue.paused_by,
        "pause_reason": queue.pause_reason,
        "created": when(queue.created_at),
        "last_updated": when(queue.updated_at),
        "custom_fields": {},
        "tags": [],
    }
    if jobs is not None:
        told["jobs"] = [nested(id, JOB, "jobs_api.detail") for id in jobs.get(queue.id, [])]
    return told


def seen(key: Any, model: Any) -> sa.ColumnElement[bool]:
    """The condition that the column key points to a row of model that whoever asks may see."""
    found: sa.ColumnElement[bool] = key.in_(visible(model).with_only_columns(model.id))
    return found


def jobs_of(queues: Sequence[JobQueue]) -> dict[UUID, list[UUID]]:
    """The ids of the jobs that whoever asks may see of those that are assigned to each queue."""
    query = sa.select(JobQueueAssignment.job_queue_id, JobQueueAssignment.job_id).where(
        JobQueueAssignment.job_queue_id.in_([queue.id for queue in queues]), seen(JobQueueAssignment.job_id, Job)
    )
    found: dict[UUID, list[UUID]] = {}
    for queue_id, job_id in db.session.execute(query.order_by(JobQueueAssignment.job_id)):
        found.setdefault(queue_id, []).append(job_id)
    return found


def assignments_json(assignments: Sequence[JobQueueAssignment]) -> list[Shape]:
    """Assignments in the reference's shape; asks once for the names of all of them. What whoever asks may not see is
    told by its id."""
    names: dict[UUID, str] = {}
    for model, kind, ids in (
        (Job, JOB, {row.job_id for row in assignments}),
        (JobQueue, QUEUE, {row.job_queue_id for row in assignments}),
    ):
        names |= _names(model, ids)
        prepare(ids, kind)
    return [_assignment_json(row, names) for row in assignments]


def assignment_json(assignment: JobQueueAssignment) -> Shape:
    """An assignment in the reference's shape."""
    [told] = assignments_json([assignment])
    return told


def _assignment_json(row: JobQueueAssignment, names: Mapping[UUID, str]) -> Shape:
    job, queue = (names.get(id, str(id)) for id in (row.job_id, row.job_queue_id))
    return {
        **common(row.id, ASSIGNMENT, f"{job}: {queue}", "job_queue_assignments_api.detail"),
        "job": nested(row.job_id, JOB, "jobs_api.detail"),
        "job_queue": _queue(row.job_queue_id),
    }


def _names(model: Any, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of those rows of model that whoever asks may see."""
    seen = visible(model).where(model.id.in_(ids)).with_only_columns(model.id, model.name)
    return {row.id: row.name for row in db.session.execute(seen)}


def _queue(id: UUID | None) -> Shape | None:
    return nested(id, QUEUE, "job_queues_api.detail")


def jobs_in_full(ids: Collection[UUID]) -> dict[UUID, Shape]:
    """What depth shows of jobs that something points to, as far as whoever asks may see them."""
    jobs = db.session.scalars(visible(Job).where(Job.id.in_(ids))).all()
    return {job.id: told for job, told in zip(jobs, jobs_json(jobs), strict=True)}


def queues_in_full(ids: Collection[UUID]) -> dict[UUID, Shape]:
    """The same of queues."""
    queues = db.session.scalars(visible(JobQueue).where(JobQueue.id.in_(ids))).all()
    return {queue.id: told for queue, told in zip(queues, queues_json(queues), strict=True)}
