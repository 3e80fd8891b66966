"""What jobs in the style of Nautobot 1.x call on themselves. Every job has it, so that bases can be shared."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from webapp.jobs.about import JobResult
from webapp.jobs.logger import SUCCESS, JobLogger

LEVELS = {
    "debug": logging.DEBUG,
    "success": SUCCESS,
    "info": logging.INFO,
    "warning": logging.WARNING,
}


class Told:
    """A property whose name authors may give to something of their own."""

    def __init__(self, find: Callable[[Any], Any]) -> None:
        self._find = find

    def __get__(self, job: object, _owner: type) -> Any:
        return self if job is None else self._find(job)


class LegacyNames:
    """`log_…` take an object and a message, in either order, by place or by name, and each alone as well."""

    logger: JobLogger
    failures: list[str]
    job_result: JobResult
    fail: Callable[..., None]
    active_test: str = ""
    """The method at work, as long as a job of 1.x runs: its lines are grouped by it."""

    @Told
    def failed(self) -> bool:
        """Whether something has been logged as a failure."""
        return bool(self.failures)

    @Told
    def request(self) -> SimpleNamespace:
        """Who asked for the run, as `user`, and its `id`."""
        return SimpleNamespace(user=self.job_result.user, id=self.job_result.id)

    def log(self, message: object, level_choice: str = "info") -> None:
        """Log message, about nothing in particular."""
        if level_choice == "failure":
            self.fail(message, extra=self._extra(None), stacklevel=2)
        else:
            self._log(level_choice, None, message)

    def log_debug(self, obj: object = None, message: object = None) -> None:
        """Log for those who look for a mistake."""
        self._log("debug", obj, message)

    def log_info(self, obj: object = None, message: object = None) -> None:
        """Log what is worth knowing."""
        self._log("info", obj, message)

    def log_success(self, obj: object = None, message: object = None) -> None:
        """Log that something is as it should be."""
        self._log("success", obj, message)

    def log_warning(self, obj: object = None, message: object = None) -> None:
        """Log what may become a problem."""
        self._log("warning", obj, message)

    def log_failure(self, obj: object = None, message: object = None) -> None:
        """Log that something is wrong, and mark the run as failed; the job goes on."""
        about, words = sorted_out(obj, message)
        self.fail(words, extra=self._extra(about), stacklevel=2)

    def _log(self, level: str, obj: object, message: object) -> None:
        about, words = sorted_out(obj, message)
        number = LEVELS.get(level, logging.INFO)
        # This method and the one that called it stand between the author's and the logger.
        self.logger.log(number, words, extra=self._extra(about), stacklevel=3)

    def _extra(self, about: object) -> dict[str, Any]:
        return {"object": about, **({"grouping": self.active_test} if self.active_test else {})}


def sorted_out(obj: object, message: object) -> tuple[object, object]:
    """What a line is about, or None, and what it says: a text alone is the message, anything else the object."""
    if message is None:
        return (None, obj) if isinstance(obj, str) else (obj, "")
    return (message, obj) if isinstance(obj, str) and not isinstance(message, str) else (obj, message)
