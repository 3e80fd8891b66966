"""What goes with objects that are deleted, read at once: else each of them would ask for its own, one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from webapp.inventory.models import CableEnd, Object
from webapp.inventory.networks import pieces
from webapp.inventory.telling import loads

AT_ONCE = 500


def bring(session: Session, rows: Iterable[Object]) -> None:
    """Read what lies in rows, what they have lists of, and what their names are made of."""
    ids: dict[type[Object], list[Any]] = defaultdict(list)
    for row in rows:
        state = sa.inspect(row)
        if state.persistent and state.identity:
            ids[type(row)].append(state.identity[0])  # a row that has expired would be asked for its id
    for model, every in ids.items():
        for some in pieces(every, AT_ONCE):
            session.scalars(sa.select(model).where(model.id.in_(some)).options(*along(model))).all()


@cache
def along(model: type[Any]) -> tuple[Any, ...]:
    """Options of queries for rows of model, or for ends of cables, that are about to be deleted."""
    if model is CableEnd:
        return (selectinload(CableEnd.cable).options(*along(CableEnd.cable.property.mapper.class_)),)
    options = [*((model._kind and model._kind.loads) or loads(model))]
    for relation in sa.inspect(model).relationships:
        inner = relation.mapper.class_
        if relation.cascade.delete and issubclass(inner, Object) and inner is not model:
            options.append(selectinload(relation.class_attribute).options(*along(inner)))
        elif relation.secondary is not None and not relation.viewonly:
            options.append(selectinload(relation.class_attribute))
    return tuple(options)
