"""Addresses: each kind has the same ones, below its own path. One rule answers for all kinds that have an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter, ValidationError

from webapp.accounts.gate import needs
from webapp.api.roots import announce
from webapp.errors import NotFound
from webapp.inventory import kinds
from webapp.inventory.kinds import ObjectKind

EXTENSION = "inventory.routes"
KIND = "kind"
View = Callable[..., Any]


@dataclass(frozen=True)
class Answering:
    """Who answers for a kind, and the permission that it takes."""

    view: View
    permission: str


class KindConverter(BaseConverter):
    """The path of a kind, as in "dcim/devices"."""

    regex = r"[a-z0-9-]+/[a-z0-9-]+"
    part_isolating = False

    def to_python(self, value: str) -> ObjectKind:
        """The kind with that path."""
        kind = kinds.at(value)
        if kind is None:
            raise ValidationError
        return kind

    def to_url(self, value: ObjectKind) -> str:
        """The path of a kind."""
        return value.path


def init_app(app: Flask) -> None:
    """Let rules name kinds."""
    app.url_map.converters[KIND] = KindConverter
    app.url_defaults(_of_the_same_kind)


def add(
    app: Flask,
    kind: ObjectKind,
    name: str,
    rule: str,
    view: View,
    action: str = "view",
    methods: Sequence[str] = ("GET",),
    *,
    api: bool = False,
    permission: str | None = None,
) -> None:
    """Answer at the path of kind and rule, such as "<uuid:id>/", by view(kind, …), for who may do action with objects
    of the kind, or has that permission; api puts it below /api/. name tells the addresses of a kind apart.
    """
    endpoint = endpoint_of(name, api=api)
    answering: dict[str, Answering] = app.extensions.setdefault(EXTENSION, {}).setdefault(endpoint, {})
    if not answering:
        path = f"/api/<{KIND}:{KIND}>/{rule}" if api else f"/<{KIND}:{KIND}>/{rule}"
        app.add_url_rule(path, endpoint, _dispatching(answering), methods=methods, strict_slashes=False)
    if api:
        announce(app, f"/api/{kind.path}/")
    answering[kind.name] = Answering(view, permission or kind.permission(action))


def url(kind: ObjectKind, name: str, /, *, api: bool = False, **values: Any) -> str:
    """The address of kind with that name."""
    return url_for(endpoint_of(name, api=api), **{KIND: kind, **values})


def exists(kind: ObjectKind, name: str) -> bool:
    """Whether kind has an address with that name."""
    return kind.name in current_app.extensions[EXTENSION].get(endpoint_of(name), {})


def endpoint_of(name: str, *, api: bool = False) -> str:
    """What Flask calls the addresses of that name; all of them look like those of one blueprint."""
    return f"inventory{'_api' if api else ''}.{name}"


def _dispatching(answering: Mapping[str, Answering]) -> View:
    """A view that asks the one of the kind, and lets in who may ask that."""

    def there(kind: ObjectKind) -> Answering:
        if kind.name not in answering:
            raise NotFound("Not found.")
        return answering[kind.name]

    def answer(kind: ObjectKind, **values: Any) -> Any:
        if (whole := _with_slash()) is not None:
            return whole
        return there(kind).view(kind, **values)

    return needs(lambda values: there(values[KIND]).permission)(answer)


def _with_slash() -> ResponseReturnValue | None:
    """A redirect to the address of the page, if it is asked for without the slash at its end.

    Left to the rules, whatever looks like the path of a kind would be redirected, be it one or not.
    """
    if request.url_rule is None or request.path.startswith("/api/") or request.path.endswith("/"):
        return None
    if not request.url_rule.rule.endswith("/"):
        return None
    query = request.query_string.decode(errors="replace")
    return redirect(f"{request.path}/?{query}" if query else f"{request.path}/", 308)


def _of_the_same_kind(endpoint: str, values: dict[str, Any]) -> None:
    """An address that does not say of which kind it is, is of the kind of the page."""
    here = (request.view_args or {}).get(KIND) if request else None
    if here is not None and KIND not in values and current_app.url_map.is_endpoint_expecting(endpoint, KIND):
        values[KIND] = here
