"""Lookups that lead over references to a column: what many lines say by them is asked in one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, RelationshipProperty, joinedload

from webapp import lookups
from webapp.accounts.permissions import may_be_looked_up
from webapp.lookups.comparisons import EXACT

PLAIN = (sa.String, sa.Integer, sa.Boolean, sa.Uuid)
"""Types of columns whose values are equal in Python when they are in the database."""


@dataclass(frozen=True)
class Path:
    """A lookup without its comparison, the references over which it leads, and the column at its end."""

    name: str
    references: Sequence[InstrumentedAttribute[Any]]
    column: InstrumentedAttribute[Any]

    def value(self, row: Any) -> Any:
        """What row has at the end; None if there is nothing."""
        for reference in self.references:
            row = getattr(row, reference.key) if row is not None else None
        return getattr(row, self.column.key) if row is not None else None

    def fitting(self, text: str) -> Any:
        """text as the column holds it.

        :raises ValueError: it cannot.
        """
        return lookups.fitting(self.column, text)

    @property
    def loads(self) -> list[Any]:
        """Options of a query that bring along what value() reads."""
        if not self.references:
            return []
        first, *rest = self.references
        option = joinedload(first)
        for reference in rest:
            option = option.joinedload(reference)
        return [option]


def path_of(model: type[Any], lookup: str) -> Path | None:
    """What lookup leads to; None if it has to be asked by itself: it leads to several rows, to a list or nowhere, or
    compares otherwise than for equality.
    """
    known, references = may_be_looked_up(), list[InstrumentedAttribute[Any]]()
    steps = lookup.removesuffix(f"__{EXACT}").split("__")
    if len(steps) >= lookups.MOST_STEPS:
        return None
    for place, step in enumerate(steps):
        if step != lookups.PK and step not in known.get(model, ()):
            return None
        attribute = lookups.key_of(model) if step == lookups.PK else getattr(model, step)
        if not isinstance(attribute.property, RelationshipProperty):
            plain = place == len(steps) - 1 and isinstance(attribute.type, PLAIN)
            return Path("__".join(steps), references, attribute) if plain else None
        if attribute.property.uselist:
            return None
        references.append(attribute)
        model = attribute.property.mapper.class_
    return Path("__".join(steps), references, lookups.key_of(model))
