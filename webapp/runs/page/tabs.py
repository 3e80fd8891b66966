"""The tabs of a run: each is a page with an address of its own, and stands in the same place for every run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for

from webapp.runs.log.models import ItemState
from webapp.runs.models import Run

Counts = dict[ItemState, int]


@dataclass(frozen=True)
class Mark:
    """A number on a tab that asks for attention."""

    count: int
    word: str
    """What so many are."""
    tone: str
    symbol: str


@dataclass(frozen=True)
class Tab:
    """A tab as the page shows it."""

    name: str
    label: str
    href: str
    current: bool
    count: int | None = None
    """How many things are on it; None where that says nothing."""
    marks: list[Mark] = field(default_factory=list)
    empty: bool = False
    """Whether nothing is on it: it keeps its place, but is quiet."""
    counted: bool = True
    """Whether anybody has looked how many things are on it."""


PLACES = {
    "log": ("Log", "runs.show"),
    "items": ("Items", "runs.items"),
    "changes": ("Changes", "run_changes.index"),
    "files": ("Files", "runs.files"),
    "result": ("Result", "runs.result"),
    "inputs": ("Inputs", "runs.inputs"),
    "events": ("Events", "runs.events"),
}
"""Label and endpoint of each tab, in their order."""
INSIDE = {"runs.preview": "runs.files"}
"""Pages that belong to a tab, by their endpoints."""


def of(run: Run, item_counts: Counts, file_count: int, change_count: int | None) -> list[Tab]:
    """The tabs of run; nobody has counted its changes where change_count is None."""
    told: dict[str, dict[str, Any]] = {
        "log": _log(run),
        "items": _items(run, item_counts),
        "changes": {"count": change_count or None, "empty": not change_count, "counted": change_count is not None},
        "files": {"count": file_count or None, "empty": not file_count},
        "result": {"empty": run.result is None},
        "inputs": {"empty": not run.sensitive and not run.inputs},
        "events": {"count": run.state_version},
    }
    labels = {"changes": "Preview"} if run.dry_run else {}
    here = INSIDE.get(request.endpoint or "", request.endpoint)
    return [
        Tab(name, labels.get(name, label), _address(endpoint, run), endpoint == here, **told[name])
        for name, (label, endpoint) in PLACES.items()
    ]


def _address(endpoint: str, run: Run) -> str:
    return url_for(endpoint, number=run.number)


def _log(run: Run) -> dict[str, Any]:
    # While it goes on, the log itself says how far it is.
    return {"count": run.last_seq if run.finished else None, "empty": run.finished and not run.last_seq}


def _items(run: Run, counts: Counts) -> dict[str, Any]:
    failed = counts.get(ItemState.FAILURE, 0)
    marks = [Mark(failed, "failed", "bad", "x-lg")] if failed else []
    return {"count": run.item_count or None, "marks": marks, "empty": not run.item_count}
