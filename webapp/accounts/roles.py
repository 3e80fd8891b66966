"""The roles that every installation starts with: groups with permission rows, free to be changed afterwards."""

from __future__ import annotations

import sqlalchemy as sa

from webapp.accounts.models import ANYTHING, Group, Permission
from webapp.db import db, transaction

LABELS = ("extras.role", "extras.status", "extras.tag")
OBJECTS = (
    *("dcim.location", "dcim.locationtype", "dcim.rack", "dcim.manufacturer", "dcim.devicetype", "dcim.platform"),
    *("dcim.device", "dcim.interface", "dcim.consoleport", "dcim.consoleserverport", "dcim.cable"),
    *("ipam.prefix", "ipam.ipaddress", "ipam.ipaddresstointerface", "ipam.vlan"),
)
"""The kinds of the inventory that people work with; what they are labelled with, administrators decide."""
VIEWING = (
    ("extras.job", "extras.jobresult", "extras.jobqueue", "extras.objectchange", *LABELS, *OBJECTS),
    ("view",),
)
ROLES: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "Viewer": (VIEWING,),
    "Operator": (VIEWING, (("extras.job",), ("run",)), (OBJECTS, ("add", "change", "delete"))),
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
