"""The run that a form would start, as commands that start the same: over the API, and in the shell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from webapp.accounts.models import User
from webapp.catalogue.models import Job
from webapp.jobs.files import FileVar, StoredFile
from webapp.jobs.variable import Variable
from webapp.runs.service import Wanted

WITHHELD = "…"
"""Stands for what is not to be read in a command."""


def curl(job: Job, wanted: Wanted, address: str) -> str:
    """The command that sends the same to address, the job's run endpoint; the token is a variable of the shell."""
    words = ["curl", "-H", '"Authorization: Token $TOKEN"']
    if any(isinstance(variable, FileVar) for variable in wanted.variables.values()):
        for name, text in [("_job_queue", wanted.queue), *_parts(job, wanted)]:
            # With -F, a text that begins with @ or < would be the name of a file of whoever runs the command.
            option = "-F" if isinstance(wanted.variables.get(name), FileVar) else "--form-string"
            words += [option, shlex.quote(f"{name}={text}")]
    else:
        body = {"data": _told(job, wanted), "job_queue": wanted.queue}
        words += ["-H", "'Content-Type: application/json'", "-d", shlex.quote(_json(body))]
    return " ".join([*words, shlex.quote(address)])


def runjob(job: Job, wanted: Wanted, user: User) -> str:
    """The command that starts the same in the shell of a server; files are named by what they are called."""
    data = shlex.quote(_json(_told(job, wanted)))
    names = f"--username {shlex.quote(user.username)} --queue {shlex.quote(wanted.queue)}"
    return f"flask --app wsgi runjob {names} --data {data} {job.class_path}"


def stand_ins(variables: Mapping[str, Variable]) -> dict[str, object]:
    """A file for each variable that is one: whoever only wants to see the commands has not sent it."""
    return {
        name: StoredFile("", f"{name}.{(variable.extensions or ['bin'])[0]}", 1, "")
        for name, variable in variables.items()
        if isinstance(variable, FileVar)
    }


def withholds(job: Job, wanted: Wanted) -> bool:
    """Whether something in the commands has to be put in by hand."""
    return any(_is_withheld(job, wanted, name) for name in wanted.inputs)


def _told(job: Job, wanted: Wanted) -> dict[str, Any]:
    return {name: _value(job, wanted, name) for name in wanted.inputs}


def _parts(job: Job, wanted: Wanted) -> list[tuple[str, str]]:
    """Names and texts of the body's parts; a list is a part for each of its values, and nothing is no part."""
    parts = []
    for name, value in _told(job, wanted).items():
        several = value if isinstance(value, list) and wanted.variables[name].multiple else [value]
        parts += [(name, one if isinstance(one, str) else _json(one)) for one in several if one is not None]
    return parts


def _value(job: Job, wanted: Wanted, name: str) -> Any:
    value = wanted.inputs[name]
    if isinstance(wanted.variables[name], FileVar):
        return None if value is None else f"@{value['name']}"
    return WITHHELD if _is_withheld(job, wanted, name) else value


def _is_withheld(job: Job, wanted: Wanted, name: str) -> bool:
    variable, value = wanted.variables[name], wanted.inputs[name]
    return value is not None and (job.has_sensitive_variables or variable.secret) and not isinstance(variable, FileVar)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
