"""The rail on the left, as data: features add their entries when the application is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, request


@dataclass(frozen=True)
class NavEntry:
    """One place that the rail leads to."""

    label: str
    endpoint: str
    icon: str
    permission: str
    """Without it the entry is not shown."""
    position: int
    """Entries stand in this order."""
    covers: tuple[str, ...] = ()
    """Blueprints, beside the endpoint's own, whose pages belong here as well."""
    open_to: Callable[[], bool] | None = None
    """Says whether the entry is shown, where one permission is not all that it may be for."""

    @property
    def current(self) -> bool:
        """Whether the page at hand belongs to this entry."""
        return request.blueprint in (self.endpoint.partition(".")[0], *self.covers)


def init_app(app: Flask) -> None:
    """Give templates `navigation()`."""
    app.extensions.setdefault("navigation", [])
    app.jinja_env.globals["navigation"] = entries


def add(app: Flask, entry: NavEntry) -> None:
    """Put entry into the rail of app."""
    app.extensions.setdefault("navigation", []).append(entry)


def entries() -> list[NavEntry]:
    """All entries in their order, whoever asks; templates leave out what the user may not open."""
    found: list[NavEntry] = current_app.extensions["navigation"]
    return sorted(found, key=lambda entry: entry.position)
