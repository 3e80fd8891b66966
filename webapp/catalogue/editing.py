"""The edit form of a job: what it showed, what was typed, and what others decided meanwhile.

The form carries what it showed. Only what somebody changed in it is decided; so nothing that changed elsewhere is
undone without a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import NoneType
from typing import Any, NamedTuple

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from webapp.accounts.models import User
from webapp.catalogue import deciding
from webapp.catalogue.fields import DECIDABLE, SWITCH
from webapp.catalogue.models import DEFAULT_JOB_QUEUE, Job
from webapp.catalogue.turns import alone
from webapp.catalogue.wording import OWN, label_of, said
from webapp.changes.models import Change
from webapp.db import db
from webapp.errors import InvalidInputs, NotFound, NotPossible
from webapp.jobs.plain import has_surrogates

SEEN = "_seen"
NOT_TICKED = "The class decides this. Tick Override as well, and what you typed counts instead."
LARGEST = 2**31 - 1
"""No change has a larger number."""
KEPT = ("keep_days", "keep_runs")
"""Fields that may hold nothing."""


class Held(NamedTuple):
    """What a record holds of one field."""

    ticked: bool
    """Whether it is an administrator's; of fields that classes do not know, never."""
    value: Any
    declared: Any = None
    """What the class says; None if nobody knows, or it knows no such field."""


State = dict[str, Held]


