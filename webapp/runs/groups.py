"""Groups and items in the log of a run: their headings are lines, and what is known of them rides on these.

So they are written in the same transactions, are fenced by the attempt, wait in the same spool while the database is
away, and are written once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, cast

import sqlalchemy as sa

from webapp.db import db, writing
from webapp.jobs.groups import END, ITEM
from webapp.runs.log.models import ItemState, LogGroup, LogLine
from webapp.runs.logs import Line
from webapp.runs.models import Run

MOST_ITEMS = 10_000
"""Of one attempt; what the job says of others is dropped."""
DEEPEST = 8
LONGEST_PATH = 100
ENDS = (ItemState.SUCCESS, ItemState.FAILURE, ItemState.SKIPPED, ItemState.INTERRUPTED)
COUNTED = {state: f"item_{state}_count" for state in ENDS if state is not ItemState.INTERRUPTED}
COUNTS = ("line_count", "warning_count", "error_count")
"""What the last line of a group says of all that are in it, in this order."""

groups = cast(sa.Table, LogGroup.__table__)
INSERT = sa.insert(groups)
CLOSE = (
    sa.update(groups)
    .where(groups.c.run_number == sa.bindparam("of_number"), groups.c.seq == sa.bindparam("of_seq"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("state", "message", "ended_us", "end_seq", *COUNTS)})
)


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


def _opened(number: int, attempt: int, seq: int, line: Line) -> dict[str, Any]:
    kind, key, url = line.mark
    return {
        **{"run_number": number, "seq": seq, "attempt": attempt, "is_item": kind == ITEM, "title": line.message},
        **{"path": path_below(line.path, seq), "key": key, "url": url, "started_us": line.at_us},
        **{"state": ItemState.RUNNING, "message": ""},
    }


def _closed(number: int, seq: int, line: Line) -> dict[str, Any]:
    # One that has waited on disk since before there were counts says none.
    _, heading, state, message, *counted = line.mark
    return {
        **{"of_number": number, "of_seq": heading, "new_state": state or ItemState.SUCCESS, "new_message": message},
        **{"new_ended_us": line.at_us, "new_end_seq": seq},
        **{f"new_{name}": count for name, count in zip_longest(COUNTS, counted, fillvalue=0)},
    }
