"""What supervisors that are gone could not tell, because the database was away: found on disk and brought in."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from webapp.db import transaction, writing
from webapp.errors import NotPossible
from webapp.runs import logs, spool, states
from webapp.runs.logs import Line
from webapp.runs.models import ACTIVE, State, level_column

ACTOR = "spool"

log = logging.getLogger(__name__)


def bring_in(data_dir: Path) -> None:
    """Bring in the files in data_dir whose supervisors are gone, each in one transaction, and remove them."""
    for path, file in spool.left(data_dir):
        number, attempt = map(int, path.stem.split("-"))
        lines, end = _read(file)
        with transaction():
            _bring_in(number, attempt, lines, end)
        path.unlink()
        log.warning("run #%s, attempt %s: %s log lines were found on disk", number, attempt, len(lines))


def _read(file: Iterable[str]) -> tuple[list[Line], list[Any] | None]:
    """The lines in file, and how the attempt ended if it says so; the last line may have been cut off."""
    lines, end = [], None
    for text in file:
        try:
            row = json.loads(text)
        except ValueError:
            break
        if row[0] == spool.END:
            end = row[1:]
        else:
            lines.append(Line(*row))
    return lines, end


def _bring_in(number: int, attempt: int, lines: list[Line], end: list[Any] | None) -> None:
    runs = states.runs
    row = writing().execute(sa.select(runs.c.state, runs.c.attempt).where(runs.c.number == number)).first()
    if row is None:
        return  # the run has been deleted meanwhile
    ours = row.attempt == attempt
    if ours:
        _append(number, lines)
    if ours and row.state in ACTIVE and end is not None:
        _finish(number, attempt, State(row.state), end)
        return
    words = f"{len(lines):,} log lines of attempt {attempt} were found on disk"
    words += ", and are at the end of the log." if ours else "; a later attempt goes on, so they were left out."
    if end is not None:
        words += f" By its worker's account the attempt ended as: {end[1]}."
    states.note_late(number, attempt, ACTOR, words)


def _finish(number: int, attempt: int, state: State, end: list[Any]) -> None:
    _, to, values = end
    try:
        states.finish(number, attempt, state, State(to), ACTOR, **values)
    except NotPossible:
        states.note_late(number, attempt, ACTOR, f"By its worker's account the attempt ended as: {to}.")


def _append(number: int, lines: list[Line]) -> None:
    """Put lines at the end of the log, whatever the state: nobody else writes for this attempt any more."""
    runs = states.runs
    counts = Counter(level_column(line.level) for line in lines)
    added = {name: runs.c[name] + count for name, count in counts.items()}
    size = {"last_seq": runs.c.last_seq + len(lines), "log_bytes": runs.c.log_bytes + logs.size_of(lines)}
    grown = sa.update(runs).where(runs.c.number == number).values(**size, **added).returning(runs.c.last_seq)
    last: int = writing().execute(grown).scalar_one()
    logs.insert(number, last - len(lines) + 1, lines)
