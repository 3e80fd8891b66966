"""What supervisors that are gone could not tell, because the database was away: found on disk and brought in.

Lines carry their numbers, so that bringing them in twice, or after an answer that was lost, does no harm.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from webapp.db import AWAY, transaction, writing
from webapp.errors import NotPossible
from webapp.runs import groups, logs, spool, states, steps
from webapp.runs.logs import Line
from webapp.runs.models import ACTIVE, FINAL, State

ACTOR = "spool"
BATCH = 5_000
"""Lines of one transaction."""
REFUSED = ".refused"
"""What a file is called that cannot be brought in; it stays for whoever wants to look."""

log = logging.getLogger(__name__)

Numbered = tuple[int, Line]


def bring_in(data_dir: Path) -> None:
    """Bring in the files in data_dir whose supervisors are gone, and remove them; one that cannot be is set aside."""
    for path, file in spool.left(data_dir):
        try:
            number, attempt = map(int, path.stem.split("-"))
            lines, end = _read(file)
            _bring_in(number, attempt, lines, end)
        except AWAY:
            raise
        except Exception:
            path.rename(path.with_suffix(REFUSED))
            log.exception("%s cannot be brought in", path)
        else:
            path.unlink()
            log.warning("run #%s, attempt %s: %s log lines were found on disk", number, attempt, len(lines))


def _read(file: Iterable[str]) -> tuple[list[Numbered], list[Any] | None]:
    """The lines in file, and how the attempt ended if it says so; the last line may have been cut off."""
    lines: list[Numbered] = []
    for text in file:
        try:
            row = json.loads(text)
        except ValueError:
            break
        if row[0] == spool.END:
            return lines, row[1:]
        lines.append((row[0], Line(*row[1:])))
    return lines, None


def _bring_in(number: int, attempt: int, lines: list[Numbered], end: list[Any] | None) -> None:
    with transaction():
        run = _run(number)
    if run is None:
        return  # it has been deleted meanwhile
    if run.attempt != attempt:
        words = f"{len(lines):,} log lines of attempt {attempt} were found on disk; a later one goes on without them."
        _note(number, attempt, words + _told(end))
        return
    missing = iter([one for one in lines if one[0] > run.last_seq])
    brought = 0
    while batch := list(islice(missing, BATCH)):
        with transaction():
            _insert(number, attempt, batch)
        brought += len(batch)
    if end is not None and run.state in ACTIVE:
        _finish(number, attempt, State(run.state), end)
    elif brought or (end is not None and run.state in FINAL and run.state != end[1]):
        words = f"{brought:,} log lines were found on disk, and are at the end of the log."
        _note(number, attempt, words + _told(end))


def _finish(number: int, attempt: int, state: State, end: list[Any]) -> None:
    try:
        with transaction():
            states.finish(number, attempt, state, State(end[1]), ACTOR, **end[2])
    except NotPossible:
        _note(number, attempt, _told(end).strip())


def _note(number: int, attempt: int, words: str) -> None:
    with transaction():
        states.note_late(number, attempt, ACTOR, words)


def _told(end: list[Any] | None) -> str:
    return f" By its worker's account the attempt ended as: {end[1]}." if end is not None else ""


def _run(number: int) -> Any:
    runs = steps.runs
    query = sa.select(runs.c.state, runs.c.attempt, runs.c.last_seq).where(runs.c.number == number)
    return writing().execute(query).first()


def _insert(number: int, attempt: int, lines: list[Numbered]) -> None:
    """Put lines into the log, whatever the state: nobody else writes for this attempt any more."""
    runs = steps.runs
    counts = logs.levels_of(line for _, line in lines) + groups.growth(line for _, line in lines)
    added = {name: runs.c[name] + count for name, count in counts.items()}
    size = {"last_seq": lines[-1][0], "log_bytes": runs.c.log_bytes + logs.size_of(line for _, line in lines)}
    writing().execute(sa.update(runs).where(runs.c.number == number).values(**size, **added))
    # What a killed supervisor had in memory is missing between two of them.
    for _, together in groupby(enumerate(lines), key=lambda one: one[1][0] - one[0]):
        block = [numbered for _, numbered in together]
        first, told = block[0][0], [line for _, line in block]
        logs.insert(number, first, told)
        groups.record(number, attempt, first, told)
