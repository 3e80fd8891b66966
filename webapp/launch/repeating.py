"""Starting a run again: with what it was given, as far as that is kept and the job still takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp.accounts.models import User
from webapp.catalogue.models import Job
from webapp.errors import InvalidInputs, NotFound, NotPossible, WebappError
from webapp.inputs.choosable import rows_of
from webapp.inputs.values import WHOLE
from webapp.jobs.files import FileVar
from webapp.jobs.objects import ObjectVar
from webapp.jobs.secret import GIVEN
from webapp.jobs.variables import COMMIT, Variable, variables_of
from webapp.launch import filling, service
from webapp.runs.attachments import CHOOSE_AGAIN
from webapp.runs.checking import Wanted, check
from webapp.runs.models import LOCAL, Run, Trigger

NOT_OVER = "Run #{} is not over yet. It can be run again as soon as it is."
NO_JOB = "Its job has been deleted, so it cannot be run again."
ALL_GONE = "The inputs could be sensitive, so they were kept only until that run was over. Give them again."
SECRET_GONE = "It is secret, so it was kept only until that run was over. Give it again."
SECRET_NOW = "It is secret by now, and what was given then may be read by others. Give another one."
NOT_TAKEN = "The job does not take this any more."
NO_DRY_RUNS = "The job knows no dry runs any more, and that one changed nothing."
NOT_DRY = "That run was no dry run: start it with the same inputs."
NOT_LOCAL = "That run had no queue, as a command ran it itself. This one would wait in {now}."
OTHER_QUEUE = "The job does not run on the queue {was} any more. It would wait in {now}."
WHEN_DRY = {"dryrun": True, COMMIT: False}
"""The inputs that say whether it is a dry run, and what they say of one."""

Wrong = dict[str, list[str]]
"""Messages by the name of an input; under WHOLE what is about all of them."""


@dataclass(frozen=True)
class Repeat:
    """What comes of starting a run again."""

    run: Run
    given: dict[str, Any] = field(default_factory=dict)
    """What it was given, by name, as far as that is kept."""
    wrong: Wrong = field(default_factory=dict)
    """Why the same inputs cannot be given again."""
    wanted: Wanted | None = None
    """What would be sent, if that can be."""
    queue: str = ""
    queue_note: str = ""
    """Why that is not the queue of the run, in a sentence."""
    refusal: str = ""
    """Why it cannot be run again at all, in a sentence: its job cannot be started, or it is not over itself."""


def of(run: Run, user: User, *, for_real: bool = False) -> Repeat:
    """What comes of it if user starts run again; for_real makes of a dry run one that is none."""
    job = run.job
    if job is None:
        return Repeat(run, refusal=NO_JOB)
    variables = variables_of(job.variables)
    given = filling.kept(variables, job, run) | _whether_dry(run, variables, for_real)
    wrong, queue = _gone(run, variables, given, for_real), _queue(run, job)
    wanted, refusal = None, ""
    try:
        wanted = check(job, user, given, queue=queue)
    except InvalidInputs as unfit:
        # Of what is gone, that it is gone says more than that it is missing; of all, there is nothing more to say.
        wrong = wrong if WHOLE in wrong else {**unfit.errors, **wrong}
    except WebappError as error:
        refusal = error.message
    refusal = refusal or ("" if run.finished else NOT_OVER.format(run.number))
    return Repeat(run, given, wrong, None if wrong else wanted, queue, _queue_note(run, queue), refusal)


def start(run: Run, user: User, idem_key: str, *, for_real: bool = False) -> Run:
    """The new run with the inputs of run.

    :raises NotPossible: it cannot be started, or not with the same inputs; the text says why. What start() of the
        service raises is raised as well.
    """
    if for_real and not run.dry_run:
        raise NotPossible(NOT_DRY)
    repeat = of(run, user, for_real=for_real)
    if run.job is None or repeat.refusal:
        raise NotPossible(repeat.refusal)
    if repeat.wrong:
        raise NotPossible("The same inputs cannot be given again.")
    return service.start(
        run.job,
        user,
        repeat.given,
        queue=repeat.queue,
        idem_key=idem_key,
        trigger=Trigger.AGAIN,
        again_of=run.number,
    )


def filled(job: Job, user: User, arguments: MultiDict[str, str]) -> tuple[dict[str, Any], Wrong, str | None]:
    """With what the form of job begins for the run that its address names: values, what is wrong, and the queue.

    :raises NotFound: user sees no such run of job.
    """
    number = arguments.get(filling.EARLIER)
    if number is None:
        return {}, {}, None
    repeat, variables = of(filling.run_of(job, user, number), user), variables_of(job.variables)
    anew = filling.from_failed(job, user, number) if filling.FAILED in arguments else {}
    wrong = {name: texts for name, texts in repeat.wrong.items() if name not in anew and name not in arguments}
    return fitting(repeat, variables, user) | anew, wrong, repeat.queue


def earlier_of(job: Job, user: User, fields: Mapping[str, str]) -> int | None:
    """The number of the run of job with which the form began whose fields were sent, if there is still such a run."""
    number = fields.get(filling.EARLIER)
    try:
        return filling.run_of(job, user, number).number if number is not None else None
    except NotFound:
        return None


def fitting(repeat: Repeat, variables: Mapping[str, Variable], user: User) -> dict[str, Any]:
    """What a form of variables is filled with: what was given, without what nobody could leave there as it is."""
    left = {name: _left(variables[name], value, user) for name, value in repeat.given.items() if name in repeat.wrong}
    return {name: left.get(name, value) for name, value in repeat.given.items() if left.get(name, value) is not None}


def _left(variable: Variable, value: Any, user: User) -> Any:
    """Of a value that is wrong what may stand in the field, to be corrected there; None if nothing may."""
    if isinstance(variable, ObjectVar):
        keys = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
        there = rows_of(variable, user, keys)
        found = [key for key in keys if key in there]
        return (found if variable.multiple else found[0]) if found else None
    return value if isinstance(value, str | int | float) and not variable.multiple else None


def _whether_dry(run: Run, variables: Mapping[str, Variable], for_real: bool) -> dict[str, bool]:
    """What says whether it is a dry run: known even of a run whose inputs are not kept."""
    dry = run.dry_run and not for_real
    said = {name: WHEN_DRY[name] == dry for name in variables if name in WHEN_DRY}
    return said if run.sensitive or for_real else {}


def _gone(run: Run, variables: Mapping[str, Variable], given: Mapping[str, Any], for_real: bool) -> Wrong:
    """What run was given and is not among given, by name: why not."""
    if run.dry_run and not for_real and not variables.keys() & WHEN_DRY:
        return {WHOLE: [NO_DRY_RUNS]}
    if run.sensitive:
        return {WHOLE: [ALL_GONE]} if variables.keys() - WHEN_DRY else {}
    lost = {name: value for name, value in (run.inputs or {}).items() if name not in given and _says_something(value)}
    return {name: [_why_gone(run, variables.get(name), value)] for name, value in lost.items()}


def _why_gone(run: Run, variable: Variable | None, value: Any) -> str:
    if variable is None:
        return NOT_TAKEN
    if run.sealed and value == GIVEN:
        return SECRET_GONE
    return CHOOSE_AGAIN if isinstance(variable, FileVar) else SECRET_NOW


def _says_something(value: Any) -> bool:
    return value is not None and value is not False and value not in ("", [])


def _queue(run: Run, job: Job) -> str:
    return run.queue if run.queue in job.queues else job.queues[0]


def _queue_note(run: Run, queue: str) -> str:
    if run.queue == queue:
        return ""
    return (NOT_LOCAL if run.queue == LOCAL else OTHER_QUEUE).format(was=run.queue, now=queue)
