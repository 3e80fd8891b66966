"""What a reader asks of a log, as the address says it: which lines, how folded, where, and which time beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from webapp.runs.log.habits import NONE, Habits
from webapp.runs.log.models import LEVELS
from webapp.ui.pages import cursor

LEAST_LEVELS = {"": "All levels", "info": "Info and above", "warning": "Warnings and errors", "error": "Errors"}
"""From which level on lines are shown, as people read it."""
SHOWN = {"info": LEVELS[1:], "warning": LEVELS[3:], "error": LEVELS[4:]}
TIMES = {"clock": "Time of day", "elapsed": "Since the start", "relative": "Since the line before"}
FOLDS = {"": "Folded as it went", "open": "All open", "closed": "All folded"}
LONGEST_TEXT = 200
NO_TEXT = str.maketrans("\0\r\n", "   ")
"""What one line cannot say."""
MOST_MARKED = 10_000
"""Lines of a range that an address asks for."""
MOST_TURNED = 100
"""Groups that one address folds and opens by their numbers."""


@dataclass(frozen=True)
class Asked:
    """How one reader wants to see the log of a run."""

    level: str = ""
    """A key of LEAST_LEVELS."""
    text: str = ""
    """What is searched for."""
    exact: bool = False
    """Whether capital letters are others than small ones."""
    only: bool = False
    """Whether only the lines are shown in which it is found."""
    time: str = "clock"
    folds: str = ""
    opened: frozenset[int] = frozenset()
    """Headings of groups that are open although `folds` says otherwise."""
    closed: frozenset[int] = frozenset()
    whole: int | None = None
    """The line that is shown in full, however long it is."""
    habits: Habits = NONE
    """What no address says: how groups are that nobody has turned in this run."""

    @property
    def narrowed(self) -> bool:
        """Whether lines are left out that no group hides."""
        return bool(self.level) or (self.only and bool(self.text))

    @property
    def turns(self) -> bool:
        """Whether groups may be folded."""
        return not self.narrowed and (self.folds != "open" or bool(self.closed or self.habits.closed))

    @property
    def args(self) -> dict[str, Any]:
        """What an address has to say to ask the same again; nothing that goes without saying."""
        said = {
            "level": self.level,
            "q": self.text,
            "case": "1" if self.exact and self.text else "",
            "only": "1" if self.only and self.text else "",
            "time": "" if self.time == "clock" else self.time,
            "folds": self.folds,
            "open": _listed(self.opened),
            "close": _listed(self.closed),
        }
        return {name: value for name, value in said.items() if value}

    def turned(self, heading: int, *, close: bool) -> Asked:
        """The same with the group of that heading folded, or opened."""
        opened, closed = self.opened - {heading}, self.closed - {heading}
        if close:
            return replace(self, opened=opened, closed=closed | {heading})
        return replace(self, opened=opened | {heading}, closed=closed)


def read(args: Mapping[str, str], habits: Habits = NONE) -> Asked:
    """What an address with these arguments asks for, of a reader with such habits; what it cannot mean is not said."""
    return Asked(
        level=_one_of(LEAST_LEVELS, args.get("level", ""), ""),
        text=args.get("q", "").translate(NO_TEXT).strip()[:LONGEST_TEXT],
        exact=args.get("case") == "1",
        only=args.get("only") == "1",
        time=_one_of(TIMES, args.get("time", ""), "clock"),
        folds=_one_of(FOLDS, args.get("folds", ""), ""),
        opened=_numbers(args.get("open", "")),
        closed=_numbers(args.get("close", "")),
        whole=_number(args.get("whole", "")),
        habits=habits,
    )


def place(args: Mapping[str, str]) -> range:
    """The numbers of the lines around which the log is asked for, which it shows in any case; none if it is not."""
    first = _number(args.get("at", ""))
    last = _number(args.get("to", "")) or 0
    return range(first, min(max(first, last) + 1, first + MOST_MARKED)) if first else range(0)


def _one_of(known: Mapping[str, str], value: str, otherwise: str) -> str:
    return value if value in known else otherwise


def _listed(numbers: frozenset[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


def _numbers(text: str) -> frozenset[int]:
    found = (_number(part) for part in text.split(",")[:MOST_TURNED])
    return frozenset(number for number in found if number)


def _number(text: str) -> int | None:
    try:
        return cursor(text)
    except ValueError:
        return None
