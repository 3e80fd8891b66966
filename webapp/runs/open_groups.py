"""The groups of a log that are open: where the next line stands, and how many lines there are in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.job_process import printed_groups
from webapp.jobs.groups import END, GROUP, ITEM, LONGEST_TITLE, LONGEST_URL, length_of
from webapp.jobs.items import LONGEST_KEY, LONGEST_MESSAGE
from webapp.jobs.plain import storable, without_colours
from webapp.runs.groups import ENDS, path_below
from webapp.runs.logs import GRAVE, Line

MOST_OPEN = 1_000

Put = Callable[[Line], tuple[int, Line]]
"""Puts a line into the log; gives its number and how it is there, or 0 if there is no room for it."""


@dataclass(slots=True, eq=False)
class Place:
    """Where lines stand: in a group that is open, or outside of all."""

    path: str = ""
    heading: int = 0
    """The number of its heading; 0 outside of all."""
    began: Line | None = None
    """Its heading."""
    above: Place | None = None
    """Where that stands."""
    is_over: bool = False
    counts: list[int] = field(default_factory=lambda: [0, 0, 0])
    """Lines in it, nested ones included; those among them that warn; those that are worse."""

    @property
    def is_item(self) -> bool:
        return self.began is not None and self.began.mark[0] == ITEM

    def count(self, level: str) -> None:
        """One more line of level stands in it."""
        self.counts[0] += 1
        if level == "warning":
            self.counts[1] += 1
        elif level in GRAVE:
            self.counts[2] += 1

    def close(self) -> None:
        """It is over: what is in it is in what is around it."""
        self.is_over, above = True, self.above
        while above is not None and above.is_over:
            above = above.above
        if above is not None:
            above.counts = [more + own for more, own in zip(above.counts, self.counts, strict=True)]


class Open:
    """The groups that a job has opened: those of the kit by the numbers that it gives them, and those that it printed.

    In each group of the kit, and outside of them, one may be open that was printed there. Whatever the job says in that
    place stands in it until its end is printed or the next one begins, or until the group around it ends.
    """

    def __init__(self, put: Put) -> None:
        self._put = put
        self._outside = Place()
        self._open: dict[int, Place] = {}
        self.printed: dict[int, Place] = {}
        """By the number of the kit's group in which they were printed; 0 outside of all."""

    def take(self, line: Line, group: int, mark: Sequence[Any] = ()) -> None:
        """Put line where it belongs, with what begins or ends there.

        :raises TypeError, ValueError: no job may say that.
        """
        if mark:
            self._marked(line, group, *mark)
            return
        said = printed_groups.said_by(line.grouping, line.message)
        if said == GROUP and self._has_room():
            self._end_printed(group, line.at_us)
            heading = line._replace(level="info", message=printed_groups.title_in(line.message), mark=(GROUP, "", ""))
            self._begin(self.printed, group, heading, self._open.get(group, self._outside))
        elif said == END and group in self.printed:
            self._end_printed(group, line.at_us)
        else:
            self._stand(line, self._place(group))

    def end_printed(self, at_us: int) -> None:
        """The job is over: what it printed last has no other end."""
        for group in reversed(list(self.printed)):
            self._end_printed(group, at_us)

    def _marked(self, line: Line, group: int, kind: str, number: int, *said: Any) -> None:
        if not isinstance(number, int) or number < 1:
            raise TypeError("the number of a group is none")
        if kind == END:
            self._end(line, number, *said)
            return
        heading = line._replace(message=_text(line.message, LONGEST_TITLE), mark=(kind, *_heading(kind, *said)))
        self._begin(self._open, number, heading, self._place(group))

    def _begin(self, places: dict[int, Place], number: int, heading: Line, above: Place) -> None:
        seq, there = self._stand(heading, above)
        if seq and self._has_room():
            places[number] = Place(path_below(above.path, seq), seq, there, above)

    def _end(self, line: Line, number: int, *said: Any) -> None:
        """The kit says that one ends; nothing is to be said if its heading is not in the log."""
        self._end_printed(number, line.at_us)
        if (place := self._open.pop(number, None)) is not None:
            self._close(place, line, *_end(place.is_item, *said))

    def _end_printed(self, group: int, at_us: int) -> None:
        place = self.printed.pop(group, None)
        if place is None or place.began is None:
            return
        title, seconds = place.began.message, max(0, at_us - place.began.at_us) / 1_000_000
        words = f"{title} took {length_of(seconds)}"
        self._close(place, place.began._replace(at_us=at_us, message=words, mark=()), "", "")

    def _close(self, place: Place, line: Line, state: str, message: str) -> None:
        place.count(line.level)
        self._put(line._replace(path=place.path, mark=(END, place.heading, state, message, *place.counts)))
        place.close()

    def _place(self, group: int) -> Place:
        """Where lines stand that the kit has put into this group; outside of all if its heading is not in the log."""
        return self.printed.get(group) or self._open.get(group) or self._outside

    def _stand(self, line: Line, place: Place) -> tuple[int, Line]:
        seq, there = self._put(line._replace(path=place.path) if place.path else line)
        if seq:
            place.count(line.level)
        return seq, there

    def _has_room(self) -> bool:
        return len(self._open) + len(self.printed) < MOST_OPEN


def _heading(kind: str, key: str = "", url: str = "") -> tuple[str, str]:
    if kind not in (GROUP, ITEM):
        raise ValueError(f"{kind!r} is no mark of a line")
    return _text(key, LONGEST_KEY), _text(url, LONGEST_URL)


def _end(is_item: bool, state: str = "", message: str = "") -> tuple[str, str]:
    if state not in (ENDS if is_item else ("",)):
        raise ValueError(f"{state!r} is no end of {'an item' if is_item else 'a group'}")
    return state, storable(message)[:LONGEST_MESSAGE]


def _text(text: str, longest: int) -> str:
    return without_colours(storable(text))[:longest]
