"""What becomes of each of the objects that a job works on: `with self.item(…)`, a group with a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from webapp.jobs.groups import END, ITEM, Group, one_line, url_of
from webapp.jobs.plain import storable, text_of
from webapp.jobs.tracebacks import shortened, summary_of, traceback_of

if TYPE_CHECKING:
    from webapp.jobs.logger import Line

RUNNING, SUCCESS, FAILURE, SKIPPED, INTERRUPTED = "running", "success", "failure", "skipped", "interrupted"
LONGEST_KEY = 255
LONGEST_MESSAGE = 1_000
LONGEST_TRACEBACK = 8 * 1024


@dataclass
class Tally:
    """The items of a job so far: their titles, and what those that failed said."""

    begun: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    own: str = ""
    """The first failure that is about no item."""

    def words(self) -> str:
        """Why the run failed; empty if it did not."""
        many = len(self.begun)
        if self.own or not self.failed:
            return self.own
        noun = "item" if many == 1 else "items"
        return f"{len(self.failed):,} of {many:,} {noun} failed. {self.failed[0]}"


class Item(Group):
    """One of the objects that a job works on, with what becomes of it.

    state is running, success, failure, skipped or interrupted; message, empty unless there is something to say, may be
    set by the author.
    """

    def __init__(
        self,
        send: Callable[[Line], object],
        grouping: str,
        tally: Tally,
        failures: list[str],
        about: object,
        key: object,
        *,
        keep_going: bool,
    ) -> None:
        super().__init__(send, grouping, about)
        self.key = one_line(_key_of(about) if key is None else key)[:LONGEST_KEY]
        self.state, self.message = RUNNING, ""
        self._url, self._keep_going = url_of(about), keep_going
        self._tally, self._failures = tally, failures
        self._raised: BaseException | None = None

    @property
    def item(self) -> Item | None:
        """Itself."""
        return self

    def skip(self, why: object = "") -> None:
        """There is nothing to do for this one; what already failed stays failed."""
        if self.state != FAILURE:
            self.state, self.message = SKIPPED, shortened(text_of(why), LONGEST_MESSAGE)

    def fail(self, message: str) -> None:
        """This one failed, as `self.fail()` says, which calls this."""
        if self.state != FAILURE:
            self.state, self.message = FAILURE, shortened(message, LONGEST_MESSAGE)
            self._tally.failed.append(f"{self.title}: {self.message}")

    def _opening(self) -> list[Any]:
        self._tally.begun.append(self.title)
        return [ITEM, self.number, self.key, self._url]

    def _close(self, error: BaseException | None) -> bool:
        self._settle(error)
        message = storable(text_of(self.message))[:LONGEST_MESSAGE]
        mark = [END, self.number, self.state, message]
        told = f": {message}" if message else ""
        ended = isinstance(error, Exception) and self._keep_going
        trace = f"\n{shortened(traceback_of(error), LONGEST_TRACEBACK).rstrip()}" if ended and error is not None else ""
        self._tell(self, self._level(), f"{self._word()} after {self._length()}{told}{trace}", mark, self._url)
        return ended

    def _settle(self, error: BaseException | None) -> None:
        if error is None:
            self.state = SUCCESS if self.state == RUNNING else self.state
        elif isinstance(error, Exception | SystemExit):
            self._raised = error
            self.state = RUNNING if self.state == SKIPPED else self.state
            already = self.state == FAILURE
            self.fail(summary_of(error))
            if not already:
                self._failures.append(f"{self.title}: {self.message}")
        elif self.state != FAILURE:
            self.state, self.message = INTERRUPTED, summary_of(error)

    def _level(self) -> str:
        if self.state == FAILURE:  # fail() has left its own line
            return "failure" if self._raised is not None else "info"
        return {SUCCESS: "success", INTERRUPTED: "warning"}.get(self.state, "info")

    def _word(self) -> str:
        return {SUCCESS: "succeeded", FAILURE: "failed"}.get(self.state, self.state)


def _key_of(about: object) -> object:
    """By what the job that is started again finds the same object: its id, if it has one."""
    if isinstance(about, dict):
        return about.get("id") or about.get("pk") or about.get("name") or about
    for name in ("pk", "id"):
        try:
            value = getattr(about, name, None)
        except Exception:  # the author's object, which may do anything
            continue
        if value is not None and not callable(value):
            return value
    return about
