"""Where things are: locations in a tree, and the racks in them."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.inventory.models.base import (
    HELP,
    LABEL,
    LONGEST_TEXT,
    Object,
    choice_column,
    name_column,
    reference,
    text_column,
)
from webapp.inventory.models.labels import Role, Status, Tagged

MOST_UNITS = 100


class LocationType(Object):
    """What a location is: a region, a site, a room."""

    name: Mapped[str] = name_column(unique=True)
    description: Mapped[str] = text_column()
    nestable: Mapped[bool] = mapped_column(default=False, info={HELP: "Locations of this type may lie in one another."})
    parent_id: Mapped[UUID | None] = reference("location_type.id")
    parent: Mapped[LocationType | None] = relationship(remote_side="LocationType.id")

    def __str__(self) -> str:
        return self.name


class Location(Tagged, Object):
    """A place; others may lie in it."""

    __table_args__ = (
        sa.UniqueConstraint("parent_id", "name"),
        sa.Index(
            "uq_location_name_at_top",
            "name",
            unique=True,
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        ),
        sa.CheckConstraint("parent_id <> id", name="not_in_itself"),
    )

    name: Mapped[str] = name_column()
    location_type_id: Mapped[UUID] = reference(LocationType.id)
    location_type: Mapped[LocationType] = relationship()
    parent_id: Mapped[UUID | None] = reference("location.id")
    parent: Mapped[Location | None] = relationship(remote_side="Location.id")
    status_id: Mapped[UUID] = reference(Status.id)
    status: Mapped[Status] = relationship()
    facility: Mapped[str] = text_column("What the owner of the building calls it.")
    physical_address: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = text_column()

    def __str__(self) -> str:
        return self.name


class Rack(Tagged, Object):
    """A rack, with numbered units from the bottom."""

    __table_args__ = (
        sa.UniqueConstraint("location_id", "name"),
        sa.CheckConstraint(f"u_height BETWEEN 1 AND {MOST_UNITS}", name="u_height"),
    )

    name: Mapped[str] = name_column()
    location_id: Mapped[UUID] = reference(Location.id)
    location: Mapped[Location] = relationship()
    status_id: Mapped[UUID] = reference(Status.id)
    status: Mapped[Status] = relationship()
    role_id: Mapped[UUID | None] = reference(Role.id)
    role: Mapped[Role | None] = relationship()
    u_height: Mapped[int] = mapped_column(default=42, info={LABEL: "Units", HELP: "Counted from the bottom."})
    type: Mapped[str] = choice_column("2-post-frame", "4-post-frame", "4-post-cabinet", "wall-frame", "wall-cabinet")
    serial: Mapped[str] = text_column()
    asset_tag: Mapped[str | None] = mapped_column(sa.String(LONGEST_TEXT), unique=True)
    comments: Mapped[str] = mapped_column(default="")

    def __str__(self) -> str:
        return self.name
