"""What all objects have in common, and the words in which their columns are described."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from difflib import get_close_matches
from typing import Any, ClassVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Model, utcnow
from webapp.errors import InvalidInputs

LONGEST_NAME = 100
LONGEST_TEXT = 255
HELP, CHOICES, LABEL, DERIVED = "help", "choices", "label", "derived"
"""What the `info` of a column may say to forms: a sentence, the values that it takes, what it is called, and that it
follows from others, so that nobody sets it."""

GUARDS: list[Callable[[Any], None]] = []
"""Who is asked before something of an object is set; in the process of a job there is somebody."""


class Object(Model):
    """A row that jobs act on."""

    __abstract__ = True
    _kind: ClassVar[Any] = None
    """The ObjectKind, once it is registered."""
    only_planned = False
    """Whether a dry run has made it, so that it has no page."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-3)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, sort_order=-2)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow, sort_order=-1)

    @property
    def pk(self) -> UUID:
        """The primary key, by the name that authors know."""
        return self.id

    @property
    def url(self) -> str:
        """Its page; empty if there is none."""
        return str(self._kind.url(self)) if self._kind and self.id and not self.only_planned else ""

    def get_absolute_url(self) -> str:
        """The same, for `extra={"object": …}` and items."""
        return self.url

    def __setattr__(self, name: str, value: Any) -> None:
        """
        :raises InvalidInputs: a relation gets what is no row. :raises AttributeError: a job sets what is no field.
        """
        if GUARDS and not name.startswith("_"):
            if not hasattr(type(self), name):
                raise AttributeError(_unknown(type(self), name))
            for guard in GUARDS:
                guard(self)
        try:
            super().__setattr__(name, value)
        except (AttributeError, TypeError):
            relation = sa.inspect(type(self)).relationships.get(name)
            if relation is None:
                raise
            raise InvalidInputs({name: [wanted(relation.mapper.class_, several=bool(relation.uselist))]}) from None


def label_of(model: type[Any]) -> str:
    """What people call a row of model."""
    kind = getattr(model, "_kind", None)
    return kind.label if kind is not None else model.__name__


def _unknown(model: type[Any], name: str) -> str:
    alike = get_close_matches(name, sa.inspect(model).all_orm_descriptors.keys(), 1)
    hint = f"; do you mean “{alike[0]}”?" if alike else "."
    return f"Nothing called “{name}” is kept of a {label_of(model)}{hint}"


def wanted(model: type[Any], *, several: bool) -> str:
    """What to say to somebody who gives something else for a relation to model."""
    kind = getattr(model, "_kind", None)
    return f"Give a list of {kind.plural}." if several and kind is not None else f"Give one {label_of(model)}."


def name_column(**more: Any) -> Mapped[str]:
    """A column for what people call an object."""
    return mapped_column(sa.String(LONGEST_NAME), **more)


def text_column(help: str = "", **more: Any) -> Mapped[str]:
    """A column for a short text, which may be empty."""
    return mapped_column(sa.String(LONGEST_TEXT), default="", info={HELP: help} if help else {}, **more)


def choice_column(*choices: str, default: str = "", **more: Any) -> Mapped[str]:
    """A column that takes one of choices, or nothing where default is empty."""
    return mapped_column(sa.String(30), default=default, info={CHOICES: choices}, **more)


def reference(target: Any, *, on_delete: str = "RESTRICT", **more: Any) -> Any:
    """A column that names a row of target."""
    return mapped_column(sa.ForeignKey(target, ondelete=on_delete), index=True, **more)


def beginnings(table: str, column: str) -> sa.Index:
    """An index that finds texts by their beginning, whatever order the database has for texts otherwise."""
    return sa.Index(f"ix_{table}_{column}_begins", column, postgresql_ops={column: "varchar_pattern_ops"})
