"""The body of a run request in parts: texts and files, in the shape of the JSON that says the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import request

from webapp.accounts.models import User
from webapp.catalogue.models import Job
from webapp.errors import InvalidInputs
from webapp.jobs.variables import variables_of
from webapp.launch import uploads

QUEUES = {"_job_queue": "job_queue", "_task_queue": "task_queue"}
SCHEDULE = "_schedule_"
SCHEDULING = {f"{SCHEDULE}{name}" for name in ("name", "start_time", "interval", "crontab")}
PARTS = {**{key: part for part, key in QUEUES.items()}, "schedule": f"{SCHEDULE}interval"}
OWN = {*QUEUES, *SCHEDULING, "csrf_token"}


def is_meant() -> bool:
    """Whether the request's body comes in parts."""
    return request.mimetype == uploads.PARTS


def body(job: Job, user: User) -> dict[str, Any]:
    """What the request says of a run of job. A part that is repeated is a list, as is any of a variable that takes
    several values, of which a single empty part gives none; parts of other names than those of variables stay among the
    data, where they are refused.

    :raises TooMany: user has uploaded too much that no run has.
    """
    variables, form = variables_of(job.variables), request.form
    data: dict[str, object] = {}
    for name, texts in form.lists():
        several = name in variables and variables[name].multiple
        if name not in OWN:
            data[name] = [] if several and texts == [""] else texts if several or len(texts) > 1 else texts[0]
    said = {key: form[part] for part, key in QUEUES.items() if part in form}
    schedule = {part.removeprefix(SCHEDULE): form[part] for part in SCHEDULING & form.keys()}
    files = uploads.taken(job, user, request.files, {})
    return {"data": data | files, **said, **({"schedule": schedule} if schedule else {})}


@contextmanager
def in_its_words() -> Iterator[None]:
    """What is refused inside has, for a body in parts, the names that it has there."""
    try:
        yield
    except InvalidInputs as refusal:
        if not is_meant():
            raise
        raise InvalidInputs({PARTS.get(name, name): texts for name, texts in refusal.errors.items()}) from None
