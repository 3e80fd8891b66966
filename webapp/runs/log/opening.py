"""What of a log is there when its page opens: the lines that the reader came for; the rest is loaded as it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from webapp.runs.groups import headings
from webapp.runs.log import folding
from webapp.runs.log.asked import Asked
from webapp.runs.log.blocks import SIZE, Block
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.log.reading import Reading
from webapp.runs.logs import GRAVE
from webapp.runs.models import Run, State

AROUND = 100
"""Lines on both sides of one that is asked for that are there at once."""


@dataclass
class Part:
    """A stretch of the log: a block with its lines, or blocks that are loaded later."""

    blocks: list[Block]
    lines: list[LogLine] = field(default_factory=list)
    groups: dict[int, LogGroup] = field(default_factory=dict)
    """Those whose headings are among lines, by the numbers of these."""
    folded: set[int] = field(default_factory=set)
    """The headings of those that are folded."""
    loaded: bool = False

    @property
    def first(self) -> int:
        return self.blocks[0].first

    @property
    def last(self) -> int:
        return self.blocks[-1].last

    @property
    def left_out(self) -> dict[int, int]:
        """By the numbers of lines: how many lines ahead of them are not shown; those that are, in a row, not named."""
        before = [self.first - 1, *(line.seq for line in self.lines)]
        gaps = ((line.seq, line.seq - last - 1) for last, line in zip(before, self.lines, strict=False))
        return {seq: gap for seq, gap in gaps if gap}


def opened(reading: Reading, at: int | None) -> list[Part]:
    """The log in parts: those around line `at`, or where a reader wants to begin, with their lines."""
    at = at or beginning(reading)
    wanted = {block for block in reading.blocks if block.first <= at + AROUND and block.last >= at - AROUND}
    if reading.blocks and not wanted:
        wanted = {min(reading.blocks, key=lambda block: min(abs(block.first - at), abs(block.last - at)))}
    return list(_parts(reading, wanted))


def beginning(reading: Reading) -> int:
    """Where a reader wants to begin: at the newest line, at the first error, or at the first line."""
    run = reading.run
    if not run.finished:
        return run.last_seq
    if run.state is not State.SUCCESS and run.error_count:
        return reading.first_of(GRAVE) or 1
    return 1


def part(reading: Reading, block: Block) -> Part:
    """block with its lines."""
    return with_lines(reading, block, reading.between(block.first, block.last))


def with_lines(reading: Reading, block: Block, lines: list[LogLine]) -> Part:
    """block with these lines."""
    groups = headings(reading.run, lines)
    folds = set() if reading.asked.narrowed else folding.folded(reading.run, reading.asked, set(groups))
    return Part([block], lines, groups, folds, loaded=True)


def at_lines(run: Run, asked: Asked, at: range) -> Asked:
    """asked with the groups open in which the lines `at` stand."""
    if not at or not run.group_count:
        return asked
    return folding.unfolded(run, asked, Reading(run, asked).paths(at.start, at.stop - 1))


def skipped(first: int, last: int) -> Part:
    """Lines from first to last, to be loaded later."""
    return Part([Block(n, min(last, n + SIZE - 1), min(SIZE, last - n + 1)) for n in range(first, last + 1, SIZE)])


def _parts(reading: Reading, wanted: set[Block]) -> Iterator[Part]:
    for loaded, blocks in groupby(reading.blocks, key=wanted.__contains__):
        if loaded:
            yield from (part(reading, block) for block in blocks)
        else:
            yield Part(list(blocks))
