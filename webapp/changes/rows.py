"""What a transaction has done, as rows of Change say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.changes.actors import Actor, actor_in_charge, context_of, request_in_hand
from webapp.changes.models import LONGEST_NAME, Action
from webapp.changes.naming import Key, Names, Part
from webapp.db import Json, Model, utcnow

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Recorded:
    """What is recorded of a model."""

    kind: str
    """As in "extras.job"."""
    parts: dict[str, Part]


@dataclass(frozen=True)
class Found:
    """What has become of a row, in values that are not said yet."""

    row: Model
    name: str
    recorded: Recorded
    action: Action
    before: Values | None
    after: Values | None
    actor: Actor | None
    """Whom it is put down to; None for whoever is in charge."""


def rows(session: Session, found: Sequence[Found], deleted: Mapping[Key, str]) -> list[dict[str, Any]]:
    """The columns of a change for each of found; deleted says what the rows were called that are gone."""
    names = Names(session, deleted)
    names.learn(key for one in found for key in _keys(one))
    in_charge, request_id, at = actor_in_charge(), request_in_hand() or uuid4(), utcnow()
    written = []
    for one in found:
        actor = one.actor or in_charge
        who = {**actor.columns, "context": context_of(actor), "request_id": actor.request_id or request_id, "at": at}
        written.append({**who, **_told(one, names)})
    return written


def key_of(row: Model) -> Key:
    """By what the row is found."""
    [id] = sa.inspect(row).identity or [None]
    return type(row), id


def _told(one: Found, names: Names) -> dict[str, Any]:
    return {
        "kind": one.recorded.kind,
        "row_id": str(key_of(one.row)[1]),
        "row_name": one.name[:LONGEST_NAME],
        "action": one.action,
        "before": _said(one, one.before, names),
        "after": _said(one, one.after, names),
    }


def _said(one: Found, values: Values | None, names: Names) -> Json:
    if values is None:
        return None
    return {name: names.said(one.recorded.parts[name], value) for name, value in values.items()}


def _keys(one: Found) -> Iterator[Key]:
    """What it refers to, before and after."""
    for values in (one.before or {}, one.after or {}):
        for name, value in values.items():
            target = one.recorded.parts[name].target
            if target is not None and value is not None:
                yield target, value
