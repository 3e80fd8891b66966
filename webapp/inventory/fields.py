"""What a kind consists of, as forms, files, lists and the API need to know it; read from its model."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty

from webapp.db import Model
from webapp.inventory.models.base import CHOICES, DERIVED, HELP, LABEL

FieldType = Literal["text", "long text", "number", "decimal", "truth", "choice", "reference", "references", "json"]
TYPES: dict[type, FieldType] = {str: "text", int: "number", bool: "truth", Decimal: "decimal"}
Target = type[Model]
OF_EVERY_OBJECT = frozenset({"id", "created_at", "updated_at"})
WORDS = {
    "ip": "IP",
    "ip4": "IPv4",
    "ip6": "IPv6",
    "vlan": "VLAN",
    "dns": "DNS",
    "mac": "MAC",
    "mtu": "MTU",
    "lag": "LAG",
    "vid": "VID",
    "mgmt": "management",
}
"""What labels do not write in lower case."""


@dataclass(frozen=True)
class Field:
    """One thing that is known of an object."""

    name: str
    """The attribute, of a reference without `_id`; also what the API and files call it."""
    label: str
    type: FieldType
    required: bool = False
    """Whether there has to be a value."""
    nullable: bool = False
    """Whether there may be none, which is None; an empty text is a value."""
    target: Target | None = None
    """What a reference names."""
    choices: tuple[str, ...] = ()
    help: str = ""
    longest: int | None = None
    """Characters of a text."""
    default: Any = None
    derived: bool = False
    """Whether it follows from others, so that nobody sets it."""

    @property
    def column(self) -> str:
        """The attribute that is a column; for references the one with the key."""
        return f"{self.name}_id" if self.type == "reference" else self.name


@cache
def fields_of(model: type[Model]) -> dict[str, Field]:
    """The fields of model by name, in the order of its columns, tags last."""
    mapper: Mapper[Any] = sa.inspect(model)
    found = [_field(mapper, attribute) for attribute in mapper.column_attrs if attribute.key not in OF_EVERY_OBJECT]
    several = (relation for relation in mapper.relationships if relation.secondary is not None)
    lists = [_list(relation) for relation in several if not relation.viewonly]
    return {field.name: field for field in (*found, *lists)}


def _field(mapper: Mapper[Any], attribute: ColumnProperty[Any]) -> Field:
    [column] = attribute.columns
    relation = mapper.relationships.get(attribute.key.removesuffix("_id")) if attribute.key.endswith("_id") else None
    name = attribute.key if relation is None else relation.key
    default = column.default.arg if column.default is not None and column.default.is_scalar else None
    choices = tuple(column.info.get(CHOICES, ()))
    return Field(
        name=name,
        label=column.info.get(LABEL) or label_of(name),
        type=_type(column, relation, choices),
        required=not column.nullable and column.default is None,
        nullable=bool(column.nullable),
        target=relation.mapper.class_ if relation is not None else None,
        choices=choices,
        help=column.info.get(HELP, ""),
        longest=getattr(column.type, "length", None),
        default=default,
        derived=bool(column.info.get(DERIVED)),
    )


def _list(relation: RelationshipProperty[Any]) -> Field:
    return Field(relation.key, label_of(relation.key), "references", target=relation.mapper.class_, default=())


def _type(column: Any, relation: RelationshipProperty[Any] | None, choices: tuple[str, ...]) -> FieldType:
    if relation is not None:
        return "reference"
    if choices:
        return "choice"
    if isinstance(column.type, sa.JSON):
        return "json"
    if type(column.type) is sa.Text:
        return "long text"
    return TYPES[column.type.python_type]


def label_of(name: str) -> str:
    """The name of an attribute as people read it."""
    words = " ".join(WORDS.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]