class Overtaken(NotPossible):
    """Somebody else was faster; `errors` says of which fields, and `summary` who."""

    def __init__(self, summary: str, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__(summary)
        self.summary = summary
        self.errors = errors


def state_of(job: Job) -> State:
    """What the record of job holds of all that may be decided."""
    own = {name: Held(False, getattr(job, name)) for name in OWN}
    return own | {name: _held(job, name) for name in DECIDABLE}


def _held(job: Job, name: str) -> Held:
    value = job.queues[0] if name == DEFAULT_JOB_QUEUE else getattr(job, name)
    return Held(name in job.overridden, value, deciding.declared(job, name))


def dumped(state: State, job: Job) -> str:
    """What the form carries to know later what it showed."""
    return json.dumps({"state": {name: held[:2] for name, held in state.items()}, "change": _last_change(job)})


def seen(form: MultiDict[str, str], job: Job) -> tuple[State, int]:
    """What the form showed, and the number of the newest change then; what is true now, where it does not say.

    What the class says is as of now in any case.
    """
    now = state_of(job)
    with suppress(ArithmeticError, KeyError, RecursionError, TypeError, ValueError):
        told = json.loads(form.get(SEEN, ""))
        state = {name: _seen(name, told["state"][name], now[name]) for name in now}
        return state, max(0, min(int(told["change"]), LARGEST))
    return now, _last_change(job)


def _seen(name: str, told: Any, now: Held) -> Held:
    """
    :raises ValueError: no form has shown such a thing.
    """
    ticked, value = told
    texts = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    kinds = (int, NoneType) if name in KEPT else (type(now.value),)
    if type(ticked) is not bool or type(value) not in kinds or not all(map(_is_text, texts)):
        raise ValueError(name)
    return Held(ticked, value, now.declared)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not has_surrogates(value)


def as_typed(value: Any) -> Any:
    """A value as a control of the form shows it: a text, or a list of them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value if isinstance(value, list) else str(value)


def typed(form: MultiDict[str, str], state: State) -> State:
    """What form says of each field; what it leaves out, as far as it can be told, as in state."""
    return {name: _typed(form, name, state[name]) for name in state}


def _typed(form: MultiDict[str, str], name: str, held: Held) -> Held:
    if name == "enabled":
        return Held(False, as_typed(name in form))
    ticked = name + SWITCH in form
    if isinstance(held.value, list):
        return Held(ticked, form.getlist(name), held.declared)
    before = as_typed(held.value)
    text = form.get(name, before).replace("\r\n", "\n")
    return Held(ticked, before if text.strip() == before.strip() else text, held.declared)


def changed(wanted: State, shown: State) -> list[str]:
    """The names of the fields that somebody has changed in the form."""
    return [name for name, held in wanted.items() if (held.ticked, held.value) != _shown(shown[name])]


def _shown(held: Held) -> tuple[bool, Any]:
    return held.ticked, as_typed(held.value)


def decisions(wanted: State, shown: State) -> dict[str, object]:
    """What was changed in the form, in the words that decide() takes."""
    values: dict[str, object] = {}
    for name in changed(wanted, shown):
        held = wanted[name]
        if name in DECIDABLE:
            values[name + SWITCH] = held.ticked
        if name in OWN or held.ticked or held.value not in (as_typed(shown[name].value), as_typed(held.declared)):
            values[name] = held.value
    return values


def save(job: Job, form: MultiDict[str, str], by: User) -> list[str]:
    """Decide what was changed in the form, and say it, a sentence for each field; none if nothing was.

    :raises NotFound: job has been deleted meanwhile.
    :raises Overtaken: somebody else has decided something about job since the form was opened.
    :raises InvalidInputs: with messages by the names of fields.
    """
    (shown, number), id = seen(form, job), job.id
    wanted = typed(form, shown)
    with alone() as session:
        if session.get(Job, id) is None:
            raise NotFound("This job has just been deleted, so that nothing was saved.")
        _refuse_overtaken(job, wanted, shown, number)
        values = decisions(wanted, shown)
        if values:
            try:
                deciding.decide([job], values, by)
            except InvalidInputs as refusal:
                raise InvalidInputs(for_pages(refusal.errors)) from None
        return [_decided(job, name) for name in changed(wanted, shown)]


def for_pages(errors: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Messages by the names of fields, in the words of pages, which know a switch by its label."""
    told: dict[str, list[str]] = {}
    for name, messages in errors.items():
        field = name.removesuffix(SWITCH)
        of_api = deciding.ITS_CLASS_DECIDES.format(switch=field + SWITCH)
        told.setdefault(field, []).extend(message.replace(of_api, NOT_TICKED) for message in messages)
    return told


def _decided(job: Job, name: str) -> str:
    held = state_of(job)[name]
    if name in OWN:
        return f"{label_of(name)}: {said(name, held.value)}"
    return f"{label_of(name)}: {said(name, held.value)}" + ("" if held.ticked else ", as its class says")


def _refuse_overtaken(job: Job, wanted: State, shown: State, number: int) -> None:
    """
    :raises Overtaken: others decided something else, or the class says something else of what was changed in the form.
    """
    now, mine = state_of(job), changed(wanted, shown)
    moved = [name for name in now if now[name][:2] != shown[name][:2] and wanted[name][:2] != _shown(now[name])]
    moved = [name for name in moved if name in mine or name in OWN or now[name].ticked or shown[name].ticked]
    if not moved:
        return
    who = _who(job, number)
    errors = {name: [f"{_now(name, now[name], who)} Save again to replace it."] for name in moved if name in mine}
    names = ", ".join(label_of(name) for name in moved)
    raise Overtaken(f"{who} has changed this job since you opened the form: {names}. Nothing is saved yet.", errors)


def _now(name: str, held: Held, who: str) -> str:
    value = said(name, held.value)
    if name in DECIDABLE and not held.ticked:
        return f"Meanwhile it is {value}, as its class says."
    return f"{who} has set this to {value}."


def _last_change(job: Job) -> int:
    return db.session.scalar(sa.select(sa.func.max(Change.number)).where(_of(job))) or 0


def _who(job: Job, number: int) -> str:
    """Whoever has changed job since the change of that number."""
    since = sa.select(Change.user_name).where(_of(job), Change.number > number).order_by(Change.number)
    names = list(dict.fromkeys(db.session.scalars(since)))
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "Somebody"


def _of(job: Job) -> sa.ColumnElement[bool]:
    return sa.and_(Change.kind == "extras.job", Change.row_id == str(job.id))
