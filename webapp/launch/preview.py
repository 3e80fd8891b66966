"""The run that a form would start, as commands that start the same: over the API, and in the shell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from webapp.accounts.models import User
from webapp.catalogue.models import Job
from webapp.inputs.handing import with_labels
from webapp.jobs.files import FileVar, StoredFile
from webapp.jobs.variable import Variable
from webapp.runs.checking import Wanted

WITHHELD = "…"
"""Stands for what is not to be read in a command."""


def curl(job: Job, wanted: Wanted, address: str) -> str:
    """The command that sends the same to address, the job's run endpoint; the token is a variable of the shell."""
    words = ["curl", "-H", '"Authorization: Token $TOKEN"']
    if any(_is_file(wanted, name) and value is not None for name, value in wanted.inputs.items()):
        for name, text in [("_job_queue", wanted.queue), *_parts(job, wanted)]:
            # With -F, a text that begins with @ or < would be the name of a file of whoever runs the command.
            option = "-F" if _is_file(wanted, name) else "--form-string"
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


def stand_ins(variables: Mapping[str, Variable], fields: Mapping[str, str]) -> dict[str, object]:
    """A file for each whose name stands in fields: whoever only wants to see the commands does not send its bytes."""
    return {
        name: StoredFile("", fields[name], 1, "")
        for name, variable in variables.items()
        if isinstance(variable, FileVar) and fields.get(name)
    }


def withholds(job: Job, wanted: Wanted) -> bool:
    """Whether something in the commands has to be put in by hand."""
    return any(_is_withheld(job, wanted, name) for name in wanted.inputs)


def meanings(job: Job, wanted: Wanted, user: User) -> list[tuple[str, str]]:
    """Primary keys in the commands, and what people call the objects that they stand for."""
    readable = {name: value for name, value in wanted.inputs.items() if not _is_withheld(job, wanted, name)}
    [shown] = with_labels(wanted.variables, [readable], user)
    pairs = [pair for name, value in readable.items() for pair in _side_by_side(value, shown[name])]
    return [(key, label) for key, label in dict.fromkeys(pairs) if key != label]


def _side_by_side(value: Any, shown: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, list) and isinstance(shown, list):
        return [pair for pair in zip(value, shown, strict=False) if all(isinstance(one, str) for one in pair)]
    return [(value, shown)] if isinstance(value, str) and isinstance(shown, str) else []


def _told(job: Job, wanted: Wanted) -> dict[str, Any]:
    """What the commands say of inputs; not of secrets that nobody gave, which have no default either."""
    return {
        name: _value(job, wanted, name)
        for name, value in wanted.inputs.items()
        if name not in wanted.hidden and (value or not wanted.variables[name].secret)
    }


def _parts(job: Job, wanted: Wanted) -> list[tuple[str, str]]:
    """Names and texts of the body's parts. A list is a part for each of its values; nothing is an empty part, as
    without a part there would be the default.
    """
    return [(name, text) for name, value in _told(job, wanted).items() for text in _texts(wanted, name, value)]


def _texts(wanted: Wanted, name: str, value: Any) -> list[str]:
    if _is_file(wanted, name):
        return [] if value is None else [f"@{_file_name(value[1:])}"]
    if not (isinstance(value, list) and wanted.variables[name].multiple):
        return [_text(value)]
    texts = [_text(one) for one in value] or [""]
    # Alone, an empty part gives no value; where the value itself is empty, it comes twice.
    return [*texts, *texts] if value and texts == [""] else texts


def _value(job: Job, wanted: Wanted, name: str) -> Any:
    value = wanted.inputs[name]
    if _is_file(wanted, name):
        return None if value is None else f"@{value['name']}"
    return WITHHELD if _is_withheld(job, wanted, name) else value


def _is_file(wanted: Wanted, name: str) -> bool:
    return isinstance(wanted.variables.get(name), FileVar)


def _is_withheld(job: Job, wanted: Wanted, name: str) -> bool:
    given = wanted.inputs[name] not in (None, "", [])
    return given and (job.has_sensitive_variables or wanted.variables[name].secret) and not _is_file(wanted, name)


def _file_name(name: str) -> str:
    """name as curl reads it behind the @, where commas and semicolons would end it."""
    if not set(name) & set(',;"\\') and name == name.strip():
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
