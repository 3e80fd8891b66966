"""How a reader has left groups in other runs of the job: by their titles, which the browser keeps and tells."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

HEADER = "X-Log-Folds"
"""Of a request: `open=Connect&close=Save`."""
MOST = 500
"""Titles that are looked at; browsers tell of fewer."""


@dataclass(frozen=True)
class Habits:
    """The titles of groups that are open, and of those that are folded, whatever became of the groups."""

    opened: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.opened or self.closed)


NONE = Habits()


def read(header: str) -> Habits:
    """What a header says; none if it means nothing."""
    try:
        told = parse_qsl(header, max_num_fields=MOST)
    except ValueError:
        return NONE
    return Habits(
        frozenset(title for how, title in told if how == "open"),
        frozenset(title for how, title in told if how == "close"),
    )
