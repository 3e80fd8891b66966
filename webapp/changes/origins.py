"""The runs that changed something: they stand above changes, and say themselves what can be told of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, current_app

EXTENSION = "change_origins"


@dataclass(frozen=True)
class Origin:
    """A run, as far as changes tell of it."""

    number: int
    id: UUID
    class_path: str
    """Of its job."""


Ask = Callable[[Collection[int]], Mapping[int, Origin]]


def ask(app: Flask, those: Ask) -> None:
    """Let app know whom to ask for runs by their numbers: those that are there, and that the reader may see."""
    app.extensions[EXTENSION] = those


def origins(numbers: Collection[int]) -> Mapping[int, Origin]:
    """The runs with these numbers."""
    those: Ask | None = current_app.extensions.get(EXTENSION)
    return those(numbers) if those and numbers else {}
