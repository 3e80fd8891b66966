"""Roles, statuses and tags: some are for certain kinds only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from webapp.inventory import kinds
from webapp.inventory.fields import Field
from webapp.inventory.integrity.batch import Batch, key
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models.labels import Label


def check(batch: Batch) -> None:
    """Refuse labels that are not for the kind of object that gets them, and to narrow those that others have."""
    models = {type(row) for row in (*batch.new, *batch.changed)}
    for kind in kinds.every():
        for field in kind.fields.values() if kind.model in models else ():
            if field.target is not None and issubclass(field.target, Label):
                _check_field(batch, kind, field)
    for label in batch.written(Label):
        if batch.differs(label, "content_types"):
            _check_kinds(batch, label)


def _check_field(batch: Batch, kind: ObjectKind, field: Field) -> None:
    rows = [row for row in batch.written(kind.model) if batch.differs(row, field.name)]
    several = field.type == "references"
    target: Any = field.target
    known: dict[Any, Any] = {} if several else batch.rows(target, (key(row, field.name) for row in rows))
    for row in rows:
        labels = row.__dict__.get(field.name, ()) if several else [known.get(key(row, field.name))]
        for label in labels:
            if label is not None and label.content_types and kind.name not in label.content_types:
                batch.refuse(row, field.name, f"{label} is not for {kind.plural}, only for {_plurals(label)}.")


def _plurals(label: Label) -> str:
    found = [kinds.called(name) for name in label.content_types]
    return ", ".join(kind.plural for kind in found if kind) or "others"


def _check_kinds(batch: Batch, label: Label) -> None:
    names = label.content_types
    if names is None:  # a new one, which gets its default later
        return
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        batch.refuse(label, "content_types", "Give a list of texts.")
        return
    for name in names:
        if kinds.called(name) is None:
            batch.refuse(label, "content_types", f"There is no kind “{name[:100]}”.")
    if names and not batch.is_new(label):
        for count, plural in _others_with(batch, label):
            batch.refuse(label, "content_types", f"{count:,} {plural} have it.")


def _others_with(batch: Batch, label: Label) -> Iterator[tuple[int, str]]:
    """How many objects of kinds that it is not for have label."""
    for kind in kinds.every():
        for field in kind.fields.values():
            if field.target is type(label) and kind.name not in label.content_types:
                column = getattr(kind.model, field.name)
                mine = column.any(id=label.id) if field.type == "references" else column.has(id=label.id)
                count = batch.session.scalar(sa.select(sa.func.count()).select_from(kind.model).where(mine))
                if count:
                    yield count, kind.plural if count > 1 else kind.label
