"""How a run ended, ready to be sent and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.jobs.interrupting import JobCancelled, SoftTimeLimitExceeded
from webapp.jobs.plain import plain, text_of
from webapp.jobs.tracebacks import shortened, summary_of, traceback_of

LONGEST_REASON = 1_000
LONGEST_ARGUMENT = 10_000


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    state is success, failure (the job said so), errored (it raised or exited), timed_out (its soft limit passed and it
    let it) or cancelled (so was it, and it let it). result is ready for JSON. error and traceback are there if
    something was raised: error has exc_type, exc_module and exc_message, a list of the texts of its arguments.
    """

    state: str
    result: Any = None
    reason: str = ""
    error: dict[str, Any] | None = None
    traceback: str | None = None


def of_result(result: object) -> Outcome:
    """That of a run() which has returned."""
    return Outcome("success", plain(result))


def of_error(error: BaseException) -> Outcome:
    """That of one which was left by error."""
    if isinstance(error, JobCancelled):
        return Outcome("cancelled")
    if isinstance(error, SoftTimeLimitExceeded):
        return _raised("timed_out", text_of(error) or "The soft time limit was exceeded.", error)
    if isinstance(error, SystemExit):
        code = "" if error.code is None else text_of(repr(error.code))
        return _raised("errored", f"The job called sys.exit({code}).", error)
    return _raised("errored", summary_of(error), error)


def _raised(state: str, reason: str, error: BaseException) -> Outcome:
    kind = type(error)
    told = {
        "exc_type": kind.__name__,
        "exc_module": kind.__module__,
        "exc_message": [shortened(text_of(argument), LONGEST_ARGUMENT) for argument in error.args],
    }
    return Outcome(state, None, shortened(reason, LONGEST_REASON), told, traceback_of(error))
