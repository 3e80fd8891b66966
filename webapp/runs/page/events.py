"""What happened to a run, and how long after what had happened before."""

from __future__ import annotations

from datetime import timedelta

from webapp.runs import story
from webapp.runs.models import Run
from webapp.runs.story import Entry


def of(run: Run) -> list[tuple[Entry, timedelta | None]]:
    """Everything that happened to run, in order, each with the time since the one before; None with the first."""
    entries = story.of(run)
    before = [None, *(entry.at for entry in entries)]
    return [(entry, entry.at - last if last else None) for entry, last in zip(entries, before, strict=False)]
