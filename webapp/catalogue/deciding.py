"""What administrators decide about jobs: whether they may run, and what counts instead of what their classes say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from webapp.accounts.models import User
from webapp.accounts.permissions import require
from webapp.catalogue import queues, records
from webapp.catalogue.fields import DECIDABLE, SWITCH, Decisions, read
from webapp.catalogue.models import DEFAULT_JOB_QUEUE, Job
from webapp.catalogue.turns import alone
from webapp.changes import acting
from webapp.config import Settings
from webapp.db import db
from webapp.errors import InvalidInputs, NotFound

ITS_CLASS_DECIDES = "The class decides this. Switch its override on as well ({switch}), and this value counts instead."
UNKNOWN = "What the class says is not known, as its code is not installed."
GONE = "Its code is not installed, so that nobody could run it. Switch it on when the code is back."
NOT_SEEN = (
    "A job that needs approval cannot have sensitive inputs: approvers would not see them, "
    "and they are not kept while a run waits."
)

Refusals = Iterator[tuple[str, str]]
"""Names of fields, and why what is wanted of them cannot be."""


def decide(jobs: Sequence[Job], given: Mapping[str, object], by: User) -> None:
    """Let what given says, in the words of the API, hold for all of jobs, or for none of them.

    A value counts where its field is overridden, or becomes so by `<field>_override: true`; false returns to the class.

    :raises NotAllowed: by may not change jobs.
    :raises NotFound: one of jobs is not there any more.
    :raises InvalidInputs: with messages by field, which name the job where there are several.
    """
    require(by, "extras.change_job", jobs[0] if len(jobs) == 1 else None)
    with acting(by):
        settle(jobs, given)


def settle(jobs: Sequence[Job], given: Mapping[str, object]) -> None:
    """decide() for the shell: who has the database at hand needs no permission.

    :raises NotFound: one of jobs is not there any more.
    :raises InvalidInputs: with messages by field, which name the job where there are several.
    """
    wanted = read(given)
    ids = {job.id for job in jobs}
    with alone():
        rows, wanted = _present(ids), _with_names_of_queues(wanted)
        _refuse({job: _refusals(job, wanted, len(rows)) for job in rows})
        for job in rows:
            _apply(job, wanted)
        _refuse({job: _contradictions(job, wanted) for job in rows})
        queues.assign({job: job.task_queues for job in rows})
        _rename(rows, wanted)


def _present(ids: set[UUID]) -> list[Job]:
    """
    :raises NotFound: one of them is not there.
    """
    found = list(db.session.scalars(sa.select(Job).where(Job.id.in_(ids)).order_by(Job.name)))
    if len(found) != len(ids):
        raise NotFound("Not found.")
    return found


def _refuse(refusals: Mapping[Job, Refusals]) -> None:
    """
    :raises InvalidInputs: there are any.
    """
    errors: dict[str, list[str]] = defaultdict(list)
    for job, told in refusals.items():
        for field, message in told:
            errors[field].append(f"{job.name}: {message}" if len(refusals) > 1 else message)
    if errors:
        raise InvalidInputs(errors)


def _with_names_of_queues(wanted: Decisions) -> Decisions:
    """wanted with the names of queues where it has ids.

    :raises InvalidInputs: there is no such queue.
    """
    values, errors = dict(wanted.values), {}
    for field in ("task_queues", DEFAULT_JOB_QUEUE):
        if field in values:
            asked = values[field]
            try:
                values[field] = queues.named(asked) if isinstance(asked, list) else queues.named([asked])[0]
            except NotFound as missing:
                errors[field] = [missing.message]
    if errors:
        raise InvalidInputs(errors)
    return replace(wanted, values=values)


def _refusals(job: Job, wanted: Decisions, count: int) -> Refusals:
    """Why what is wanted cannot be decided of job as it is."""
    if wanted.own.get("enabled") and not job.enabled and not job.installed:
        yield "enabled", GONE
    for field in wanted.touched:
        if wanted.overrides(job, field):
            continue
        if field in wanted.values and wanted.values[field] not in (_present_value(job, field), declared(job, field)):
            yield field, ITS_CLASS_DECIDES.format(switch=f"{field}{SWITCH}")
        elif field in job.overridden and declared(job, field) is None:
            yield field, UNKNOWN
    if "name" in wanted.values and wanted.overrides(job, "name"):
        yield from _bad_name(job, wanted.values["name"], count)


def _bad_name(job: Job, name: str, count: int) -> Refusals:
    if count > 1:
        yield "name", "Several jobs cannot have one name."
    elif other := db.session.scalar(sa.select(Job).where(Job.name == name, Job.id != job.id)):
        yield "name", f"{other.class_path} has this name already."


def declared(job: Job, field: str) -> Any:
    """What the class says of a field of DECIDABLE; None if nobody knows."""
    if field == DEFAULT_JOB_QUEUE:
        return next(iter(job.declared.get("task_queues", ())), None)
    return job.declared.get(field)


def _present_value(job: Job, field: str) -> Any:
    return job.queues[0] if field == DEFAULT_JOB_QUEUE else getattr(job, field)


def _apply(job: Job, wanted: Decisions) -> None:
    """Make job what is wanted, but for its name."""
    for field, value in wanted.own.items():
        setattr(job, field, value)
    overriding = {field: wanted.overrides(job, field) for field in DECIDABLE}
    for field in records.PLAIN:
        if field in wanted.touched and not overriding[field]:
            setattr(job, field, declared(job, field))
        elif field in wanted.values and overriding[field]:
            setattr(job, field, wanted.values[field])
    job.task_queues = _queues(job, wanted, overriding)
    if overriding[DEFAULT_JOB_QUEUE] and DEFAULT_JOB_QUEUE in wanted.touched:
        # A default queue that the class does not know makes all of its queues somebody's decision.
        overriding["task_queues"] |= set(job.task_queues) != set(job.declared.get("task_queues", job.task_queues))
    job.overridden = [field for field in DECIDABLE if overriding[field]]


def _queues(job: Job, wanted: Decisions, overriding: Mapping[str, bool]) -> list[str]:
    """The names of the queues that job gets, the default one first."""
    names = list(job.queues)
    if not wanted.touched & {"task_queues", DEFAULT_JOB_QUEUE}:
        return names
    decided = wanted.values.get(DEFAULT_JOB_QUEUE, names[0]) if overriding[DEFAULT_JOB_QUEUE] else None
    if not overriding["task_queues"]:
        names = list(job.declared.get("task_queues", names))
    elif "task_queues" in wanted.values:
        names = wanted.values["task_queues"]
    return records.in_order(names, declared(job, DEFAULT_JOB_QUEUE), decided)


def _contradictions(job: Job, wanted: Decisions) -> Refusals:
    """What of job does not go together any more, as far as it was touched."""
    settings: Settings = current_app.extensions["settings"]
    soft, hard = job.soft_time_limit or settings.soft_time_limit, job.time_limit or settings.time_limit
    if wanted.touched & {"soft_time_limit", "time_limit"} and hard <= soft:
        field = "time_limit" if "time_limit" in wanted.touched else "soft_time_limit"
        hards, softs = _limit(hard, job.time_limit), _limit(soft, job.soft_time_limit)
        yield field, f"The hard limit ({hards}) has to be more than the soft one ({softs})."
    if wanted.touched & {"approval_required", "has_sensitive_variables"} and job.approval_required:
        field = "approval_required" if "approval_required" in wanted.touched else "has_sensitive_variables"
        if job.has_sensitive_variables or any(one["type"] == "SecretVar" for one in job.variables):
            yield field, NOT_SEEN


def _limit(effective: int, own: int) -> str:
    return f"{effective} s" if own else f"{effective} s, the installation's"


def _rename(jobs: Sequence[Job], wanted: Decisions) -> None:
    """Give jobs the name that is wanted, or their classes' names back, with a number where these are taken."""
    if "name" not in wanted.touched:
        return
    names = {}
    taken = set(db.session.scalars(sa.select(Job.name).where(Job.id.not_in([job.id for job in jobs]))))
    for job in jobs:
        if "name" in job.overridden:
            names[job] = wanted.values.get("name", job.name)
        else:
            names[job] = records.free_name(declared(job, "name") or job.name, taken.__contains__)
        taken.add(names[job])
    records.rename(names)
