"""What a flush is about to write: the objects that are new, changed or deleted, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session, attributes
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

from webapp.errors import InvalidInputs
from webapp.inventory import turns
from webapp.inventory.models import Object
from webapp.inventory.networks import pieces

Kind = TypeVar("Kind", bound=Object)
AT_ONCE = 1_000
MOST_TOLD = 10
"""Objects of which an error tells what is wrong."""


class Batch:
    """The objects of one flush, and what nobody may write of them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.new = [row for row in session.new if isinstance(row, Object)]
        self.changed = [row for row in session.dirty if isinstance(row, Object) and session.is_modified(row)]
        self.deleted = {row for row in session.deleted if isinstance(row, Object)}
        self._wrong: dict[Object, dict[str, list[str]]] = {}
        for row in self.new:
            if row.id is None:
                row.id = uuid4()
        self._new = {row.id: row for row in self.new}

    def written(self, *models: type[Kind]) -> Iterator[Kind]:
        """The new and the changed objects of these kinds."""
        for row in (*self.new, *self.changed):
            if isinstance(row, models) and row not in self.deleted:
                yield row

    def gone(self, *models: type[Kind]) -> list[Kind]:
        """The deleted objects of these kinds."""
        return [row for row in self.deleted if isinstance(row, models)]

    def is_new(self, row: Object) -> bool:
        """Whether row is not in the database yet."""
        return sa.inspect(row).pending

    def differs(self, row: Object, *names: str) -> bool:
        """Whether row is new, or one of these fields is about to change."""
        return self.is_new(row) or any(has_changed(row, name) for name in names)

    def rows(self, model: type[Kind], ids: Iterable[UUID | None]) -> dict[UUID, Kind]:
        """The objects with these ids, whether they are written already or about to be."""
        wanted = {id for id in ids if id is not None}
        found: dict[UUID, Kind] = {}
        for id in wanted:
            row = self._new.get(id) or self.session.identity_map.get(self.session.identity_key(model, id))
            if isinstance(row, model):
                found[id] = row
        for some in pieces(wanted - found.keys(), AT_ONCE):
            found |= {row.id: row for row in self.session.scalars(sa.select(model).where(model.id.in_(some)))}
        return found

    def one(self, model: type[Kind], id: UUID | None) -> Kind | None:
        """The object with that id, if there is one."""
        return self.rows(model, [id]).get(id) if id is not None else None

    def refuse(self, row: Object, field: str, sentence: str) -> None:
        """Let nothing of all this be written, because of that field of row."""
        self._wrong.setdefault(row, {}).setdefault(field, []).append(sentence)

    def refused(self, row: Object) -> bool:
        """Whether something is wrong with row."""
        return row in self._wrong

    def judge(self) -> None:
        """
        :raises InvalidInputs: something is wrong; the sentences say with which object where that is not plain.
        """
        if self._wrong:
            raise InvalidInputs(self._told())

    def _told(self) -> Mapping[str, list[str]]:
        # What a job writes is of no form that would say which object is meant.
        if len(self.new) + len(self.changed) == 1 and turns.BEGIN not in self.session.info:
            return next(iter(self._wrong.values()))
        told: dict[str, list[str]] = {}
        for row, errors in list(self._wrong.items())[:MOST_TOLD]:
            for field, sentences in errors.items():
                told.setdefault(field, []).extend(f"{called(row)}: {sentence}" for sentence in sentences)
        more = len(self._wrong) - MOST_TOLD
        if more > 0:
            told.setdefault("__all__", []).append(f"{more} further objects do not fit either.")
        return told


def has_changed(row: Object, name: str) -> bool:
    """Whether the column, relation or reference of that name is about to get another value."""
    state = sa.inspect(row)
    return any(
        key in state.mapper.attrs and attributes.get_state_history(state, key, PASSIVE_NO_INITIALIZE).has_changes()
        for key in (name, f"{name}_id")
    )


def key(row: Any, name: str) -> UUID | None:
    """The id of what the reference of that name will name: whoever writes sets the relation, which counts more, or the
    column of it."""
    state = sa.inspect(row)
    history = attributes.get_state_history(state, name, PASSIVE_NO_INITIALIZE)
    if history.added:
        [target] = history.added
        return None if target is None else target.id
    id: UUID | None = getattr(row, f"{name}_id")
    return id


def said(row: Any, name: str) -> Any:
    """What row has in that column; where nobody has said anything yet, what it will have by itself."""
    value = getattr(row, name)
    default = row.__table__.c[name].default
    return default.arg if value is None and default is not None and default.is_scalar else value


def called(row: Any) -> str:
    """What people call row; it may lack what its name is made of."""
    try:
        return str(row)
    except (AttributeError, TypeError, ValueError):
        return type(row).__name__
