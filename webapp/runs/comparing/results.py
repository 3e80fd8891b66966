"""What two runs gave back: where it differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.runs.comparing.facts import both_over
from webapp.runs.comparing.files import Pair, link
from webapp.runs.models import Run
from webapp.runs.page import trees
from webapp.runs.page.trees import Node

SHOWN = 200
MOST_LEAVES = 20_000
"""Values of a result that are looked at."""
FEWEST_NODES = 20
"""Values that are shown of one that holds others, however many such there are."""
ABSENT = object()
Place = tuple[str, Any, Any]
"""Where something stands, and what it is in both."""


@dataclass(frozen=True)
class Leaf:
    """A value somewhere in a result, or all that only one of them has there; of a word that says how it differs."""

    path: str
    word: str
    left: Any = None
    right: Any = None


@dataclass
class Result:
    """What differs between two results."""

    shown: list[Leaf] = field(default_factory=list)
    count: int = 0
    same: int = 0
    cut: bool = False
    """Whether they are too large to be looked at as a whole."""
    none: bool = False
    """Whether there is nothing to compare: neither run gave anything back, or one of them still may."""

    def tree(self, value: Any) -> Node | None:
        """value, which is one of those shown, to be unfolded; None if it holds no others."""
        if not value or not isinstance(value, dict | list):
            return None
        found = trees.of(value, max(FEWEST_NODES, trees.MOST_NODES // len(self.shown)))
        found.open = False
        return found


def of(left: Run, right: Run, files: Sequence[Pair]) -> Result:
    """The values that differ between the results of two runs, in the order of the second; links to those of files that
    have the same content do not."""
    if left.result is None and right.result is None or not both_over(left, right):
        return Result(none=True)
    found, links = Result(), _links(files)
    for looked, (path, one, other) in enumerate(_walk(*(_given_back(run) for run in (left, right)))):
        if looked == MOST_LEAVES:
            found.cut = True
            break
        word = _word(one, other, links)
        found.same += not word
        found.count += bool(word)
        if word and len(found.shown) < SHOWN:
            found.shown.append(Leaf(path or ".", word, one, other))
    return found


def _given_back(run: Run) -> Any:
    return ABSENT if run.result is None else run.result


def _links(files: Sequence[Pair]) -> dict[str, str]:
    """What stands for links to files that both have, by the link."""
    same = [pair for pair in files if not pair.word]
    return {link(file): pair.name for pair in same for file in (pair.left, pair.right) if file}


def _walk(left: Any, right: Any) -> Iterator[Place]:
    """What both hold, each with where it stands: `.sites[0].name`; what only one has, as a whole."""
    waiting: list[Place] = [("", left, right)]
    while waiting:
        path, one, other = waiting.pop()
        if parts := _parts(path, one, other):
            waiting += reversed(parts)
        else:
            yield path, one, other


def _parts(path: str, one: Any, other: Any) -> list[Place]:
    if isinstance(one, dict) and isinstance(other, dict):
        names = dict.fromkeys((*other, *one))
        return [(f"{path}.{name}", one.get(name, ABSENT), other.get(name, ABSENT)) for name in names]
    if isinstance(one, list) and isinstance(other, list):
        shared = min(len(one), len(other))
        both = [(f"{path}[{n}]", one[n], other[n]) for n in range(shared)]
        return both + _beyond(path, one[shared:], other[shared:], shared)
    return []


def _beyond(path: str, one: list[Any], other: list[Any], shared: int) -> list[Place]:
    """What the longer of two lists has more."""
    more = one or other
    if not more:
        return []
    value: Any = more if len(more) > 1 else more[0]
    place = f"{path}[{shared}–{shared + len(more) - 1}]" if len(more) > 1 else f"{path}[{shared}]"
    return [(place, value if one else ABSENT, value if other else ABSENT)]


def _word(one: Any, other: Any, links: Mapping[str, str]) -> str:
    if one is ABSENT:
        return "new"
    if other is ABSENT:
        return "gone"
    if isinstance(one, str) and isinstance(other, str):
        one, other = links.get(one, one), links.get(other, other)
    return "" if type(one) is type(other) and one == other else "changed"
