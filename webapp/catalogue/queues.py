"""Which queues there are, and which jobs may run on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app

from webapp.accounts.models import User
from webapp.accounts.permissions import require, visible
from webapp.catalogue.models import DEFAULT_QUEUE, Job, JobQueue, JobQueueAssignment
from webapp.catalogue.queue_fields import read
from webapp.catalogue.turns import alone
from webapp.db import db
from webapp.errors import InvalidInputs, NotFound, NotPossible

OBJECTIONS = "catalogue.queue_objections"
TAKEN = "job queue with this name already exists."
MOST_NAMED = 20
"""Of the jobs because of which a queue cannot be deleted."""

Objection = Callable[[JobQueue], str | None]
"""Says why a queue has to keep its name; None if it need not."""


def object_to_renaming(app: Flask, objection: Objection) -> None:
    """Have a feature above say when the name of a queue must not change."""
    app.extensions.setdefault(OBJECTIONS, []).append(objection)


def create(values: Mapping[str, object], by: User) -> JobQueue:
    """Make the record of a queue: name, and description and queue_type if values say them.

    :raises NotAllowed: by may not add queues.
    :raises InvalidInputs: with messages by field.
    """
    require(by, "extras.add_jobqueue")
    if "name" not in values:
        raise InvalidInputs({"name": ["This field is required."]})
    with alone() as session:
        queue = JobQueue(**read(values))
        _refuse_taken(queue.name)
        session.add(queue)
    return queue


def change(queue: JobQueue, values: Mapping[str, object], by: User) -> None:
    """Let queue have these values of name, description and queue_type. A new name counts for its jobs as well; one
    that it has already is not judged again.

    :raises NotAllowed: by may not change queues.
    :raises NotFound: it has been deleted.
    :raises InvalidInputs: with messages by field.
    """
    require(by, "extras.change_jobqueue", queue)
    id = queue.id
    with alone():
        fresh = there(id)
        wanted = read({field: value for field, value in values.items() if (field, value) != ("name", fresh.name)})
        if "name" in wanted and wanted["name"] != fresh.name:
            _refuse_taken(wanted["name"])
            _refuse_renaming(fresh)
            _rename(fresh, wanted["name"])
        for field, value in wanted.items():
            setattr(fresh, field, value)


def delete(queue: JobQueue, by: User) -> None:
    """Delete the record of queue; jobs that might run on it may not any more.

    :raises NotAllowed: by may not delete queues.
    :raises NotFound: it has been deleted.
    :raises NotPossible: it is the default of jobs.
    """
    require(by, "extras.delete_jobqueue", queue)
    id = queue.id
    with alone() as session:
        fresh = there(id)
        jobs = jobs_of(fresh)
        if first := [job for job in jobs if job.queues[0] == fresh.name]:
            raise NotPossible(_dependent(first, by))
        for job in jobs:
            override(job, [name for name in job.task_queues if name != fresh.name])
        session.delete(fresh)


def there(id: UUID) -> JobQueue:
    """The queue with that id.

    :raises NotFound: there is none.
    """
    queue = db.session.get(JobQueue, id)
    if queue is None:
        raise NotFound("There is no such queue, or it has been deleted.")
    return queue


def jobs_of(queue: JobQueue) -> list[Job]:
    """The jobs that may run on queue, by name."""
    assigned = sa.select(JobQueueAssignment.job_id).where(JobQueueAssignment.job_queue_id == queue.id)
    return list(db.session.scalars(sa.select(Job).where(Job.id.in_(assigned)).order_by(Job.name)))


def override(job: Job, names: Sequence[str]) -> None:
    """Let an administrator's names, the default one first, count for job from now on; inside a transaction."""
    job.task_queues = list(names)
    if "task_queues" not in job.overridden:
        job.overridden = [*job.overridden, "task_queues"]


def ensure(names: Iterable[str]) -> dict[str, JobQueue]:
    """The records of the queues of these names, made where there are none; inside a transaction."""
    wanted = set(names)
    found = {queue.name: queue for queue in db.session.scalars(sa.select(JobQueue).where(JobQueue.name.in_(wanted)))}
    for name in sorted(wanted - found.keys()):
        found[name] = JobQueue(name=name)
        db.session.add(found[name])
    db.session.flush()
    return found


def named(asked: Sequence[str]) -> list[str]:
    """The names of the queues that texts name, by name or by id, in their order.

    :raises NotFound: there is no such queue.
    """
    found = {row.name: row.id for row in db.session.execute(sa.select(JobQueue.name, JobQueue.id))}
    by_id = {str(id): name for name, id in found.items()}
    names = [text if text in found else by_id.get(text.lower()) for text in asked]
    for text, name in zip(asked, names, strict=True):
        if name is None:
            raise NotFound(f"Job Queue {text} does not exist in the database.")
    return list(dict.fromkeys(name for name in names if name is not None))


def assign(wanted: Mapping[Job, list[str]]) -> None:
    """Let each job run on the queues of these names, the default one first, and on no others; inside a transaction."""
    queues = ensure({name for names in wanted.values() for name in names} | {DEFAULT_QUEUE})
    db.session.flush()  # new jobs get their ids
    assigned: dict[UUID, dict[UUID, JobQueueAssignment]] = defaultdict(dict)
    theirs = sa.select(JobQueueAssignment).where(JobQueueAssignment.job_id.in_([job.id for job in wanted]))
    for row in db.session.scalars(theirs):
        assigned[row.job_id][row.job_queue_id] = row
    for job, names in wanted.items():
        job.task_queues = names
        ids, had = {queues[name].id for name in names}, assigned[job.id]
        db.session.add_all(JobQueueAssignment(job_id=job.id, job_queue_id=id) for id in ids - had.keys())
        for id in had.keys() - ids:
            db.session.delete(had[id])


def _dependent(jobs: Sequence[Job], by: User) -> str:
    """That jobs keep a queue from being deleted, in the reference's words; named are those that by may see."""
    ids = [job.id for job in jobs]
    seen = db.session.scalars(visible(Job, by).where(Job.id.in_(ids)).order_by(Job.name).limit(MOST_NAMED)).all()
    named, hidden = [f"{job.name} ({job.id})" for job in seen], len(jobs) - len(seen)
    listed = ", ".join(named) + (f"{' and ' if named else ''}{hidden} more" if hidden else "")
    return f"Unable to delete object. {len(jobs)} dependent objects were found: {listed}"


def _refuse_taken(name: str) -> None:
    """
    :raises InvalidInputs: another queue is called name.
    """
    if db.session.scalar(sa.select(JobQueue.id).where(JobQueue.name == name)):
        raise InvalidInputs({"name": [TAKEN]})


def _refuse_renaming(queue: JobQueue) -> None:
    """
    :raises InvalidInputs: a feature above objects.
    """
    for objection in current_app.extensions.get(OBJECTIONS, []):
        if message := objection(queue):
            raise InvalidInputs({"name": [message]})


def _rename(queue: JobQueue, name: str) -> None:
    """Tell the jobs that may run on queue its new name."""
    for job in jobs_of(queue):
        override(job, [name if each == queue.name else each for each in job.task_queues])
