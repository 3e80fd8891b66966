"""What every page of a run needs for the frame around it: its header, its tabs, and what keeps them up to date."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from flask_login import current_user

from webapp.runs import cancelling, files, items, key_inputs, pins, repeats, retention, story, waiting
from webapp.runs.changed import Changes
from webapp.runs.models import Run
from webapp.runs.page import header, tabs, usual

ROW = (
    *("state_version", "worker", "kill_at", "kill_requested_at", "warning_count", "error_count", "progress_words"),
    *("item_count", "item_success_count", "item_failure_count", "item_skipped_count", "job_id"),
)
"""What of the row of a run its summary shows and what may change."""


def about(run: Run) -> dict[str, Any]:
    """What "runs/_frame.html" is rendered with, around a tab of the page of run."""
    return {**summary(run, counted=True), **keeping(run), "repeats": repeats.of(run, current_user)}


def keeping(run: Run) -> dict[str, Any]:
    """What "runs/_pin.html" is rendered with: whether it is kept for good, and who may decide that."""
    return {"run": run, "may_pin": pins.may_pin(run, current_user), "fate": retention.fate(run)}


def summary(run: Run, *, counted: bool = False) -> dict[str, Any]:
    """What "runs/_summary.html" is rendered with: the part of the frame that is asked for again and again.

    Unless they are to be counted, nobody looks how many changes a run that goes on has made.
    """
    item_counts, file_count, typical = items.counts(run), files.count(run), usual.of(run)
    silence = header.silence(run)
    changes = change_count(run) if counted or run.finished else None
    told = {
        "waiting": waiting.why(run),
        "may_cancel": cancelling.may_cancel(run, current_user),
        "may_run_again": header.may_run_again(run, current_user),
        "late": story.late(run),
        "given": key_inputs.shown([run], current_user).get(run.number),
        "item_counts": item_counts,
        "file_count": file_count,
        "usual": typical,
        "left": "" if silence and silence.missed else header.left(run),
        "silence": silence,
        "failure": header.failure(run, current_user),
        "change_count": changes,
    }
    bar, places = typical and usual.bar(run, typical), tabs.of(run, item_counts, file_count, changes)
    return {**told, "run": run, "bar": bar, "tabs": places, "shown": _shown(run, told)}


def change_count(run: Run) -> int:
    """How many changes of run the reader may see."""
    return sum(one.count for one in Changes(run).counts)


def _shown(run: Run, told: dict[str, Any]) -> str:
    """A word for all that a summary says: where it says the same, the page keeps what it has."""
    row = [getattr(run, name) for name in ROW]
    return blake2b(repr((row, told)).encode(errors="replace"), digest_size=6).hexdigest()
