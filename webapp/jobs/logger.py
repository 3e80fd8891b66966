"""The logger of a job: an ordinary logging.Logger whose records also leave as lines of the run's log."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NotRequired, TypedDict

from webapp.jobs.groups import placed, url_of
from webapp.jobs.plain import sayable, storable, text_of, without_colours
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
HALF_A_COLOUR = re.compile(r"\x1b(?:\[[0-9;]*|\][^\x07\x1b]*\x1b?)?\Z")
"""Or of a link."""
LOGGING = logging.info.__code__.co_filename
"""The file of the standard library whose functions stand between authors and us."""
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
    markdown: NotRequired[bool]
    """True, if it is there."""


Send = Callable[[Line], object]
"""Takes a line on its way to the run's log; called from whichever thread logs."""


def discard(_line: Line) -> None:
    """Send a line nowhere: what a job does that nobody runs."""


class JobLogger(logging.Logger):
    """`self.logger`: the standard methods, `success` and `failure`.

    `extra` may say `grouping` (else the name of the calling function), `object` (what the line is about; linked if it
    has `get_absolute_url()`), `markdown` as True for a message that is to be shown as that, and `skip_db_logging` for a
    line that only the author's own handlers should see.
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

    def _log(
        self,
        level: int,
        msg: object,
        args: Any,
        exc_info: Any = None,
        extra: Any = None,
        stack_info: bool = False,
        stacklevel: int = 1,
    ) -> None:
        if exc_info or extra or stack_info or self._has_listeners():
            super()._log(level, msg, args, exc_info, extra, stack_info, stacklevel + 1)
            return
        # Most lines by far: a record that nobody looks at would take as long as all the rest.
        grouping = _caller(sys._getframe(1), stacklevel)
        self.send(placed(_line(time.time(), level, grouping, clipped(formatted(msg, _as_of_record(args))))))

    def _has_listeners(self) -> bool:
        """Whether anybody but us may want the record."""
        return bool(self.handlers or self.filters) or logging.getLogRecordFactory() is not logging.LogRecord

    def _log_from_caller(self, level: int, msg: object, args: tuple[object, ...], options: dict[str, Any]) -> None:
        if self.isEnabledFor(level):
            # This function and the one that called it stand between the author's and the standard library's.
            options["stacklevel"] = options.get("stacklevel", 1) + 2
            self._log(level, msg, args, **options)


def line_of(record: logging.LogRecord) -> Line:
    """record as a line; whatever is wrong with its arguments or its object, there is one."""
    grouping = record.__dict__.get("grouping") or record.funcName or "main"
    line = _line(record.created, record.levelno, grouping, clipped(_message(record)))
    if (about := record.__dict__.get("object")) is not None:
        line["object"], line["url"] = _label(about)[:LONGEST_OBJECT], url_of(about)
    if record.__dict__.get("markdown") is True:
        line["markdown"] = True
    return line


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
        return sayable(str(msg) % args if args else str(msg))
    except Exception:
        return " ".join([text_of(msg), *([text_of(args)] if args else [])])


def _line(at: float, level: int, grouping: object, message: str) -> Line:
    """A line that is about no object."""
    name = NAMES.get(level) or _nearest(level)
    label = _label(grouping)[:LONGEST_GROUPING]
    return {"at": at, "level": name, "grouping": label, "message": message, "object": "", "url": ""}


def _caller(frame: FrameType | None, stacklevel: int) -> str:
    """The name of the function that logs, found outwards from frame as the standard library finds it."""
    while frame is not None:
        if frame.f_code.co_filename != LOGGING:
            stacklevel -= 1
            if stacklevel <= 0 or frame.f_back is None:
                break
        frame = frame.f_back
    return frame.f_code.co_name if frame is not None else "main"


def _as_of_record(args: Any) -> Any:
    """args as a record keeps them: a mapping alone gives the values by name."""
    return args[0] if len(args) == 1 and isinstance(args[0], Mapping) and args[0] else args


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
