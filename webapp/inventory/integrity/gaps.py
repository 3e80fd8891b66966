"""Addresses know whether the next one is free: by `gap_after`, whoever looks for a free one jumps over runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import sqlalchemy as sa

from webapp.inventory.integrity.batch import Batch
from webapp.inventory.models import IPAddress
from webapp.inventory.networks import pieces

ADDRESS = cast(sa.Table, IPAddress.__table__)
AT_ONCE = 1_000
Spot = tuple[int, int]
"""A version and a number."""


def mark(batch: Batch) -> None:
    """Let the addresses that are written, and those before them, know what comes after them."""
    taken = [row for row in batch.written(IPAddress) if row.address and batch.differs(row, "host", "version")]
    left = _left(batch, taken)
    if not (taken or left):
        return
    new = {(row.version, row.host) for row in taken}
    others = _used(batch, {(version, host + side) for version, host in {*new, *left} for side in (-1, 1)}) - left
    for row in taken:
        row.gap_after = (row.version, row.host + 1) not in new | others
    before_new = {(version, host - 1) for version, host in new} & others - new
    before_left = {(version, host - 1) for version, host in left - new} & others - new
    _say(batch, before_new, gap=False)
    _say(batch, before_left, gap=True)


def _left(batch: Batch, taken: Iterable[IPAddress]) -> set[Spot]:
    """What was used until now by what is deleted or is elsewhere."""
    ids = [row.id for row in (*batch.gone(IPAddress), *(row for row in taken if not batch.is_new(row)))]
    query = sa.select(ADDRESS.c.version, ADDRESS.c.host)
    connection = batch.session.connection()
    return {
        (version, host)
        for some in pieces(ids, AT_ONCE)
        for version, host in connection.execute(query.where(ADDRESS.c.id.in_(some)))
    }


def _used(batch: Batch, spots: set[Spot]) -> set[Spot]:
    """Those of spots that are used in the database."""
    connection, query = batch.session.connection(), sa.select(ADDRESS.c.host)
    return {
        (version, host)
        for version, some in _by_version(spots)
        for (host,) in connection.execute(query.where(ADDRESS.c.version == version, ADDRESS.c.host.in_(some)))
    }


def _say(batch: Batch, spots: set[Spot], *, gap: bool) -> None:
    for version, some in _by_version(spots):
        batch.session.connection().execute(
            sa.update(ADDRESS)
            .where(ADDRESS.c.version == version, ADDRESS.c.host.in_(some))
            .values(gap_after=gap, updated_at=ADDRESS.c.updated_at)
        )
    if spots:
        _tell(batch, spots)


def _tell(batch: Batch, spots: set[Spot]) -> None:
    for row in list(batch.session.identity_map.values()):
        values = row.__dict__
        if (
            isinstance(row, IPAddress)
            and "gap_after" in values
            and (values.get("version"), values.get("host")) in spots
        ):
            batch.session.expire(row, ["gap_after"])


def _by_version(spots: Iterable[Spot]) -> Iterator[tuple[int, list[int]]]:
    for version in (4, 6):
        highest = 1 << 128
        hosts = sorted(host for each, host in spots if each == version and 0 <= host < highest)
        for some in pieces(hosts, AT_ONCE):
            yield version, list(some)
