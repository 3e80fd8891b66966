"""What is done to several objects at once: tried first, so that it can be shown object by object, and then done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db, transaction
from webapp.errors import InvalidInputs, NotPossible
from webapp.inventory import reading, service
from webapp.inventory.choosing import label_of
from webapp.inventory.conflicts import InvalidObject
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists.filters import TRUTHS
from webapp.inventory.lists.listing import loading

SET, ADD, REMOVE = "set", "add", "remove"
WAYS = {SET: "Set to these", ADD: "Add these", REMOVE: "Remove these"}
"""What may be done to a list, such as that of the tags."""
NOTHING = "–"
Raw = Mapping[str, object]


@dataclass(frozen=True)
class Wish:
    """What is to become of fields, in the words of forms, and in which way of those that are lists."""

    raw: Raw
    ways: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """An object with what would be different about it."""

    label: str
    href: str
    differences: Sequence[tuple[str, str, str]]
    """Of each field its label, what it says, and what it would say."""


class _Tried(Exception):
    """Takes back what was done to find out what would happen."""

    def __init__(self, plan: list[Planned]) -> None:
        super().__init__()
        self.plan = plan


def settable(kind: ObjectKind) -> dict[str, Field]:
    """The fields that several objects may have alike, by name."""
    own = {column.key for column in kind.search[:1]}
    table = kind.model.__table__.columns
    return {
        name: each
        for name, each in kind.writable.items()
        if name not in own and not (each.column in table and table[each.column].unique)
    }


def plan(kind: ObjectKind, ids: Sequence[UUID], wish: Wish, by: User) -> list[Planned]:
    """What wish would do to each of the objects, those first that it changes; nothing remains of it.

    :raises InvalidInputs: with messages by field; it cannot be done. What change() raises is raised as well.
    """
    try:
        with transaction():
            rows = _rows(kind, ids, wish, by)
            before = [_told(kind, row, wish) for row in rows]
            _change(kind, rows, wish, by)
            raise _Tried([_planned(kind, row, wish, was) for row, was in zip(rows, before, strict=True)])
    except _Tried as tried:
        return sorted(tried.plan, key=lambda each: not each.differences)


def change(kind: ObjectKind, ids: Sequence[UUID], wish: Wish, by: User) -> int:
    """Do what wish says to all of the objects, or to none; how many of them there are.

    :raises NotAllowed: by may not change them.
    :raises NotPossible: one of them is gone.
    :raises InvalidInputs: with messages by field.
    """
    with transaction():
        rows = _rows(kind, ids, wish, by)
        _change(kind, rows, wish, by)
    return len(rows)


def delete(kind: ObjectKind, ids: Sequence[UUID], by: User) -> int:
    """Delete all of the objects, or none; how many they were.

    :raises NotAllowed: by may not delete them.
    :raises NotPossible: one of them is gone, or something else needs one of them.
    """
    with transaction():
        rows = _rows(kind, ids, Wish({}), by)
        service.delete(kind, rows, by)
    return len(rows)


def _rows(kind: ObjectKind, ids: Sequence[UUID], wish: Wish, by: User) -> list[Any]:
    """
    :raises NotPossible: one of them is gone.
    """
    names = [*([kind.home] if kind.home else []), *wish.raw]
    query = visible(kind.model, by).where(kind.model.id.in_(ids)).options(*loading(kind, names))
    rows = list(db.session.scalars(query.order_by(*kind.order, kind.model.id)))
    if len(rows) < len(ids):
        raise NotPossible(f"One of the {kind.plural} has just been deleted. Nothing was changed; choose again.")
    return rows


def _change(kind: ObjectKind, rows: Sequence[Any], wish: Wish, by: User) -> None:
    """
    :raises InvalidInputs: with messages by field, which say of which object.
    """
    for raw, alike in _alike(kind, rows, wish, by):
        try:
            service.change(kind, alike, raw, by)
        except InvalidObject as refusal:
            about = f"{label_of(alike[refusal.place])}: " if len(rows) > 1 else ""
            errors = {name: [about + text for text in texts] for name, texts in refusal.errors.items()}
            raise InvalidInputs(errors) from refusal


def _alike(kind: ObjectKind, rows: Sequence[Any], wish: Wish, by: User) -> list[tuple[Raw, list[Any]]]:
    """What to give to which of rows: where lists are added to, those that have the same get the same.

    :raises InvalidInputs: a list names what is not there.
    """
    adding = {name: way for name, way in wish.ways.items() if name in wish.raw and way != SET}
    if not adding:
        return [(wish.raw, list(rows))]
    given = reading.read(kind, {name: wish.raw[name] for name in adding}, by, new=False)
    groups: dict[tuple[tuple[str, ...], ...], list[Any]] = defaultdict(list)
    for row in rows:
        groups[tuple(_joined(getattr(row, name), given[name], way) for name, way in adding.items())].append(row)
    return [({**wish.raw, **dict(zip(adding, map(list, held), strict=True))}, alike) for held, alike in groups.items()]


def _joined(held: Sequence[Any], given: Sequence[Any], way: str) -> tuple[str, ...]:
    """The ids of held with given, or without them."""
    ids = [str(one.id) for one in held]
    named = [str(one.id) for one in given]
    if way == REMOVE:
        return tuple(id for id in ids if id not in named)
    return tuple(dict.fromkeys([*ids, *named]))


def _planned(kind: ObjectKind, row: Any, wish: Wish, before: Mapping[str, str]) -> Planned:
    after = _told(kind, row, wish)
    differences = [
        (kind.fields[name].label, before[name], after[name]) for name in wish.raw if before[name] != after[name]
    ]
    return Planned(label_of(row), kind.url(row), differences)


def _told(kind: ObjectKind, row: Any, wish: Wish) -> dict[str, str]:
    """What the fields of wish say of row."""
    return {name: _words(getattr(row, name)) for name in wish.raw}


def _words(held: Any) -> str:
    if isinstance(held, bool):
        return TRUTHS[held]
    if isinstance(held, list):
        return ", ".join(sorted(map(str, held))) or NOTHING
    return NOTHING if held is None or held == "" else str(held)
