"""The items of a run a page at a time: what failed first, narrowed by state and by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from webapp.db import db
from webapp.runs.log.models import ItemState, LogGroup
from webapp.runs.models import Run
from webapp.ui.pages import LARGEST

PAGE = 100
LONGEST_TEXT = 100
FAILED_FIRST = (
    (ItemState.FAILURE,),
    (ItemState.RUNNING, ItemState.INTERRUPTED),
    (ItemState.SUCCESS, ItemState.SKIPPED),
)
UNENDED = (ItemState.RUNNING, ItemState.INTERRUPTED)
"""One state in the database: whether its run is over tells them apart."""


@dataclass(frozen=True)
class Place:
    """Where a page ends: the kind of its last item, as FAILED_FIRST counts them, and its number."""

    kind: int
    seq: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.seq}"


@dataclass(frozen=True)
class Asked:
    """What of the items somebody wants to see."""

    state: ItemState | None = None
    text: str = ""
    after: Place | None = None
    unknown: str = ""
    """A state that there is not."""

    @property
    def narrowed(self) -> bool:
        return bool(self.state or self.text)

    @property
    def args(self) -> dict[str, str]:
        """What an address says for it, the page left out."""
        return {name: value for name, value in (("state", self.state and self.state.value), ("q", self.text)) if value}

    @property
    def kinds(self) -> Sequence[tuple[ItemState, ...]]:
        """The states in question, kind by kind in the order in which they are shown."""
        if self.state is None:
            return FAILED_FIRST
        wanted = UNENDED if self.state in UNENDED else (self.state,)
        return [tuple(state for state in kind if state in wanted) for kind in FAILED_FIRST]


@dataclass(frozen=True)
class Page:
    """Some items, and where those begin that follow; None if there are none."""

    rows: list[LogGroup]
    after: Place | None


def read(args: Mapping[str, str]) -> Asked:
    """What an address asks for; where it says wrongly, the first page counts, and a state is kept as unknown."""
    state = args.get("state", "").strip()[:LONGEST_TEXT]
    known = ItemState(state) if state in list(ItemState) else None
    text, after = args.get("q", "").strip()[:LONGEST_TEXT], _place(args.get("after", ""))
    return Asked(known, text, after, "" if known else state)


def page(run: Run, asked: Asked, size: int = PAGE) -> Page:
    """The items of the present attempt of run that asked wants; one question for each kind, none of them sorts."""
    if not run.item_count or asked.unknown:
        return Page([], None)
    start = asked.after or Place(0, 0)
    found: list[tuple[Place, LogGroup]] = []
    for kind, states in enumerate(asked.kinds):
        if kind >= start.kind and states and len(found) <= size:
            query = _query(run, states, asked.text).where(LogGroup.seq > (start.seq if kind == start.kind else 0))
            rows = db.session.scalars(query.limit(size + 1 - len(found)))
            found += [(Place(kind, row.seq), row) for row in rows]
    return Page([row for _, row in found[:size]], found[size - 1][0] if len(found) > size else None)


def _query(run: Run, states: Sequence[ItemState], text: str) -> sa.Select[Any]:
    ours = sa.and_(LogGroup.run_number == run.number, LogGroup.attempt == run.attempt, LogGroup.is_item)
    query = sa.select(LogGroup).where(ours, LogGroup.state.in_(states)).order_by(LogGroup.seq)
    return query.where(LogGroup.title.icontains(text, autoescape=True)) if text else query


def _place(text: str) -> Place | None:
    kind, _, seq = text.partition("-")
    if not (kind.isascii() and kind.isdecimal() and seq.isascii() and seq.isdecimal() and len(text) < 20):
        return None
    return Place(int(kind), int(seq)) if int(seq) <= LARGEST else None
