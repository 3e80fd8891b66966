"""Changing an object by its form, while others change it as well.

The form carries what it showed. Only what somebody changed in it is saved; and nothing that others changed meanwhile is
replaced without a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.changes.models import Change
from webapp.db import db, transaction
from webapp.errors import NotFound, NotPossible
from webapp.inventory import choosing, service, turns
from webapp.inventory.fields import Field
from webapp.inventory.forms import ObjectForm, Shown, shown_of
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.jobs.plain import has_surrogates, text_of

SEEN = "_seen"
LONGEST_VALUE = 80
NOTHING = "nothing"


class Overtaken(NotPossible):
    """Somebody else was faster; `errors` says of which fields that were changed here as well."""

    def __init__(self, summary: str, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__(summary)
        self.errors = errors


def dumped(kind: ObjectKind, row: Object, shown: Shown) -> str:
    """What the form carries to know later what it showed."""
    return json.dumps({"shown": shown, "change": _last_change(kind, row.id)})


def seen(kind: ObjectKind, row: Object, text: str) -> tuple[dict[str, Any], int]:
    """What a form showed, and the number of the newest change then; what is true now, where text does not say."""
    now = shown_of(kind, row)
    with suppress(ArithmeticError, KeyError, RecursionError, TypeError, ValueError):
        told = json.loads(text)
        return {name: _as(now[name], told["shown"][name]) for name in now}, min(int(told["change"]), 2**31 - 1)
    return now, _last_change(kind, row.id)


def save(kind: ObjectKind, id: UUID, form: ObjectForm, text: str, by: User) -> list[str]:
    """Give the object what was changed in form since it showed what text tells; the labels of the fields.

    :raises NotFound: it has been deleted meanwhile.
    :raises Overtaken: somebody else has changed it meanwhile.
    :raises InvalidInputs: with messages by the names of fields.
    """
    with transaction() as session:
        # Before the row is looked at: whoever writes objects takes the turn first, and locks rows then.
        turns.take(session)
        query = visible(kind.model, by).where(kind.model.id == id)
        row = session.scalar(query.execution_options(populate_existing=True))
        if row is None:
            raise NotFound(f"This {kind.label} has just been deleted, so that nothing was saved.")
        shown, number = seen(kind, row, text)
        mine = changed(form.state, shown)
        _refuse_overtaken(kind, row, form.state, shown, mine, number)
        if mine:
            raw = form.raw()
            service.change(kind, [row], {name: raw[name] for name in mine}, by)
    return [kind.fields[name].label for name in mine]


def changed(state: Shown, shown: Shown) -> list[str]:
    """The names of the fields that somebody has changed in a form."""
    return [name for name, value in state.items() if not _same(value, shown[name])]


def merged(kind: ObjectKind, row: Object, state: Shown, shown: Shown) -> dict[str, Any]:
    """What was changed in a form, and what is true now of all else."""
    now, mine = shown_of(kind, row), changed(state, shown)
    return {name: state[name] if name in mine else now[name] for name in now}


def _refuse_overtaken(
    kind: ObjectKind, row: Object, state: Shown, shown: Shown, mine: Sequence[str], number: int
) -> None:
    """
    :raises Overtaken: others have changed what the form showed, to something else than it says.
    """
    now = shown_of(kind, row)
    moved = [name for name in now if not _same(now[name], shown[name]) and not _same(now[name], state[name])]
    if not moved:
        return
    who, fields = _who(kind, row.id, number), kind.fields
    said = {name: f"{who} has set this to {_said(fields[name], getattr(row, name))}." for name in moved}
    errors = {name: [f"{said[name]} Save again to replace it."] for name in moved if name in mine}
    names = "; ".join(f"{fields[name].label}: {_said(fields[name], getattr(row, name))}" for name in moved)
    raise Overtaken(f"{who} has changed this {kind.label} since you opened the form. {names}.", errors)


def _said(field: Field, value: Any) -> str:
    if field.type == "truth":
        return "yes" if value else "no"
    if field.type == "references":
        return ", ".join(str(row) for row in value) or NOTHING
    if value in (None, "", []):
        return NOTHING
    told = choosing.label_of(value) if isinstance(value, Object) else text_of(value)
    return f"“{told if len(told) <= LONGEST_VALUE else told[:LONGEST_VALUE] + '…'}”"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    return bool((one.strip() == other.strip()) if isinstance(one, str) and isinstance(other, str) else one == other)


def _as(now: Any, told: Any) -> Any:
    """
    :raises ValueError: no form has shown such a thing.
    """
    texts = told if isinstance(told, list) else [told] if isinstance(told, str) else []
    if type(told) is not type(now) or not all(isinstance(one, str) and not has_surrogates(one) for one in texts):
        raise ValueError(told)
    return told


def _last_change(kind: ObjectKind, id: UUID) -> int:
    return db.session.scalar(sa.select(sa.func.max(Change.number)).where(*_of(kind, id))) or 0


def _who(kind: ObjectKind, id: UUID, number: int) -> str:
    """Whoever has changed the object since the change of that number."""
    since = sa.select(Change.user_name).where(*_of(kind, id), Change.number > number).order_by(Change.number)
    names = list(dict.fromkeys(db.session.scalars(since)))
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "Somebody"


def _of(kind: ObjectKind, id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return Change.kind == kind.name, Change.row_id == str(id)
