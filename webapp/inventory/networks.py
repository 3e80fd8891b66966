"""Networks as numbers: where those begin that contain something, and which of many is the smallest that does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

BITS = {4: 32, 6: 128}
"""By version."""
Value = TypeVar("Value")
Item = TypeVar("Item")


def starts(version: int, number: int, longest: int) -> list[int]:
    """The numbers at which networks of at most that length begin that contain number: at most one for each length."""
    bits = BITS[version]
    return sorted({start_of(version, number, length) for length in range(min(longest, bits) + 1)})


def start_of(version: int, number: int, length: int) -> int:
    """Where the network of that length begins that contains number."""
    rest = BITS[version] - length
    return number >> rest << rest


def size_of(version: int, length: int) -> int:
    """How many addresses a network of that length has."""
    return 1 << (BITS[version] - length)


def pieces(items: Iterable[Item], size: int) -> Iterator[Sequence[Item]]:
    """items, in lists of that size at most: databases limit how many values a question has."""
    everything = list(items)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]


@dataclass
class Networks(Generic[Value]):
    """Networks and what they stand for."""

    _known: dict[int, dict[int, dict[int, Value]]] = field(default_factory=dict)
    """By version, length and first number."""

    def add(self, version: int, first: int, length: int, value: Value) -> None:
        """Know one more; of two that are the same the later one counts."""
        self._known.setdefault(version, {}).setdefault(length, {})[first] = value

    def containing(self, version: int, number: int, shorter: int = 129) -> Iterator[Value]:
        """What those stand for that contain number and whose length is below shorter, the smallest first."""
        known = self._known.get(version, {})
        for length in sorted(known, reverse=True):
            if length < shorter:
                value = known[length].get(start_of(version, number, length))
                if value is not None:
                    yield value

    def smallest(self, version: int, number: int, shorter: int = 129) -> Value | None:
        """The first of these, if there is one."""
        return next(self.containing(version, number, shorter), None)
