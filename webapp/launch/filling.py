"""What the form of a job is filled with before anybody types: from its address, or from an earlier run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.catalogue import asking
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.errors import NotFound
from webapp.inputs.handing import with_labels
from webapp.inputs.resolving import unknown
from webapp.jobs.files import FileVar, StoredFile
from webapp.jobs.plain import text_of
from webapp.jobs.secret import GIVEN
from webapp.jobs.tracebacks import shortened
from webapp.jobs.variables import BooleanVar, Variable
from webapp.runs import attachments, retrying
from webapp.runs.models import Run

LAST = 5
LONGEST_WORDS = 120
EARLIER, FAILED = "_from", "_failed"
"""The parameters of the form's address that name an earlier run, and that want nothing but what failed in it."""
FEW = 10
"""Objects of a list that are named in a few words."""


def from_address(variables: Mapping[str, Variable], arguments: MultiDict[str, str]) -> dict[str, Any]:
    """What arguments say of variables, as it was typed; not of secrets, for addresses are kept in many places."""
    return {
        name: _said(variable, arguments.getlist(name))
        for name, variable in variables.items()
        if name in arguments and _may_be_filled(variable)
    }


def mistakes(variables: Mapping[str, Variable], arguments: MultiDict[str, str], user: User) -> dict[str, list[str]]:
    """What is wrong with what arguments say of variables, for user, messages by name; to say nothing is not wrong."""
    wrong, values = dict[str, list[str]](), dict[str, Any]()
    for name, variable in variables.items():
        texts = arguments.getlist(name) if _may_be_filled(variable) else []
        try:
            if any(texts):
                values[name] = variable.parse(texts if variable.multiple else texts[0])
        except ValueError as refusal:
            wrong[name] = [str(refusal)]
    return wrong | unknown(variables, values, user)


def kept(variables: Mapping[str, Variable], job: Job, run: Run) -> dict[str, Any]:
    """The inputs of run, one of job, for those of variables of which they are kept."""
    inputs = _readable(run)
    found = {name: inputs[name] for name, variable in variables.items() if name in inputs and _may_be_filled(variable)}
    # What was kept readable is no file for a job that is sensitive by now.
    files = {} if job.has_sensitive_variables else attachments.given_to([run], variables)[run.number]
    return found | files


def from_failed(job: Job, user: User, number: str) -> dict[str, Any]:
    """The objects with which that run of job failed, for the variable that takes them; nothing if there are none.

    :raises NotFound: user sees no such run of job.
    """
    retry = retrying.of(run_of(job, user, number), user)
    return {} if retry is None or retry.problem else {retry.name: retry.keys}


def earlier(job: Job, user: User) -> list[tuple[Run, str]]:
    """The last runs of job that user has started and whose inputs can be read, the newest first; each with its inputs
    in a few words.
    """
    if job.has_sensitive_variables or not job.variables:
        return []
    query = visible(Run, user).where(Run.job_id == job.id, Run.user_id == user.id, Run.sensitive.is_(False))
    runs = db.session.scalars(query.order_by(Run.number.desc()).limit(LAST)).all()
    variables = asking.variables(job)
    files = attachments.given_to(runs, variables)
    inputs = with_labels(variables, [_readable(run) for run in runs], user, FEW)
    return [(run, _in_few_words(variables, given, files[run.number])) for run, given in zip(runs, inputs, strict=True)]


def _readable(run: Run) -> dict[str, Any]:
    """The inputs of run without what stands in the place of secrets: their variables may be others by now."""
    return {name: value for name, value in (run.inputs or {}).items() if not (run.sealed and value == GIVEN)}


def _in_few_words(variables: Mapping[str, Variable], given: Mapping[str, Any], files: Mapping[str, StoredFile]) -> str:
    """Of given, inputs of an earlier version of the job, perhaps, what the present one lets people read."""
    readable = {name: given[name] for name, variable in variables.items() if name in given and not variable.secret}
    inputs = attachments.with_names(readable, files)
    told = [f"{name}: {_read(value)}" for name, value in inputs.items() if value not in (None, "", [], False)]
    return shortened(", ".join(told), LONGEST_WORDS) or "nothing"


def _read(value: Any) -> str:
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return ", ".join(value) if texts else text_of(value)


def run_of(job: Job, user: User, number: str) -> Run:
    """The run of job with that number, as an address says it.

    :raises NotFound: user sees no such run of job.
    """
    wanted = re.fullmatch(r"[1-9][0-9]{0,8}", number, re.ASCII)
    query = visible(Run, user).where(Run.job_id == job.id)
    run = db.session.scalar(query.where(Run.number == int(number))) if wanted else None
    if run is None:
        raise NotFound("There is no such run of this job.")
    return run


def _may_be_filled(variable: Variable) -> bool:
    return not variable.secret and not isinstance(variable, FileVar)


def _said(variable: Variable, texts: list[str]) -> Any:
    if isinstance(variable, BooleanVar):
        return BooleanVar.TEXTS.get(texts[0].strip().lower(), False)
    return texts if variable.multiple else texts[0]
