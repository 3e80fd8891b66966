"""Users, groups and their permission rows; sessions and tokens, of which only hashes are kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.visits import NEVER
from webapp.db import Json, Model, db, utcnow
from webapp.ui.zones import DEFAULT

ANYTHING = "*"

membership = sa.Table(
    "membership",
    db.metadata,
    sa.Column("user_id", sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("group_id", sa.ForeignKey("user_group.id", ondelete="CASCADE"), primary_key=True),
)
permission_user = sa.Table(
    "permission_user",
    db.metadata,
    sa.Column("permission_id", sa.ForeignKey("permission.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
)
permission_group = sa.Table(
    "permission_group",
    db.metadata,
    sa.Column("permission_id", sa.ForeignKey("permission.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("group_id", sa.ForeignKey("user_group.id", ondelete="CASCADE"), primary_key=True),
)


class User(Model):
    """Somebody who signs in or whose token does."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    username: Mapped[str] = mapped_column(sa.String(150), unique=True)
    password_hash: Mapped[str]
    is_superuser: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    groups: Mapped[list[Group]] = relationship(secondary=membership, back_populates="users")

    is_authenticated = True
    is_anonymous = False
    wants_keys = True
    """Not of the row, but of who is signed in by a session: whether single keys do something for them."""
    zone = DEFAULT
    """The same: in which pages tell them moments."""
    visit = NEVER
    """The same: what they are doing now belongs to."""

    def __str__(self) -> str:
        return self.username

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie. Sign-in puts a session's token there instead."""
        return str(self.id)


class Group(Model):
    """People with the same permissions; the roles are groups."""

    __tablename__ = "user_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(150), unique=True)

    users: Mapped[list[User]] = relationship(secondary=membership, back_populates="groups")

    def __str__(self) -> str:
        return self.name


class Permission(Model):
    """Actions on kinds of rows, for some users and groups."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    kinds: Mapped[Json]
    """A list of names such as "extras.job", or ["*"]."""
    actions: Mapped[Json]
    """A list of names such as "view" and "run", or ["*"]."""

    users: Mapped[list[User]] = relationship(secondary=permission_user)
    groups: Mapped[list[Group]] = relationship(secondary=permission_group)


class UserSession(Model):
    """One sign-in of a browser. The row ends, and so does the sign-in."""

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey(User.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_seen_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    agent: Mapped[str] = mapped_column(sa.String(200), default="")

    user: Mapped[User] = relationship()


class Token(Model):
    """What a script signs in with. hint shows its last four characters, for people to tell tokens apart."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    hint: Mapped[str] = mapped_column(sa.String(4))
    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey(User.id, ondelete="CASCADE"), index=True)
    description: Mapped[str] = mapped_column(sa.String(255), default="")
    write_enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class Preference(Model):
    """What a user wants of a page, or what a page remembers of its user."""

    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    value: Mapped[Json] = mapped_column(nullable=True)
