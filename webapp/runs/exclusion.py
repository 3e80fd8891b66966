"""What keeps a run apart from others: a key that excludes them, and what becomes of one that finds no place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from webapp.catalogue.models import Job
from webapp.errors import NotPossible
from webapp.jobs import concurrency
from webapp.runs import cancelling, slots
from webapp.runs.models import SINGLETON, Run
from webapp.sealing import fingerprint


@dataclass(frozen=True)
class Refused:
    """Why a run may not start, as it is written down."""

    reason: str
    error: dict[str, Any] | None = None


def of(job: Job, inputs: dict[str, Any]) -> dict[str, Any]:
    """What the row of a run of job with these inputs says of it: nothing, or the key, how many at once, and what to do
    beyond that."""
    if job.is_singleton:
        key, limit, on_conflict = job.class_path, 1, SINGLETON
    elif job.concurrency:
        key = concurrency.key_of(job.concurrency, job.class_path, inputs)
        limit, on_conflict = job.concurrency["limit"], job.concurrency["on_conflict"]
    else:
        return {}
    # A fingerprint: the key may be made of inputs that nobody is to see.
    return {"concurrency_key": fingerprint({"key": key}), "concurrency_limit": limit, "on_conflict": on_conflict}


def require_place(exclusion: dict[str, Any]) -> None:
    """Go on only if a run that is so kept apart has a chance.

    :raises NotPossible: it would be rejected at its claim, as one of two is that come at the same moment.
    """
    if exclusion.get("on_conflict") != concurrency.REJECT:
        return
    others, limit = slots.unfinished(exclusion["concurrency_key"]), exclusion["concurrency_limit"]
    if len(others) >= limit:
        raise NotPossible(f"Run #{others[0]} of this kind is not over yet, and the job allows {_at_once(limit)}.")


def replaces(exclusion: dict[str, Any]) -> bool:
    """Whether earlier runs of its key make way for a run that is so kept apart."""
    return exclusion.get("on_conflict") == concurrency.REPLACE


def make_room(run: Run) -> None:
    """As many earlier runs of its key make way for run, which has just been made, as needed, the oldest first. It waits
    until they have."""
    others = [number for number in slots.unfinished(run.concurrency_key or "") if number != run.number]
    for number in others[: len(others) - run.concurrency_limit + 1]:
        with suppress(NotPossible):  # it has just ended by itself
            cancelling.cancel_as(number, run.user_name, f"run #{run.number} takes its place")


def place(row: Any) -> tuple[int | None, Refused | None]:
    """The slot that the run gets among those of its key, if it has one; or why it has to end.

    :raises NotPossible: it has to wait.
    """
    if row.concurrency_key is None:
        return None, None
    slot = slots.free(row.concurrency_key, row.concurrency_limit)
    if slot is not None:
        return slot, None
    if row.on_conflict == SINGLETON:
        message = f"Job '{row.job_name}' is a singleton and already running."
        error = {"exc_type": "RunJobTaskFailed", "exc_module": "webapp.runs", "exc_message": [message]}
        return None, Refused(message, error)
    if row.on_conflict == concurrency.REJECT:
        holder = slots.holder(row.concurrency_key)
        allowed = _at_once(row.concurrency_limit)
        return None, Refused(f"Not started: run #{holder} is still going on, and its job allows {allowed}.")
    raise NotPossible("All places of its key are taken.")


def _at_once(limit: int) -> str:
    return "only one at a time" if limit == 1 else f"only {limit} at a time"
