"""Cables over the API: where they end, and what ends where ports are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from flask_login import current_user

from webapp.accounts.permissions import visible
from webapp.api.bodies import REQUIRED
from webapp.api.columns import filters_of
from webapp.api.depth import prepare
from webapp.api.filters import flag
from webapp.api.lists import Filter
from webapp.api.related import related
from webapp.api.shapes import Shape
from webapp.db import db
from webapp.errors import InvalidInputs
from webapp.inventory import filters, kinds
from webapp.inventory.api import devices, shapes
from webapp.inventory.filters import to_one
from webapp.inventory.models import Cable, CableEnd, Device, Location
from webapp.inventory.models.cables import PORTS, A, B

SIDES = {"termination_a": A, "termination_b": B}
TOLD = tuple(f"{name}{part}" for name in SIDES for part in ("", "_type", "_id"))
KEYS: dict[Any, Any] = {model: getattr(CableEnd, f"{attribute}_id") for model, attribute in PORTS.items()}


def init_app(app: Flask) -> None:
    """Make it known."""
    shapes.add(app, "dcim.cable", shapes.Beside(TOLD, _ends_of, read=_ports))
    filters.add(app, "dcim.cable", CABLES)
    for name, model in devices.PORTS.items():
        key = KEYS[model]
        shapes.add(app, name, shapes.Beside(("cable", "cable_peer_type", "cable_peer"), _plugged(key)))
        ended = sa.exists().where(key == model.id)
        filters.add(app, name, {"has_cable": flag(ended), "cable": _by_cable(model, key)})


def _ends_of(rows: Sequence[Cable]) -> dict[UUID, Shape]:
    """Where each cable ends; a cable brings its ends along."""
    ids: dict[Any, set[UUID]] = {model: set() for model in PORTS}
    for end in (end for row in rows for end in row.ends):
        model, id = _port(end)
        ids[model].add(id)
    for model, wanted in ids.items():
        prepare(wanted, kinds.of(model).name)
    return {row.id: _ends(row) for row in rows}


def _ends(row: Cable) -> Shape:
    told: Shape = dict.fromkeys(TOLD)
    for name, side in SIDES.items():
        for end in (end for end in row.ends if end.side == side):
            told |= _end(name, end)
    return told


def _end(name: str, end: Any) -> Shape:
    model, id = _port(end)
    kind = kinds.of(model)
    return {f"{name}_type": kind.name, f"{name}_id": str(id), name: shapes.reference(kind, id)}


def _port(end: Any) -> tuple[Any, UUID]:
    """The model and the id of what the end of a cable is plugged into."""
    return next((model, id) for model, attribute in PORTS.items() if (id := getattr(end, f"{attribute}_id")))


def _plugged(key: Any) -> shapes.Tell:
    """Tells what is plugged into ports that the column key of an end names."""

    def told(rows: Sequence[Any]) -> dict[UUID, Shape]:
        near = {getattr(end, key.key): end for end in _found(key.in_([row.id for row in rows]))}
        cables = {end.cable_id for end in near.values()}
        prepare(cables, "dcim.cable")
        far = _found(CableEnd.cable_id.in_(cables)) if cables else []
        peers = {(end.cable_id, end.side): end for end in far}
        return {row.id: _plug(near.get(row.id), peers) for row in rows}

    return told


def _plug(near: Any, ends: Mapping[tuple[UUID, str], Any]) -> Shape:
    peer = ends.get((near.cable_id, B if near.side == A else A)) if near else None
    return {
        "cable": shapes.reference(kinds.of(Cable), near.cable_id if near else None),
        "cable_peer_type": None,
        "cable_peer": None,
        **(_end("cable_peer", peer) if peer else {}),
    }


def _found(condition: sa.ColumnElement[bool]) -> Sequence[Any]:
    table: Any = CableEnd
    return db.session.execute(sa.select(*table.__table__.columns).where(condition)).all()


def _ports(given: Mapping[str, Any]) -> dict[str, Any]:
    """The ports in which a new cable is to end.

    :raises InvalidInputs: one is missing, or none that the caller sees.
    """
    errors: dict[str, list[str]] = {}
    found: dict[str, Any] = {}
    for name in SIDES:
        errors |= {f"{name}{part}": [REQUIRED] for part in ("_type", "_id") if given.get(f"{name}{part}") is None}
        if f"{name}_type" in errors or f"{name}_id" in errors:
            continue
        models = {kinds.of(model).name: model for model in PORTS}
        wanted = given[f"{name}_type"]
        if not isinstance(wanted, str) or wanted not in models:
            errors[f"{name}_type"] = [f"Give one of {', '.join(models)}."]
            continue
        try:
            found[name] = related(visible(models[wanted], current_user), given[f"{name}_id"])
        except ValueError as problem:
            errors[f"{name}_id"] = [str(problem)]
    if errors:
        raise InvalidInputs(errors)
    return found


def _by_cable(model: Any, key: Any) -> Filter:
    found = to_one(CableEnd.cable_id, Cable)
    return lambda values: model.id.in_(sa.select(key).where(found(values), key.is_not(None)))


def _of_ports(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The cable ends in a port of a device for which condition holds."""
    ends = [
        sa.select(CableEnd.cable_id).join(model, model.id == key).join(Device, Device.id == model.device_id)
        for model, key in KEYS.items()
    ]
    return Cable.id.in_(sa.union(*(end.where(condition) for end in ends)))


def _at(side: str) -> Filter:
    """The cable ends on that side in a port with one of these ids."""
    ids = [filters_of(id=key)["id"] for key in KEYS.values()]

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        either = sa.or_(*(id(values) for id in ids))
        return Cable.id.in_(sa.select(CableEnd.cable_id).where(CableEnd.side == side, either))

    return condition


CABLES: dict[str, Filter] = {
    "device": lambda values: _of_ports(to_one(Device.id, Device)(values)),
    "location": lambda values: _of_ports(to_one(Device.location_id, Location, tree=True)(values)),
    **{f"{name}_id": _at(side) for name, side in SIDES.items()},
}
