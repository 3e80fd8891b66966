"""How full prefixes are."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from webapp.db import db
from webapp.inventory.free import usable
from webapp.inventory.models import IPAddress, Prefix
from webapp.inventory.networks import size_of


@dataclass(frozen=True)
class Utilisation:
    """How much of a prefix is in use, in addresses."""

    used: int
    size: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.used / self.size) if self.size else 1.0

    @property
    def percent(self) -> int:
        """From 0 to 100; 100 only if nothing is left."""
        return int(self.share * 100)


def utilisation(prefix: Prefix) -> Utilisation:
    """How full prefix is: a container by the prefixes in it, a network or a pool by its addresses.

    Pools in a network count as a whole, for they are given away.
    """
    if prefix.type == "container":
        return Utilisation(_in_prefixes(prefix), prefix.last - prefix.first + 1)
    first, last = usable(prefix)
    outside_pools = IPAddress.parent_id.not_in(sa.select(Prefix.id).where(*_pools_in(prefix)))
    addresses = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(IPAddress)
        .where(IPAddress.version == prefix.version, IPAddress.host.between(first, last))
        .where(sa.or_(IPAddress.parent_id.is_(None), outside_pools) if _has_pools(prefix) else sa.true())
    )
    return Utilisation((addresses or 0) + _in_prefixes(prefix, Prefix.type == "pool"), last - first + 1)


def _in_prefixes(prefix: Prefix, *conditions: sa.ColumnElement[bool]) -> int:
    """The addresses of all prefixes whose parent is prefix."""
    lengths = (
        sa.select(Prefix.length, sa.func.count())
        .where(Prefix.parent_id == prefix.id, *conditions)
        .group_by(Prefix.length)
    )
    return sum(count * size_of(prefix.version, length) for length, count in db.session.execute(lengths))


def _pools_in(prefix: Prefix) -> tuple[sa.ColumnElement[bool], ...]:
    return Prefix.parent_id == prefix.id, Prefix.type == "pool"


def _has_pools(prefix: Prefix) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(*_pools_in(prefix)))))
