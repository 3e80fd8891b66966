"""Cables: each has two different ends, and a port has one cable at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from webapp.inventory.integrity.batch import Batch
from webapp.inventory.models import Cable, CableEnd
from webapp.inventory.models.cables import PORTS, A, B, Port
from webapp.inventory.networks import pieces

FIELDS = {A: "termination_a", B: "termination_b"}
REQUIRED = "This field is required."
AT_ONCE = 500


def check(batch: Batch) -> None:
    """Refuse cables that lack an end, begin where they end, or want a port that has a cable."""
    cables = [row for row in batch.written(Cable) if batch.is_new(row)]
    ports = [port for cable in cables for end in cable.ends if (port := end.port) is not None]
    if not cables:
        return
    taken = _with_cables(batch, ports)
    wanted = Counter(ports)
    for cable in cables:
        ends = {end.side: end.port for end in cable.ends}
        for side, field in FIELDS.items():
            port = ends.get(side)
            if port is None:
                batch.refuse(cable, field, REQUIRED)
            elif side == B and port is ends.get(A):
                batch.refuse(cable, field, "A cable does not end where it begins. Choose another port.")
            elif port.id in taken:
                batch.refuse(cable, field, f"{_named(port)} has a cable already.")
            elif wanted[port] > 1 and port is not ends.get(B if side == A else A):
                batch.refuse(cable, field, f"{_named(port)} is wanted by {wanted[port]} cables at once.")


def _named(port: Port) -> str:
    return f"{port.device} {port}"


def _with_cables(batch: Batch, ports: Iterable[Port]) -> set[UUID]:
    """The ids of those of ports that have a cable, which is not about to go."""
    going = {cable.id for cable in batch.gone(Cable)}
    found: set[UUID] = set()
    for model, attribute in PORTS.items():
        column = getattr(CableEnd, f"{attribute}_id")
        ids = [port.id for port in ports if isinstance(port, model)]
        for some in pieces(ids, AT_ONCE):
            query = sa.select(column, CableEnd.cable_id).where(column.in_(some))
            found |= {port for port, cable in batch.session.execute(query) if cable not in going}
    return found
