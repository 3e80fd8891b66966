"""Who may do and see what: the names of permissions, `require`, `may` and `visible`, on one page.

A permission is called `<app>.<action>_<kind>`: `extras.run_job` is the action `run` on rows of the kind `extras.job`.
Features register their kinds; a name whose kind nobody registered is a mistake in the program, not a refusal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app
from flask_login import current_user

from webapp.accounts.models import (
    ANYTHING,
    Permission,
    User,
    membership,
    permission_group,
    permission_user,
)
from webapp.accounts.objects import Objects
from webapp.db import Model, db, read_so_far
from webapp.errors import NotAllowed

Row = TypeVar("Row", bound=Model)
GRANTS = "grants"
DIRECT = sa.select(permission_user.c.permission_id).where(permission_user.c.user_id == User.id).correlate(User)
BY_GROUP = (
    sa.select(permission_group.c.permission_id)
    .join(membership, membership.c.group_id == permission_group.c.group_id)
    .where(membership.c.user_id == User.id)
    .correlate(User)
)
COUNTS = sa.and_(Permission.enabled, sa.or_(Permission.id.in_(DIRECT), Permission.id.in_(BY_GROUP)))
"""The condition that a permission counts for a user."""
KINDS, ACTIONS = sa.cast(Permission.kinds, sa.Text), sa.cast(Permission.actions, sa.Text)
OPEN, COMMA, CLOSE = (sa.literal_column(f"'{sign}'", sa.Text()) for sign in "[,]")
SAID = (
    sa.select(sa.func.aggregate_strings(OPEN + KINDS + COMMA + ACTIONS + CLOSE, cast(Any, COMMA)))
    .where(COUNTS)
    .correlate(User)
    .scalar_subquery()
    .label("said")
)
"""What the grants of a user say, [kinds, actions] each, as the inside of a list in JSON; NULL if there are none. It is
one short text, and the same one for many people and questions, so that it need not be read each time."""
MOST_SAID = 1000
# Built once: building it takes longer than asking it.
GRANTED = sa.select(SAID).select_from(User).where(User.id == sa.bindparam("user_id"))
HOLDING = sa.select(User.is_active, User.is_superuser, SAID).where(User.id == sa.bindparam("user_id"))
"""All that decides over what the user with user_id may do, in one row; see suffices()."""


@dataclass(frozen=True)
class Kind:
    """A kind of rows that permissions can name."""

    name: str
    """As in "extras.job"."""
    model: type[Model]
    label: str
    """What people call one of them."""
    own: Callable[[User], sa.ColumnElement[bool]] | None = None
    """The rows that a user sees without a permission, if there are such."""
    objects: Objects | None = None
    """How they are inputs of jobs, if they are."""
    aliases: tuple[str, ...] = ()
    """What else authors of the reference call the kind."""
    there: sa.ColumnElement[bool] | None = None
    """The condition that a row is there at all, if some are on their way out and nobody is to see them."""


def register(app: Flask, kind: Kind) -> None:
    """Make kind known to permissions, queries and pages of app."""
    app.extensions.setdefault("kinds", {})[kind.name] = kind


def require(user: User, permission: str, row: object | None = None) -> None:
    """Go on only if user holds permission (for row, where one is given).

    :raises NotAllowed: they do not.
    """
    if not may(user, permission):
        kind, action = _split(permission)
        what = f"{kind.label} {row}" if row is not None else f"any {kind.label}"
        raise NotAllowed(f"{user} may not {action} {what}: the permission {permission} is missing.")


def may(user: User, permission: str) -> bool:
    """Whether user holds permission."""
    return _may(user, *_split(permission))


def suffices(row: Any, permission: str) -> bool:
    """Whether the user whom this row of HOLDING tells of holds permission."""
    return row.is_active and (row.is_superuser or _is_among(_pairs(row.said), *_split(permission)))


def remember(user: User, said: str | None) -> None:
    """What SAID gave for user holds until the session reads anew."""
    _known_grants()[user.id] = _pairs(said)


def may_current(permission: str) -> bool:
    """may() for templates, which only hide what would be refused anyway."""
    return may(current_user, permission)


def visible(model: type[Row], user: User | None = None) -> sa.Select[Row]:
    """A query for the rows of model that user, else whoever asks, may see; every list and page starts from it."""
    user = user or current_user
    kind = next(kind for kind in _kinds().values() if kind.model is model)
    app_name, _, row_name = kind.name.partition(".")
    query = sa.select(model) if kind.there is None else sa.select(model).where(kind.there)
    if may(user, f"{app_name}.view_{row_name}"):
        return query
    return query.where(kind.own(user) if kind.own and user.is_authenticated else sa.false())


def is_visible(model: type[Model], user: User) -> sa.ColumnElement[bool]:
    """The condition that user may see a row of model."""
    where = visible(model, user).whereclause
    return sa.true() if where is None else where


def known(permission: str) -> bool:
    """Whether permission names a registered kind."""
    app_name, _, rest = permission.partition(".")
    return f"{app_name}.{rest.partition('_')[2]}" in _kinds()


def registered() -> Mapping[str, Kind]:
    """All kinds by name."""
    return _kinds()


def viewable(user: User) -> list[str]:
    """The names of the kinds of which user may view whatever there is."""
    return [name for name, kind in _kinds().items() if _may(user, kind, "view")]


def kind_of_objects(name: str) -> Kind | None:
    """The kind of that name whose rows may be inputs of jobs, if there is one."""
    kinds = (kind for kind in _kinds().values() if kind.objects is not None)
    return next((kind for kind in kinds if name in (kind.name, *kind.aliases)), None)


def may_be_looked_up() -> dict[type[Model], frozenset[str]]:
    """What lookups may name, by model."""
    return {kind.model: kind.objects.lookups for kind in _kinds().values() if kind.objects is not None}


def _may(user: User, kind: Kind, action: str) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or _is_among(_grants(user), kind, action)


def _split(permission: str) -> tuple[Kind, str]:
    app_name, _, rest = permission.partition(".")
    action, _, row_name = rest.partition("_")
    return _kinds()[f"{app_name}.{row_name}"], action


def _kinds() -> dict[str, Kind]:
    found: dict[str, Kind] = current_app.extensions["kinds"]
    return found


def _grants(user: User) -> frozenset[tuple[str, str]]:
    """(kind, action) pairs of user, asked once for as long as nothing is read anew."""
    kept = _known_grants()
    if user.id not in kept:
        kept[user.id] = _pairs(db.session.scalar(GRANTED, {"user_id": user.id}))
    return kept[user.id]


def _known_grants() -> dict[UUID, frozenset[tuple[str, str]]]:
    known: dict[UUID, frozenset[tuple[str, str]]] = read_so_far().setdefault(GRANTS, {})
    return known


@lru_cache(maxsize=MOST_SAID)
def _pairs(said: str | None) -> frozenset[tuple[str, str]]:
    grants = json.loads(f"[{said or ''}]")
    return frozenset((kind, action) for kinds, actions in grants for kind in kinds or () for action in actions or ())


def _is_among(held: frozenset[tuple[str, str]], kind: Kind, action: str) -> bool:
    return any((name, verb) in held for name in (kind.name, ANYTHING) for verb in (action, ANYTHING))
