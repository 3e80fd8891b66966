"""A log cut into blocks of lines: what is loaded, and what the browser lays out, at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

SIZE = 100
"""Lines of a block."""


class Block(NamedTuple):
    """Numbers of the log, from first to last, and how many of their lines are shown."""

    first: int
    last: int
    size: int


def around(hidden: Iterable[tuple[int, int]], last: int) -> list[Block]:
    """A log of so many lines without the hidden ones, which are told by their first and last numbers, in order."""
    found, first, size, at = list[Block](), 1, 0, 1
    for start, end in (*hidden, (last + 1, last)):
        size += start - at
        while size > SIZE:
            size -= SIZE
            found.append(Block(first, start - size - 1, SIZE))
            first = start - size
        at = end + 1
    return [*found, Block(first, last, size)] if size else found


def joined(blocks: Iterable[Block]) -> list[Block]:
    """Neighbours as one, as long as they have not too many lines together; each begins where the one before ends."""
    found: list[Block] = []
    for block in blocks:
        if found and found[-1].size + block.size <= SIZE:
            found[-1] = Block(found[-1].first, block.last, found[-1].size + block.size)
        else:
            found.append(block._replace(first=found[-1].last + 1 if found else 1))
    return found
