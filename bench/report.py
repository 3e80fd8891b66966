"""The table on the screen, and the same as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.budgets import BARE_RQ, BARE_RQ_MS, BUDGETS, DATABASES, Budget, Figure, share
from webapp.config import PROJECT

FILE = PROJECT / "build" / "bench.json"
HEAD = ("work", "Nautobot", "goal", *DATABASES, "of goal")


class Report:
    """Collects figures by database."""

    def __init__(self) -> None:
        self.load = os.getloadavg()[0]
        self.values: dict[str, dict[str, float]] = defaultdict(dict)
        self.notes: dict[str, dict[str, str]] = defaultdict(dict)

    def add(self, database: str, figure: Figure) -> None:
        """Keep a figure."""
        self.values[figure.key][database] = figure.value
        if figure.note:
            self.notes[figure.key][database] = figure.note

    def table(self) -> str:
        """The rows that have figures, and what is to be said about them."""
        rows = [HEAD, *(_row(budget, self.values[budget.key]) for budget in self._measured())]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [" | ".join(_aligned(row, widths)).rstrip() for row in rows]
        return "\n".join([lines[0], "-|-".join("-" * width for width in widths), *lines[1:], "", *self._remarks()])

    def write(self, path: Path = FILE) -> None:
        """Keep everything in a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self._everything(), indent=2) + "\n")

    def _measured(self) -> list[Budget]:
        return [budget for budget in BUDGETS if budget.key in self.values]

    def _remarks(self) -> list[str]:
        said = ["“of goal”: how much of the budget is used, where it is more; 1.00 or less keeps it."]
        for budget in self._measured():
            said += [f"{budget.work}, {database}: {note}" for database, note in self.notes[budget.key].items()]
        said += [f"{os.cpu_count()} processors, load {self.load:.1f} at the start"]
        if bare := self.values.get(BARE_RQ):
            pace = min(bare.values()) / BARE_RQ_MS
            said += [f"Bare RQ takes {pace:.2f} times as long here as on the machine for which the goals were set."]
        return said

    def _everything(self) -> dict[str, Any]:
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": _commit(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
            "load": self.load,
            "figures": [self._figure(budget) for budget in self._measured()],
        }

    def _figure(self, budget: Budget) -> dict[str, Any]:
        values = self.values[budget.key]
        return {
            "key": budget.key,
            "work": budget.work,
            "unit": budget.unit,
            "nautobot": budget.nautobot or None,
            "goal": {database: budget.goal_on(database) for database in DATABASES},
            "measured": values,
            "of_goal": share(budget, values),
            "notes": self.notes[budget.key],
        }


def _row(budget: Budget, values: dict[str, float]) -> tuple[str, ...]:
    measured = [_number(values[name]) if name in values else "" for name in DATABASES]
    used = share(budget, values)
    return (budget.work, budget.nautobot, _goal(budget), *measured, "" if used is None else f"{used:.2f}")


def _goal(budget: Budget) -> str:
    goals = dict.fromkeys(budget.goal_on(database) for database in DATABASES)
    sign = ">" if budget.more_is_better else "<"
    texts = [_number(goal) for goal in goals if goal is not None]
    return f"{sign} {' / '.join(texts)} {budget.unit}" if texts else budget.unit


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    first, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return [first, *(cell.strip().rjust(len(cell)) for cell in others)]


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
