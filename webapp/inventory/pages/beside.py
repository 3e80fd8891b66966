"""What the pages of some kinds show beside their fields: a tree, a rack, ports. Features and apps add theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from webapp.accounts.models import User
from webapp.inventory.models import Object

EXTENSION = "inventory_beside"
Tell = Callable[[Any, User], Mapping[str, Any] | None]
"""What a template needs to know of an object for a user; None if there is nothing to show."""


@dataclass(frozen=True)
class Part:
    """A part of the page of each object of a kind."""

    kind: str
    template: str
    """It gets the object as `row`, and what `tell` says as `told`."""
    tell: Tell
    side: bool = False
    """Whether it is narrow and stands at the side."""
    covers: frozenset[tuple[str, str]] = frozenset()
    """Kinds and fields of related objects that it shows in their stead."""


def add(app: Flask, part: Part) -> None:
    """Show part on the page of every object of its kind."""
    app.extensions.setdefault(EXTENSION, []).append(part)


def of(kind: str) -> list[Part]:
    """The parts for a kind, in the order in which they were added."""
    return [part for part in current_app.extensions.get(EXTENSION, []) if part.kind == kind]


def told(parts: list[Part], row: Object, user: User) -> list[tuple[Part, Mapping[str, Any]]]:
    """Those of parts that have something to show of row, with what their templates need."""
    return [(part, found) for part in parts if (found := part.tell(row, user)) is not None]
