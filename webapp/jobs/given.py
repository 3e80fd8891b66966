"""Objects as run() gets them: plain data, which is the same in a worker and in a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class GivenObject:
    """An object as run() gets it: plain data, as it was when the run began. Its facts are attributes."""

    kind: str
    id: Any
    display: str = field(compare=False)
    url: str = field(default="", compare=False, repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        return self.display

    def __getattr__(self, name: str) -> Any:
        facts = self.__dict__.get("facts", {})  # copies are made without __init__
        if name in facts:
            return facts[name]
        raise AttributeError(f"an object of the kind {self.__dict__.get('kind')} has no {name!r} here")

    @property
    def pk(self) -> Any:
        """The id, as authors of the reference call it."""
        return self.id

    def get_absolute_url(self) -> str:
        """The page of the object, if it has one; for `extra={"object": …}` and items."""
        return self.url


def object_from(told: Mapping[str, Any] | None) -> GivenObject | None:
    """The object of which told has the fields, ready for JSON; none for none."""
    return None if told is None else GivenObject(**told)
