"""Tabs of a page about one thing, as data: each is a page with an address of its own, and features add theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for

EXTENSION = "tabs"


@dataclass(frozen=True)
class Tab:
    """One page about a thing; its only part is the thing's `id`."""

    label: str
    endpoint: str
    """What Flask calls it, or a name for which the feature knows that."""
    permission: str | None
    """Without it the tab is not shown; None for all who see the thing."""
    order: int


@dataclass(frozen=True)
class Link:
    """A tab as the page shows it."""

    label: str
    href: str
    current: bool


def add(app: Flask, about: str, tab: Tab) -> None:
    """Put tab on the page of everything that is called about."""
    app.extensions.setdefault(EXTENSION, {}).setdefault(about, []).append(tab)


def links(about: str, allowed: Callable[[str], bool], id: Any, endpoint: Callable[[str], str] = str) -> list[Link]:
    """The tabs of the thing with that id, in their order, those whose permission is allowed."""
    found: list[Tab] = current_app.extensions.get(EXTENSION, {}).get(about, [])
    open_to = (tab for tab in found if tab.permission is None or allowed(tab.permission))
    return [_link(tab.label, endpoint(tab.endpoint), id) for tab in sorted(open_to, key=lambda tab: tab.order)]


def _link(label: str, endpoint: str, id: Any) -> Link:
    return Link(label, url_for(endpoint, id=id), request.endpoint == endpoint)
