"""Who holds a permission, and how they came by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from webapp.accounts.models import (
    ANYTHING,
    Group,
    Permission,
    User,
    membership,
    permission_group,
    permission_user,
)
from webapp.db import db


@dataclass(frozen=True)
class Way:
    """One reason why somebody holds a permission."""

    row: str | None
    """The name of the permission row that says so; None for superusers, who need none."""
    group: str | None = None
    """The group that the row is for; None if it names the user."""

    def __str__(self) -> str:
        if self.row is None:
            return "as a superuser"
        return f"{f'as a member of {self.group}' if self.group else 'in person'} (permission “{self.row}”)"


@dataclass(frozen=True)
class Holder:
    """Somebody who holds a permission, and all the ways in which they do."""

    user: User
    ways: Sequence[Way]


def holders(permission: str) -> list[Holder]:
    """Those who hold permission, by name; without those who cannot sign in."""
    rows = _rows_that_grant(permission)
    ways: dict[User, list[Way]] = defaultdict(list)
    for user in db.session.scalars(sa.select(User).where(User.is_superuser, User.is_active)):
        ways[user].append(Way(None))
    for query in (_direct(rows), _through_groups(rows)):
        for user, row, group in db.session.execute(query):
            ways[user].append(Way(row, group))
    return [Holder(user, ways[user]) for user in sorted(ways, key=lambda user: user.username)]


def groups_with(permission: str) -> list[str]:
    """The names of the groups whose members hold permission."""
    rows = _rows_that_grant(permission)
    query = sa.select(Group.name).join(permission_group).where(permission_group.c.permission_id.in_(rows))
    return list(db.session.scalars(query.distinct().order_by(Group.name)))


def ways_of(user: User, permission: str) -> list[Way]:
    """How user holds permission; empty if they do not."""
    if not user.is_active:
        return []
    rows = _rows_that_grant(permission)
    found = [Way(None)] if user.is_superuser else []
    for query in (_direct(rows), _through_groups(rows)):
        found += [Way(row, group) for _, row, group in db.session.execute(query.where(User.id == user.id))]
    return found


def _rows_that_grant(permission: str) -> list[object]:
    app_name, _, rest = permission.partition(".")
    action, _, row_name = rest.partition("_")
    kinds, actions = {f"{app_name}.{row_name}", ANYTHING}, {action, ANYTHING}
    rows = db.session.execute(sa.select(Permission.id, Permission.kinds, Permission.actions).where(Permission.enabled))
    return [row.id for row in rows if kinds & set(row.kinds) and actions & set(row.actions)]


def _direct(rows: Sequence[object]) -> sa.Select[User, str, Any]:
    return (
        sa.select(User, Permission.name, sa.null())
        .join(permission_user, permission_user.c.user_id == User.id)
        .join(Permission, Permission.id == permission_user.c.permission_id)
        .where(User.is_active, Permission.id.in_(rows))
        .order_by(Permission.name)
    )


def _through_groups(rows: Sequence[object]) -> sa.Select[User, str, Any]:
    return (
        sa.select(User, Permission.name, Group.name)
        .join(membership, membership.c.user_id == User.id)
        .join(Group, Group.id == membership.c.group_id)
        .join(permission_group, permission_group.c.group_id == Group.id)
        .join(Permission, Permission.id == permission_group.c.permission_id)
        .where(User.is_active, Permission.id.in_(rows))
        .order_by(Permission.name, Group.name)
    )
