"""Groups and items in the log of a run: their headings are lines, and what is known of them rides on these.

So they are written in the same transactions, are fenced by the attempt, wait in the same spool while the database is
away, and are written once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, cast

import sqlalchemy as sa

from webapp.db import db, writing
from webapp.jobs.groups import END, GROUP, ITEM, LONGEST_TITLE, LONGEST_URL
from webapp.jobs.items import LONGEST_KEY, LONGEST_MESSAGE
from webapp.jobs.plain import storable, without_colours
from webapp.runs.logs import Line
from webapp.runs.models import ItemState, LogGroup, LogLine, Run

MOST_ITEMS = 10_000
"""Of one attempt; what the job says of others is dropped."""
MOST_OPEN = 1_000
DEEPEST = 8
LONGEST_PATH = 100
NOWHERE = ("", 0, False)
ENDS = (ItemState.SUCCESS, ItemState.FAILURE, ItemState.SKIPPED, ItemState.INTERRUPTED)
COUNTED = {state: f"item_{state}_count" for state in ENDS if state is not ItemState.INTERRUPTED}

groups = cast(sa.Table, LogGroup.__table__)
INSERT = sa.insert(groups)
CLOSE = (
    sa.update(groups)
    .where(groups.c.run_number == sa.bindparam("of_number"), groups.c.seq == sa.bindparam("of_seq"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("state", "message", "ended_us", "end_seq")})
)


class Open:
    """The groups that a job's process has opened, by the numbers that it gives them."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[str, int, bool]] = {0: NOWHERE}
        """The path of the lines in it, the number of its heading, and whether it is an item."""

    def place(self, line: Line, group: int, mark: Sequence[Any]) -> Line | None:
        """line where it belongs; None for the end of a group whose heading is not in the log.

        :raises TypeError, ValueError: no job may say that.
        """
        path, *_ = self._open.get(group, NOWHERE)
        if not mark:
            return line._replace(path=path)
        kind, number, *said = mark
        if not isinstance(number, int):
            raise TypeError("the number of a group is none")
        if kind == END:
            path, heading, is_item = self._open.pop(number, NOWHERE)
            return line._replace(path=path, mark=(END, heading, *_end(is_item, *said))) if heading else None
        return line._replace(path=path, message=_text(line.message, LONGEST_TITLE), mark=(kind, *_heading(kind, *said)))

    def taken(self, line: Line, mark: Sequence[Any], seq: int) -> None:
        """line, which place() gave, is line seq of the log."""
        if line.mark and line.mark[0] != END and len(self._open) <= MOST_OPEN:
            self._open[mark[1]] = path_below(line.path, seq), seq, mark[0] == ITEM


def path_below(path: str, seq: int) -> str:
    """The path of the lines below heading seq; nested too deeply, they stay where the heading is."""
    below = f"{path}{seq}/"
    return below if below.count("/") <= DEEPEST and len(below) <= LONGEST_PATH else path


def growth(lines: Iterable[Line]) -> Counter[str]:
    """How much the counters of the run grow by lines."""
    counts: Counter[str] = Counter()
    for line in lines:
        if not line.mark:
            continue
        if line.mark[0] == END:
            if column := COUNTED.get(line.mark[2]):
                counts[column] += 1
        else:
            counts["group_count"] += 1
            counts["item_count"] += line.mark[0] == ITEM
    return counts


def record(number: int, attempt: int, first: int, lines: Iterable[Line]) -> None:
    """Keep what lines, of which the first has number first, say of groups; belongs inside the transaction of lines."""
    begun, ended = [], []
    for seq, line in enumerate(lines, start=first):
        if not line.mark:
            continue
        if line.mark[0] == END:
            ended.append(_closed(number, seq, line))
        else:
            begun.append(_opened(number, attempt, seq, line))
    if begun:
        writing().execute(INSERT, begun)
    if ended:
        writing().execute(CLOSE, ended)


def headings(run: Run, lines: Sequence[LogLine]) -> dict[int, LogGroup]:
    """The groups whose headings are among lines, by the numbers of these."""
    if not run.group_count or not lines:
        return {}
    there = LogGroup.seq.between(lines[0].seq, lines[-1].seq)
    found = db.session.scalars(sa.select(LogGroup).where(LogGroup.run_number == run.number, there))
    return {group.seq: group for group in found}


def _heading(kind: str, key: str = "", url: str = "") -> tuple[str, str]:
    if kind not in (GROUP, ITEM):
        raise ValueError(f"{kind!r} is no mark of a line")
    return _text(key, LONGEST_KEY), _text(url, LONGEST_URL)


def _end(is_item: bool, state: str = "", message: str = "") -> tuple[str, str]:
    if state not in (ENDS if is_item else ("",)):
        raise ValueError(f"{state!r} is no end of {'an item' if is_item else 'a group'}")
    return state, storable(message)[:LONGEST_MESSAGE]


def _text(text: str, longest: int) -> str:
    return without_colours(storable(text))[:longest]


def _opened(number: int, attempt: int, seq: int, line: Line) -> dict[str, Any]:
    kind, key, url = line.mark
    return {
        **{"run_number": number, "seq": seq, "attempt": attempt, "is_item": kind == ITEM, "title": line.message},
        **{"path": path_below(line.path, seq), "key": key, "url": url, "started_us": line.at_us},
        **{"state": ItemState.RUNNING, "message": ""},
    }


def _closed(number: int, seq: int, line: Line) -> dict[str, Any]:
    _, heading, state, message = line.mark
    return {
        **{"of_number": number, "of_seq": heading, "new_state": state or ItemState.SUCCESS, "new_message": message},
        **{"new_ended_us": line.at_us, "new_end_seq": seq},
    }
