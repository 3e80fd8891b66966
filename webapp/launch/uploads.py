"""Files that come with a form or a request, taken in for the variables that they are for."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, current_app, request
from werkzeug.datastructures import FileStorage, MultiDict

from webapp.accounts.models import User
from webapp.catalogue.models import Job
from webapp.config import Settings
from webapp.errors import NotFound
from webapp.files import service
from webapp.inputs.uploads import CLEARED, KEPT
from webapp.jobs.files import FileVar, StoredFile, Unfit, check_size
from webapp.jobs.variables import variables_of
from webapp.runs.attachments import CHOOSE_AGAIN

MOST_TIMES_THE_LARGEST = 2
"""How many files of the largest size those of one request may weigh together."""
NO_FILE_WANTED = "This input takes no file."
ONE_ONLY = "Choose one file: {count} were sent."
PARTS = "multipart/form-data"
UNKNOWN = "Job data contained an unknown property"
VIEWS = frozenset({"launch.create", "launch_api.run", "launch_api.validate"})
"""What takes files, and only from who is signed in and may run something. Whether they may run this job is asked of a
token before the first byte is read; in a session the body is read before, as the word against forgery stands in it."""

Files = MultiDict[str, FileStorage]


def init_app(app: Flask, settings: Settings) -> None:
    """Let requests be as large as their files may be."""
    most = MOST_TIMES_THE_LARGEST * settings.most_upload + app.config["MAX_CONTENT_LENGTH"]

    def widen(endpoint: str | None, _values: dict[str, object] | None) -> None:
        if endpoint in VIEWS and request.mimetype == PARTS:
            request.max_content_length = most

    app.url_value_preprocessor(widen)


def taken(job: Job, user: User, files: Files, fields: Mapping[str, str]) -> dict[str, object]:
    """The files for job's variables, by name, as user has sent them or a form of theirs has kept them.

    What cannot be taken is an Unfit that says why; a variable for which nothing came is left out.

    :raises TooMany: user has uploaded too much that no run has.
    """
    names = {one["name"] for one in job.variables}
    variables = variables_of(one for one in job.variables if one["type"] == FileVar.kind)
    sent = {name: [one for one in files.getlist(name) if one.filename] for name in files}
    found: dict[str, object] = {
        name: Unfit(NO_FILE_WANTED if name in names else UNKNOWN) for name, all in sent.items() if all
    }
    for name, variable in variables.items():
        if isinstance(variable, FileVar) and name in found:
            found[name] = _stored(variable, sent[name], user, sealed=job.has_sensitive_variables)
        elif isinstance(variable, FileVar) and fields.get(KEPT + name) and not fields.get(CLEARED + name):
            found[name] = _kept(fields[KEPT + name], user, sealed=job.has_sensitive_variables)
    return found


def _stored(variable: FileVar, sent: list[FileStorage], user: User, *, sealed: bool) -> StoredFile | Unfit:
    """The file, unless it is refused: then nothing of it is kept."""
    if len(sent) > 1:
        return Unfit(ONE_ONLY.format(count=len(sent)))
    stream, name = sent[0].stream, sent[0].filename or ""
    settings: Settings = current_app.extensions["settings"]
    try:
        size = stream.seek(0, 2)
        variable.check(name, size)
        check_size(size, settings.most_upload)
        return service.keep(stream, name, user, sealed=sealed)
    except ValueError as refusal:
        return Unfit(str(refusal))


def _kept(reference: str, user: User, *, sealed: bool) -> StoredFile | Unfit:
    try:
        file = service.referred(reference, user)
    except NotFound as refusal:
        return Unfit(f"{refusal.message} Choose it again.")
    return service.told(file) if (file.sealed is not None) == sealed else Unfit(CHOOSE_AGAIN)
