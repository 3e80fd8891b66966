"""The items of two runs: which of them came to another end."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from webapp.db import db
from webapp.jobs.plain import without_colours
from webapp.runs.comparing.facts import to_come
from webapp.runs.comparing.levelling import levelled
from webapp.runs.log.models import ItemState, LogGroup
from webapp.runs.models import Run

SHOWN = 200
ORDER = ("worse", "failed otherwise", "new", "gone", "better", "changed")
"""How two items may differ, and which of them people want to see first."""
BAD = (ItemState.FAILURE, ItemState.INTERRUPTED)
COLUMNS = (LogGroup.seq, LogGroup.key, LogGroup.title, LogGroup.state, LogGroup.message)


@dataclass(frozen=True)
class Item:
    """What became of one object in one run."""

    run: Run
    seq: int
    title: str
    state: ItemState
    message: str


@dataclass(frozen=True)
class Pair:
    """The same object in both runs; None where one of them did not come to it."""

    title: str
    word: str
    left: Item | None
    right: Item | None


@dataclass
class Items:
    """What differs between the items of two runs."""

    shown: list[Pair] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """How many pairs there are of each word."""
    same: int = 0
    """How many came to the same end."""

    @property
    def count(self) -> int:
        """How many differ."""
        return sum(self.counts.values())

    @property
    def one_sided(self) -> bool:
        """Whether only one of the runs has any, and more than one."""
        return self.count > 1 and not self.same and set(self.counts) in ({"new"}, {"gone"})


def of(left: Run, right: Run) -> Items:
    """The items of both that differ, what has got worse first; none to which one of them may still come."""
    one, other = _by_name(left), _by_name(right)
    pairs = [_pair(one.get(name), other.get(name)) for name in dict.fromkeys((*other, *one))]
    pairs = [pair for pair in pairs if not to_come(left, right, pair)]
    differing = sorted((pair for pair in pairs if pair.word), key=lambda pair: ORDER.index(pair.word))
    counts = {word: sum(pair.word == word for pair in differing) for word in ORDER}
    shown = {word: count for word, count in counts.items() if count}
    return Items(differing[:SHOWN], shown, len(pairs) - len(differing))


def _by_name(run: Run) -> dict[tuple[str, int], Item]:
    """The items of the present attempt of run, each by what its object is called and how often that had come before."""
    if not run.item_count:
        return {}
    ours = sa.and_(LogGroup.run_number == run.number, LogGroup.attempt == run.attempt, LogGroup.is_item)
    found, often = dict[tuple[str, int], Item](), dict[str, int]()
    for seq, key, title, state, message in db.session.execute(sa.select(*COLUMNS).where(ours).order_by(LogGroup.seq)):
        name = key or title
        often[name] = often.get(name, 0) + 1
        found[name, often[name]] = Item(run, seq, without_colours(title), _ended(run, state), without_colours(message))
    return found


def _ended(run: Run, state: ItemState) -> ItemState:
    return ItemState.INTERRUPTED if state is ItemState.RUNNING and run.finished else state


def _pair(left: Item | None, right: Item | None) -> Pair:
    if left is None or right is None:
        there = left or right
        return Pair(there.title if there else "", "gone" if left else "new", left, right)
    return Pair(right.title, _word(left, right), left, right)


def _word(left: Item, right: Item) -> str:
    if left.state is right.state:
        return "failed otherwise" if left.state in BAD and _message(left) != _message(right) else ""
    if right.state in BAD and left.state not in BAD:
        return "worse"
    return "better" if left.state in BAD and right.state is ItemState.SUCCESS else "changed"


def _message(item: Item) -> str:
    return levelled(item.message, item.run.number)
