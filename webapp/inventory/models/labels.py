"""What objects are labelled with: roles, statuses, tags."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from webapp.db import Json, Model
from webapp.inventory.models.base import HELP, Object, name_column, text_column

COLOR = "Six hexadecimal digits, such as 4caf50."
CONTENT_TYPES = "The kinds that may have it, such as dcim.device; none means all."


class Label(Object):
    """A name with a colour, for objects of some kinds."""

    __abstract__ = True

    name: Mapped[str] = name_column(unique=True)
    color: Mapped[str] = mapped_column(sa.String(6), default="9e9e9e", info={HELP: COLOR})
    description: Mapped[str] = text_column()
    content_types: Mapped[Json] = mapped_column(default=list, info={HELP: CONTENT_TYPES})

    def __str__(self) -> str:
        return self.name


class Role(Label):
    """What an object is for: a leaf, a loopback, a storage network."""


class Status(Label):
    """What state an object is in: active, planned, reserved."""


class Tag(Label):
    """A word that people put on objects."""


class Tagged:
    """A mixin for kinds that may have tags: an association table for each."""

    __tablename__: str

    @declared_attr
    def tags(cls) -> Mapped[list[Tag]]:
        """The tags, by name."""
        name = f"{cls.__tablename__}_tag"
        key = f"{cls.__tablename__}_id"
        table = Model.metadata.tables.get(name)
        if table is None:
            table = sa.Table(
                name,
                Model.metadata,
                sa.Column(key, sa.ForeignKey(f"{cls.__tablename__}.id", ondelete="CASCADE"), primary_key=True),
                sa.Column("tag_id", sa.ForeignKey(Tag.id, ondelete="CASCADE"), primary_key=True, index=True),
            )
        return relationship(Tag, secondary=table, order_by=Tag.name)
