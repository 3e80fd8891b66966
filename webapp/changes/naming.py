"""What changes call what they are about: rows that others refer to are named, and not told by their keys.

So what a change says can be read when these rows are gone, and a dry run says the same as the run after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, RelationshipProperty, Session

from webapp.db import Json, Model
from webapp.lookups import key_of

FULL_NAME = "full_name"
"""The attribute of rows that tells them apart from others of the same name elsewhere, as interfaces of devices."""
AT_ONCE = 500
"""Rows of one question."""
Key = tuple[type[Model], Any]


@dataclass(frozen=True)
class Part:
    """One thing that is recorded of a row."""

    name: str
    attribute: str
    """What is set when it changes: of a reference the column with the key."""
    target: type[Model] | None = None
    """What a reference names."""
    several: bool = False
    """Whether it is a list of rows."""
    settled: bool = False
    """Whether it is no attribute that is kept, but follows from other rows, and does not change."""

    def value(self, row: Model) -> Any:
        """What it is at this moment, to be compared; of several rows the set of them."""
        value = getattr(row, self.attribute)
        if self.several:
            return frozenset(value)
        return name_of(value) if self.settled and value is not None else value


def part_of(model: type[Model], name: str) -> Part:
    """What is recorded of model under that name."""
    mapper: Mapper[Any] = sa.inspect(model)
    if name not in mapper.attrs:
        return Part(name, name, settled=True)
    relation = mapper.attrs[name]
    if not isinstance(relation, RelationshipProperty):
        return Part(name, name)
    if relation.uselist:
        return Part(name, name, several=True)
    column = relation.local_remote_pairs[0][0]
    return Part(name, mapper.get_property_by_column(column).key, target=relation.mapper.class_)


def name_of(row: Any) -> str:
    """What changes call row."""
    return str(getattr(row, FULL_NAME, row))


class Names:
    """What rows are called, each of them asked for once."""

    def __init__(self, session: Session, known: Mapping[Key, str]) -> None:
        self._session = session
        self._known = dict(known)

    def learn(self, keys: Iterable[Key]) -> None:
        """Ask at once for all of keys that nobody has asked for yet."""
        asked: dict[type[Model], list[Any]] = {}
        for model, id in {*keys} - self._known.keys():
            row = self._session.identity_map.get(self._session.identity_key(model, id))
            if row is None:
                asked.setdefault(model, []).append(id)
            else:
                self._known[model, id] = name_of(row)
        for model, ids in asked.items():
            for start in range(0, len(ids), AT_ONCE):
                self._ask(model, ids[start : start + AT_ONCE])

    def said(self, part: Part, value: Any) -> Json:
        """value of part in words of JSON; what JSON does not know becomes text."""
        if part.several:
            return sorted(name_of(row) for row in value)
        if part.target is not None and value is not None:
            # A row that went without a word has left its key.
            return self._known.get((part.target, value), str(value))
        return as_json(value)

    def _ask(self, model: type[Model], ids: list[Any]) -> None:
        attribute = key_of(model).key
        for row in self._session.scalars(sa.select(model).where(key_of(model).in_(ids))):
            self._known[model, getattr(row, attribute)] = name_of(row)


def as_json(value: Any) -> Json:
    """value in words of JSON; what JSON does not know becomes text."""
    if isinstance(value, Mapping):
        return {str(name): as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal | bytes):
        return str(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)
