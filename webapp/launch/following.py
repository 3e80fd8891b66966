"""Following a run from a terminal: its log as it grows, then how it ended."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from webapp.db import db
from webapp.runs import logs, waiting
from webapp.runs.models import Run, State

WINDOW = 1000
PATIENCE_SECONDS = 3.0
"""After so long in the queue it says why it waits, and looks again after as long."""


class Follower:
    """Prints what is new of run number whenever it looks."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._last = 0
        self._ask_at = time.monotonic() + PATIENCE_SECONDS
        self._told = ""

    def look(self) -> bool:
        """Print the lines that have come since; True once the run is over and all of them are printed."""
        run = self._run()
        over = run.finished
        while lines := logs.after(self.number, self._last, WINDOW):
            print_lines([logs.of_row(line) for line in lines])
            self._last = lines[-1].seq
        if run.state == State.QUEUED and time.monotonic() >= self._ask_at:
            self._say_why(run)
        return over

    def _say_why(self, run: Run) -> None:
        self._ask_at = time.monotonic() + PATIENCE_SECONDS
        reason = str(waiting.why(run))
        if reason != self._told:
            click.echo(reason, err=True)
        self._told = reason

    def close(self) -> State:
        """Say how the run ended; gives its final state."""
        run = self._run()
        if run.result is not None:
            click.echo(json.dumps(run.result, indent=2, ensure_ascii=False))
        if run.traceback:
            click.echo(run.traceback, err=True)
        took = f" after {run.duration.total_seconds():.1f} s" if run.duration is not None else ""
        click.echo(f"Run #{run.number}: {run.word}{took}")
        if run.reason:
            click.echo(run.reason, err=True)
        return run.state

    def _run(self) -> Run:
        db.session.rollback()
        return db.session.get_one(Run, self.number)


def print_lines(lines: Sequence[logs.Line]) -> None:
    """Print lines of a log, each with its time in UTC, level, grouping and object."""
    for line in lines:
        clock = datetime.fromtimestamp(line.at_us / 1_000_000, UTC)
        about = f"{line.object_text}: " if line.object_text else ""
        indent = "  " * line.path.count("/")
        click.echo(f"{clock:%H:%M:%S} {line.level:8} {line.grouping}: {indent}{about}{line.message}")
