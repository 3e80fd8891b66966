"""Lines of a log that belong together: `with self.group(…)`.

Which group a line belongs to is known where it is logged, by the context: each thread begins outside of all groups.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from webapp.jobs.plain import storable, text_of, without_colours

if TYPE_CHECKING:
    from webapp.jobs.items import Item
    from webapp.jobs.logger import Line

GROUP, ITEM, END = "group", "item", "end"
"""What a mark on a line says: it is the heading of a group or item, or its last line."""
LONGEST_TITLE = 200
LONGEST_URL = 255

_numbers = count(1)
_current: ContextVar[Group | None] = ContextVar("group", default=None)


def placed(line: Line) -> Line:
    """line with the number of the group in which it is logged, if there is one."""
    if (group := _current.get()) is not None:
        line["group"] = group.number
    return line


def current_item() -> Item | None:
    """The item at which the job is at work here."""
    group = _current.get()
    return None if group is None else group.item


def leave() -> None:
    """Whatever was interrupted, from here on lines belong to no group."""
    _current.set(None)


class Group:
    """Lines under a heading."""

    def __init__(self, send: Callable[[Line], object], grouping: str, title: object) -> None:
        self.title = title_of(title)
        self.number = 0
        self._send, self._grouping = send, grouping
        self._above: Group | None = None
        self._begun = 0.0

    @property
    def item(self) -> Item | None:
        """The item that this is, or that it belongs to."""
        return None if self._above is None else self._above.item

    def __enter__(self) -> Self:
        self._above, self.number, self._begun = _current.get(), next(_numbers), time.monotonic()
        self._tell(self._above, "info", self.title, self._opening())
        _current.set(self)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        swallowed = self._close(error)
        _current.set(self._above)
        return swallowed

    def _opening(self) -> list[Any]:
        return [GROUP, self.number]

    def _close(self, _error: BaseException | None) -> bool:
        """Say how it went; whether what was raised inside ends here."""
        self._tell(self, "info", f"{self.title} took {self._length()}", [END, self.number])
        return False

    def _length(self) -> str:
        return length_of(time.monotonic() - self._begun)

    def _tell(self, inside: Group | None, level: str, message: str, mark: list[Any], url: str = "") -> None:
        about = self.title if mark[0] == END and self.item is self else ""
        self._send(
            {
                "at": time.time(),
                "level": level,
                "grouping": self._grouping,
                "message": message,
                "object": about,
                "url": url if about else "",
                "group": 0 if inside is None else inside.number,
                "mark": mark,
            }
        )


def one_line(value: object) -> str:
    """The text of value without colours and line breaks."""
    return " ".join(without_colours(text_of(value)).split())


def title_of(value: object) -> str:
    """The same as the title of a group, which is short."""
    title = one_line(value)
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def length_of(seconds: float) -> str:
    """How long a group took, in words."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{seconds:.1f} s" if seconds < 60 else f"{minutes} m {rest:02} s"


def url_of(about: object) -> str:
    """Where people find what about stands for, as its `get_absolute_url()` says; empty if that says nothing fit."""
    try:
        find = getattr(about, "get_absolute_url", None)
        url = find() if callable(find) else ""
    except Exception:
        return ""
    return storable(url) if isinstance(url, str) and len(url) <= LONGEST_URL else ""
