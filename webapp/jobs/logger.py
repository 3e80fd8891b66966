"""The logger of a job: an ordinary logging.Logger whose records also leave as lines of the run's log."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any, NotRequired, TypedDict

from webapp.jobs.groups import placed, url_of
from webapp.jobs.plain import storable, text_of, without_colours
from webapp.jobs.tracebacks import shortened, traceback_of

SUCCESS = 25
FAILURE = 35
LEVELS = (
    (logging.CRITICAL, "critical"),
    (logging.ERROR, "error"),
    (FAILURE, "failure"),
    (logging.WARNING, "warning"),
    (SUCCESS, "success"),
    (logging.INFO, "info"),
)
NAMES = dict(LEVELS) | {logging.DEBUG: "debug"}

LONGEST_LINE = 16 * 1024
"""Bytes of UTF-8 that a message of the log has at most."""
LONGEST_TRACEBACK = LONGEST_LINE // 2
HALF_A_COLOUR = re.compile(r"\x1b(?:\[[0-9;]*)?\Z")
LONGEST_GROUPING = 100
LONGEST_OBJECT = 200


class Line(TypedDict):
    """One line of a run's log; at is in seconds since the epoch."""

    at: float
    level: str
    grouping: str
    message: str
    object: str
    url: str
    group: NotRequired[int]
    """The number of the group in which it was logged; 0, or nothing, outside of all."""
    mark: NotRequired[list[Any]]
    """Of the heading of a group or item, and of its last line: see groups.py."""


Send = Callable[[Line], object]
"""Takes a line on its way to the run's log; called from whichever thread logs."""


def discard(_line: Line) -> None:
    """Send a line nowhere: what a job does that nobody runs."""


class JobLogger(logging.Logger):
    """`self.logger`: the standard methods, `success` and `failure`.

    `extra` may say `grouping` (else the name of the calling function), `object` (what the line is about; linked if it
    has `get_absolute_url()`), and `skip_db_logging` for a line that only the author's own handlers should see.
    """

    def __init__(self, name: str, send: Send = discard) -> None:
        super().__init__(name, logging.DEBUG)
        self.send = send

    def success(self, msg: object, *args: object, **options: Any) -> None:
        """Log at level SUCCESS (25)."""
        self._log_from_caller(SUCCESS, msg, args, options)

    def failure(self, msg: object, *args: object, **options: Any) -> None:
        """Log at level FAILURE (35); `Job.fail` also marks the run as failed."""
        self._log_from_caller(FAILURE, msg, args, options)

    def handle(self, record: logging.LogRecord) -> None:
        """Send record as a line of the run's log, then to the handlers that the author has added."""
        if self.disabled or not self.filter(record):
            return
        if not record.__dict__.get("skip_db_logging"):
            self.send(placed(line_of(record)))
        if self.handlers:
            self.callHandlers(record)

    def _log_from_caller(self, level: int, msg: object, args: tuple[object, ...], options: dict[str, Any]) -> None:
        if self.isEnabledFor(level):
            # This function and the one that called it stand between the author's and the standard library's.
            options["stacklevel"] = options.get("stacklevel", 1) + 2
            self._log(level, msg, args, **options)


def line_of(record: logging.LogRecord) -> Line:
    """record as a line; whatever is wrong with its arguments or its object, there is one."""
    about = record.__dict__.get("object")
    return {
        "at": record.created,
        "level": NAMES.get(record.levelno) or _nearest(record.levelno),
        "grouping": _label(record.__dict__.get("grouping") or record.funcName or "main")[:LONGEST_GROUPING],
        "message": clipped(_message(record)),
        "object": "" if about is None else _label(about)[:LONGEST_OBJECT],
        "url": "" if about is None else url_of(about),
    }


def clipped(message: str, size: int = 0) -> str:
    """message, or as much of its beginning as fits into a line of the log, with a mark that says how long it was.

    size, in bytes, is that of the whole where message is only its beginning. Clipping twice is clipping once.
    """
    if 4 * len(message) <= LONGEST_LINE >= size:
        return message
    content = message.encode("utf-8", "surrogatepass")
    size = max(size, len(content))
    if size <= LONGEST_LINE:
        return message
    mark = f" … (cut: {size:,} bytes)"
    end = min(LONGEST_LINE - len(mark.encode()), len(content))
    while end < len(content) and content[end] & 0xC0 == 0x80:
        end -= 1
    return HALF_A_COLOUR.sub("", content[:end].decode("utf-8", "surrogatepass")) + mark


def formatted(msg: object, args: Any) -> str:
    """msg with args filled in; where they do not fit, both side by side."""
    try:
        return storable(str(msg) % args if args else str(msg))
    except Exception:
        return " ".join([text_of(msg), *([text_of(args)] if args else [])])


def _label(value: object) -> str:
    return without_colours(text_of(value))


def _message(record: logging.LogRecord) -> str:
    message = formatted(record.msg, record.args)
    if record.exc_info and record.exc_info[1] is not None:
        # Its last lines say the most, and they would be the first to be cut.
        message += "\n" + shortened(traceback_of(record.exc_info[1]), LONGEST_TRACEBACK)
    if record.stack_info:
        message += "\n" + storable(record.stack_info)
    return message


def _nearest(number: int) -> str:
    return next((name for floor, name in LEVELS if number >= floor), "debug")
