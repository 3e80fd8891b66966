"""What the rows of two runs say, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from webapp.runs.models import Run
from webapp.runs.page import usual
from webapp.ui.filters import duration

SHORT = 8
"""Characters that tell versions of code apart."""
NOTICED = 0.1
"""Seconds by which runs differ before anybody calls one longer."""

GOES_ON = "still running"


class Pair(Protocol):
    """The same thing of both runs; None where it is not there."""

    @property
    def left(self) -> object: ...
    @property
    def right(self) -> object: ...


@dataclass(frozen=True)
class Fact:
    """One thing about two runs."""

    label: str
    left: Any
    right: Any
    kind: str = "text"
    """How it is shown: as text, state, moment or length."""
    words: str = ""
    """How they differ; empty where they do not, or where nobody expects them to be equal."""


def of(left: Run, right: Run) -> list[Fact]:
    """What is worth knowing of both, whether it differs or not."""
    counted = "differs" if both_over(left, right) else GOES_ON
    facts = [
        _fact("State", left.state, right.state, "state"),
        Fact("Started", left.started_at, right.started_at, "moment"),
        Fact("Took", seconds(left), seconds(right), "length", longer(left, right)),
        _fact("By", left.user_name, right.user_name),
        _fact("Queue", left.queue, right.queue),
        _fact("Worker", left.worker, right.worker),
        _fact("Code", _short(left), _short(right), words="another version"),
        _fact("Dry run", _yes(left.dry_run), _yes(right.dry_run)),
        _fact("Attempts", left.starts, right.starts),
        _fact("Warnings", left.warning_count, right.warning_count, words=counted),
        _fact("Errors", left.error_count, right.error_count, words=counted),
        _fact("Reason", left.reason, right.reason),
    ]
    return [fact for fact in facts if fact.left not in (None, "") or fact.right not in (None, "")]


def both_over(left: Run, right: Run) -> bool:
    """Whether neither of them goes on: before, nobody can say how long they take, or what they come to."""
    return left.finished and right.finished


def to_come(left: Run, right: Run, pair: Pair) -> bool:
    """Whether what one run has and the other one has not may still come there."""
    return (pair.left is None and not left.finished) or (pair.right is None and not right.finished)


def longer(left: Run, right: Run) -> str:
    """How much longer or shorter the second took, in words; empty if nobody would notice."""
    one, other = seconds(left), seconds(right)
    if one is None or other is None:
        return ""
    if not both_over(left, right):
        return GOES_ON
    more = other - one
    return f"{duration(abs(more))} {'longer' if more > 0 else 'shorter'}" if abs(more) >= NOTICED else ""


def seconds(run: Run) -> float | None:
    """How long run took, or has taken so far; None if it has not begun."""
    return usual.elapsed(run) if run.started_at else None


def same_code(left: Run, right: Run) -> bool | None:
    """Whether both ran the same version of their code; None if one has not been claimed."""
    if left.code_version is None or right.code_version is None:
        return None
    return left.code_version == right.code_version


def _fact(label: str, left: Any, right: Any, kind: str = "text", words: str = "differs") -> Fact:
    return Fact(label, left, right, kind, words if left != right else "")


def _short(run: Run) -> str | None:
    return run.code_version and run.code_version[:SHORT]


def _yes(value: bool) -> str:
    return "yes" if value else "no"
