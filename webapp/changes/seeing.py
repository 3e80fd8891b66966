"""Which changes somebody sees: those of kinds whose rows they may view."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_login import current_user

from webapp.accounts.models import User
from webapp.accounts.permissions import registered, viewable, visible
from webapp.changes.models import Change
from webapp.changes.recording import RECORDED


def seen(user: User | None = None) -> sa.Select[Change]:
    """A query for the changes that user, else whoever asks, may see."""
    user = user or current_user
    return visible(Change, user).where(of_kinds_seen(Change.kind, user))


def of_kinds_seen(kind: Any, user: User) -> sa.ColumnElement[bool]:
    """The condition that the column kind names one whose rows user may view; of what no kind is any more, superusers
    see all the same."""
    return sa.true() if user.is_superuser else kind.in_(viewable(user))


def is_kind_seen(kind: str, user: User) -> bool:
    """The same of one kind."""
    return bool(user.is_superuser) or kind in viewable(user)


def kinds_recorded(user: User) -> dict[str, str]:
    """The kinds whose changes are kept and whose rows user may view: what people call one, by name, in that order."""
    recorded = {one.kind for one in RECORDED.values()} & set(viewable(user))
    return dict(sorted(((name, registered()[name].label) for name in recorded), key=lambda pair: pair[1].lower()))
