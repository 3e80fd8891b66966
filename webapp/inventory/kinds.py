"""The kinds of objects, in one list; features and apps register theirs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, has_app_context
from sqlalchemy.orm import InstrumentedAttribute

from webapp.accounts import permissions
from webapp.accounts.objects import Objects
from webapp.changes import record
from webapp.inventory import telling
from webapp.inventory.fields import OF_EVERY_OBJECT, Field, fields_of
from webapp.inventory.models import Object

EXTENSION = "inventory"


@dataclass(frozen=True)
class ObjectKind:
    """A kind of objects: what it is called, where it is, and what its lists show."""

    name: str
    """As in "dcim.device"."""
    model: type[Object]
    label: str
    """What people call one of them; plural what they call several."""
    plural: str
    path: str
    """Of its pages and, below /api/, of its endpoint: "dcim/devices"."""
    columns: tuple[str, ...]
    """The fields that lists show beside the label."""
    search: tuple[InstrumentedAttribute[str], ...]
    """The columns in which people look for words."""
    order: tuple[InstrumentedAttribute[Any], ...]
    """How lists are sorted where nobody says otherwise; the id comes last by itself."""
    group: str = "Devices"
    """Under which heading it stands in the inventory."""
    components: bool = False
    """Whether it lies in another object, and is looked for there."""
    settled: tuple[str, ...] = ()
    """What is said when an object is made, and does not change: names of attributes that are no columns."""
    tree: bool = False
    """Whether who looks for what refers to one of them means those below it as well."""
    loads: tuple[Any, ...] = ()
    """Options of queries that bring along what the label of an object needs to know."""
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Headings of its form and its page, with the fields below each; the other fields stand before these."""
    many: bool = False
    """Whether there may be very many: an index, ix_…_begins, finds what the first of search begins with."""
    within: tuple[tuple[str, str], ...] = ()
    """References that another field narrows, which the objects to choose from have as well: ("rack", "location")."""

    @property
    def app_label(self) -> str:
        return self.name.partition(".")[0]

    @property
    def row_label(self) -> str:
        return self.name.partition(".")[2]

    @cached_property
    def fields(self) -> dict[str, Field]:
        """What is known of each object, by name."""
        return fields_of(self.model)

    @property
    def writable(self) -> dict[str, Field]:
        """What people may set."""
        return {name: field for name, field in self.fields.items() if not field.derived}

    @property
    def home(self) -> str | None:
        """The field that says in what a component lies."""
        return self.columns[0] if self.components else None

    def permission(self, action: str) -> str:
        """The name of the permission to do action: view, add, change, delete."""
        return f"{self.app_label}.{action}_{self.row_label}"

    def url(self, row: Object) -> str:
        """The page of row."""
        return f"/{self.path}/{row.id}/"


def register(app: Flask, kind: ObjectKind) -> None:
    """Make kind known: to permissions, inputs of jobs, changes, pages and API."""
    names = OF_EVERY_OBJECT | kind.fields.keys() | _relations(kind.model)
    names |= {field.column for field in kind.fields.values()}
    facts = tuple(
        name for name, field in kind.fields.items() if field.type in ("text", "long text", "number", "truth", "choice")
    )
    objects = Objects(
        search=kind.search,
        lookups=names,
        facts=facts,
        url=kind.url,
        told_apart=telling.told_apart,
        loads=kind.loads or telling.loads(kind.model),
        many=kind.many,
    )
    permissions.register(app, permissions.Kind(kind.name, kind.model, kind.label, objects=objects))
    make_known(kind)
    app.extensions.setdefault(EXTENSION, {})[kind.name] = kind


def _relations(model: type[Object]) -> set[str]:
    """The names under which rows of model know other objects, what lies in them among these."""
    relations = sa.inspect(model).relationships
    return {relation.key for relation in relations if issubclass(relation.mapper.class_, Object)}


def make_known(kind: ObjectKind) -> None:
    """Record what becomes of objects of kind, and let them know their page; for all applications of this process."""
    record(kind.name, kind.model, (*kind.writable, *kind.settled))
    kind.model._kind = kind


def every() -> list[ObjectKind]:
    """All kinds, in the order in which they were registered; a thread of a job, which has no application, knows them by
    their models.
    """
    if not has_app_context():
        models = (mapper.class_ for mapper in Object.registry.mappers if issubclass(mapper.class_, Object))
        return [model._kind for model in models if model._kind is not None]
    return list(current_app.extensions[EXTENSION].values())


def called(name: str) -> ObjectKind | None:
    """The kind of that name, as in "dcim.device", if there is one."""
    return next((kind for kind in every() if kind.name == name), None)


def at(path: str) -> ObjectKind | None:
    """The kind with that path, as in "dcim/devices", if there is one."""
    return next((kind for kind in every() if kind.path == path), None)


def of(model: type[Object]) -> ObjectKind:
    """The kind whose objects are rows of model.

    :raises LookupError: nobody has registered it.
    """
    for kind in every():
        if kind.model is model:
            return kind
    raise LookupError(model.__name__)
