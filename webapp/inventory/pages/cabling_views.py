"""Connecting a port with another one by a cable."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.errors import InvalidInputs
from webapp.inventory import kinds, reading, routes, service
from webapp.inventory.fields import Field
from webapp.inventory.forms import ObjectForm, defaults_of
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Device
from webapp.inventory.models.cables import PORTS
from webapp.inventory.pages import edit_views
from webapp.inventory.pages.ports import CABLE, OTHERS


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """The addresses at which ports are connected, if kind is the one of cables."""
    if kind.name != CABLE:
        return
    for model in PORTS:
        label = model.__name__.lower()
        rule = f"add/{label}/<uuid:id>/"
        routes.add(app, kind, f"connect_{label}", rule, partial(connect, model), "add")
        routes.add(app, kind, f"connected_{label}", rule, partial(connected, model), "add", ("POST",))
    routes.add(app, kind, "new", "add/", begin, "add")


def begin(kind: ObjectKind) -> str:
    """How to come by a cable."""
    return render_template("inventory/begin_cable.html", kind=kind, device=kinds.of(Device))


def connect(model: Any, kind: ObjectKind, id: UUID) -> str:
    """The form that connects a port."""
    port = service.by_id(kinds.of(model), id, current_user)
    shown = defaults_of(kind) | {name: request.args.get(name, "") for name in ("device", "port")}
    return edit_views.new_page(kind, ObjectForm(kind, shown=shown, more=_ends(model)), port)


def connected(model: Any, kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """Make the cable; or show the form again with what is wrong."""
    port = service.by_id(kinds.of(model), id, current_user)
    more = _ends(model)
    form = ObjectForm(kind, request.form, defaults_of(kind), more)
    raw = form.raw()
    raw.pop("device")
    try:
        raw |= {"termination_a": port, "termination_b": _other(more["port"], raw.pop("port"))}
        cable = service.create(kind, raw, current_user)
    except InvalidInputs as refusal:
        form.refuse(refusal.errors)
        return edit_views.new_page(kind, form, port), 400
    return edit_views.made(kind, cable, port.device)


def _other(field: Field, raw: object) -> Any:
    """
    :raises InvalidInputs: raw names no port.
    """
    try:
        return reading.value_of(field, raw, current_user)
    except ValueError as problem:
        raise InvalidInputs({field.name: [str(problem)]}) from None


def _ends(model: Any) -> dict[str, Field]:
    other = kinds.of(OTHERS[model])
    return {
        "device": Field(
            "device",
            "Device",
            "reference",
            nullable=True,
            target=Device,
            help="At the other end: of its ports, those without a cable can be chosen below.",
        ),
        "port": Field("port", other.label[:1].upper() + other.label[1:], "reference", True, target=other.model),
    }
