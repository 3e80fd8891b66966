"""Which jobs may run on which queues, as administrators assign them one by one.

Whoever assigns, decides: from then on the queues of that job are overridden.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import require
from webapp.catalogue import queues
from webapp.catalogue.models import Job, JobQueue, JobQueueAssignment
from webapp.catalogue.turns import alone
from webapp.db import db
from webapp.errors import InvalidInputs, NotFound, NotPossible

TWICE = "The fields job, job_queue must make a unique set."
GONE = "There is no such assignment, or it has been deleted."


def assign(job: Job, queue: JobQueue, by: User) -> JobQueueAssignment:
    """Let job run on queue as well.

    :raises NotAllowed: by may not add assignments.
    :raises InvalidInputs: it may already.
    :raises NotFound: one of the two has been deleted.
    """
    require(by, "extras.add_jobqueueassignment")
    job_id, queue_id = job.id, queue.id
    with alone() as session:
        job, queue = _job(job_id), queues.there(queue_id)
        _refuse_twice(job_id, queue_id)
        assignment = JobQueueAssignment(job_id=job_id, job_queue_id=queue_id)
        session.add(assignment)
        queues.override(job, [*job.queues, queue.name])
    return assignment


def move(assignment: JobQueueAssignment, job: Job, queue: JobQueue, by: User) -> None:
    """Let assignment be one of this job to this queue instead of what it was.

    :raises NotAllowed: by may not change assignments.
    :raises InvalidInputs: there is one of the two already.
    :raises NotFound: one of the three has been deleted.
    :raises NotPossible: its queue is the default one of its job.
    """
    require(by, "extras.change_jobqueueassignment")
    id, job_id, queue_id = assignment.id, job.id, queue.id
    with alone() as session:
        row, job, queue = _there(id), _job(job_id), queues.there(queue_id)
        if (row.job_id, row.job_queue_id) == (job_id, queue_id):
            return
        _refuse_twice(job_id, queue_id)
        _release(row)
        session.flush()
        row.job_id, row.job_queue_id = job_id, queue_id
        queues.override(job, [*job.queues, queue.name])


def unassign(assignment: JobQueueAssignment, by: User) -> None:
    """Let a job not run on a queue any more.

    :raises NotAllowed: by may not delete assignments.
    :raises NotFound: it has been deleted.
    :raises NotPossible: the queue is the default one of the job.
    """
    require(by, "extras.delete_jobqueueassignment")
    id = assignment.id
    with alone() as session:
        row = _there(id)
        _release(row)
        session.delete(row)


def _release(row: JobQueueAssignment) -> None:
    """
    :raises NotPossible: the queue is the default one of the job.
    """
    job, queue = _job(row.job_id), queues.there(row.job_queue_id)
    if job.queues[0] == queue.name:
        raise NotPossible(f"{queue.name} is the default queue of {job.name}. Give it another default first.")
    queues.override(job, [name for name in job.queues if name != queue.name])


def _refuse_twice(job_id: UUID, queue_id: UUID) -> None:
    """
    :raises InvalidInputs: the job may run on the queue already.
    """
    pair = sa.and_(JobQueueAssignment.job_id == job_id, JobQueueAssignment.job_queue_id == queue_id)
    if db.session.scalar(sa.select(JobQueueAssignment.id).where(pair)):
        raise InvalidInputs({"non_field_errors": [TWICE]})


def _there(id: UUID) -> JobQueueAssignment:
    """
    :raises NotFound: it has been deleted.
    """
    row = db.session.get(JobQueueAssignment, id)
    if row is None:
        raise NotFound(GONE)
    return row


def _job(id: UUID) -> Job:
    """
    :raises NotFound: it has been deleted.
    """
    job = db.session.get(Job, id)
    if job is None:
        raise NotFound("There is no such job, or it has been deleted.")
    return job
