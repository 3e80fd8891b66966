"""The roles that every installation starts with: groups with permission rows, free to be changed afterwards."""

from __future__ import annotations

import sqlalchemy as sa

from webapp.accounts.models import ANYTHING, Group, Permission
from webapp.db import db, transaction

VIEWING = (("extras.job", "extras.jobresult", "extras.jobqueue", "extras.objectchange"), ("view",))
ROLES: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "Viewer": (VIEWING,),
    "Operator": (VIEWING, (("extras.job",), ("run",))),
    "Approver": (VIEWING, (("extras.job",), ("approve",))),
    "Admin": (((ANYTHING,), (ANYTHING,)),),
}


def ensure_roles() -> None:
    """Make the roles that are not there; those that are keep what administrators made of them."""
    with transaction():
        present = set(db.session.scalars(sa.select(Group.name)))
        for name in ROLES.keys() - present:
            _make(name)


def _make(name: str) -> None:
    group = Group(name=name)
    db.session.add(group)
    for number, (kinds, actions) in enumerate(ROLES[name], start=1):
        label = name if len(ROLES[name]) == 1 else f"{name} ({number})"
        # The row outlives its group.
        row = db.session.scalar(sa.select(Permission).where(Permission.name == label))
        if row is None:
            row = Permission(name=label, kinds=list(kinds), actions=list(actions))
            db.session.add(row)
        row.groups.append(group)
