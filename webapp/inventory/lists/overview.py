"""The way into the inventory: how much there is of what, and a search over everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask import current_app, render_template, request
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.models import User
from webapp.accounts.permissions import may
from webapp.db import db
from webapp.inventory import kinds
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists.asked import Asked
from webapp.inventory.lists.cells import dot
from webapp.inventory.lists.listing import COUNTED, loading, narrowed

MOST_HITS = 5
"""Objects of a kind that a search over all shows."""
CHANGES = "changes.index"


@dataclass(frozen=True)
class Hits:
    """What a search has found of a kind."""

    kind: ObjectKind
    rows: Sequence[Any]
    more: bool


@needs(SIGNED_IN)
def overview() -> str:
    """The kinds that whoever asks may see in their groups, and what is found of them where something is looked for."""
    asked = Asked(q=request.args.get("q", ""))
    seen = seen_by(current_user)
    return render_template(
        "inventory/overview.html",
        asked=asked,
        groups=_groups(seen),
        counts={} if asked.words else counts(seen),
        hits=hits(seen, asked, current_user) if asked.words else [],
        dot=dot,
        may_see_changes=CHANGES in current_app.view_functions and may(current_user, "extras.view_objectchange"),
    )


def seen_by(user: User) -> list[ObjectKind]:
    """The kinds of which user may see the objects."""
    return [kind for kind in kinds.every() if may(user, kind.permission("view"))]


def sees_any(user: User) -> bool:
    """Whether there is anything for user to see in the inventory."""
    return any(may(user, kind.permission("view")) for kind in kinds.every())


def counts(seen: Sequence[ObjectKind]) -> dict[str, str]:
    """How many objects of each kind there are, by its name, by one statement."""
    if not seen:
        return {}
    numbers = [
        sa.select(sa.func.count()).select_from(
            sa.select(sa.literal(1)).select_from(kind.model).limit(COUNTED + 1).subquery()
        )
        for kind in seen
    ]
    row = db.session.execute(sa.select(*(number.scalar_subquery() for number in numbers))).one()
    return {
        kind.name: f"{COUNTED:,}+" if number > COUNTED else f"{number:,}"
        for kind, number in zip(seen, row, strict=True)
    }


def hits(seen: Sequence[ObjectKind], asked: Asked, user: User) -> list[Hits]:
    """What the words of asked find, of the kinds that have any of it."""
    found = [_hits(kind, asked, user) for kind in seen if kind.search]
    return [each for each in found if each.rows]


def _hits(kind: ObjectKind, asked: Asked, user: User) -> Hits:
    names = [kind.home] if kind.home else []
    query = narrowed(kind, asked, user).options(*loading(kind, names))
    rows = db.session.scalars(query.order_by(*kind.order, kind.model.id).limit(MOST_HITS + 1)).all()
    return Hits(kind, rows[:MOST_HITS], len(rows) > MOST_HITS)


def _groups(seen: Sequence[ObjectKind]) -> list[tuple[str, list[ObjectKind]]]:
    return [(title, list(members)) for title, members in groupby(seen, key=lambda kind: kind.group)]
