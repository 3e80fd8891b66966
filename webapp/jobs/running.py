"""Running a job in this process, from its constructor to an outcome; whatever happens, there is one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from webapp.jobs.job import BaseJob, JobCancelled, SoftTimeLimitExceeded
from webapp.jobs.logger import Send
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


def perform(job_class: type[BaseJob], inputs: Mapping[str, Any], send: Send, *, idempotency_key: str = "") -> Outcome:
    """Make a job, run it with these values, and say how it went; nothing that it raises gets out.

    Every line that it logs goes through send, which is called from whichever of the job's threads logs.
    """
    course = _Course(idempotency_key)
    try:
        return _within_limit(job_class, inputs, send, course)
    except JobCancelled:
        # Handled here, because it may also come while one of the clauses below is at work.
        if course.end is not None:
            return _within_limit(job_class, inputs, send, course)
        return Outcome("cancelled", reason=_clean_up(course.entered) if course.entered is not None else "")


@dataclass
class _Course:
    """How far a job has come: what must be known when it is interrupted between two of our steps."""

    idempotency_key: str
    entered: BaseJob | None = None
    """The job, from the moment its run() begins."""
    end: tuple[BaseJob, Any] | None = None
    """The job and what its run() returned, once it has: that counts, whatever comes then."""


def _within_limit(job_class: type[BaseJob], inputs: Mapping[str, Any], send: Send, course: _Course) -> Outcome:
    try:
        return _performed(job_class, inputs, send, course)
    except SoftTimeLimitExceeded as error:
        return _raised("timed_out", text_of(error) or "The soft time limit was exceeded.", error)


def _performed(job_class: type[BaseJob], inputs: Mapping[str, Any], send: Send, course: _Course) -> Outcome:
    try:
        return _finished(*(course.end or _end_of(job_class, inputs, send, course)))
    except (JobCancelled, SoftTimeLimitExceeded):
        # Handled above, because they may also come while one of the clauses below is at work.
        raise
    except SystemExit as error:
        code = "" if error.code is None else text_of(repr(error.code))
        return _raised("errored", f"The job called sys.exit({code}).", error)
    except BaseException as error:
        return _raised("errored", summary_of(error), error)


def _end_of(job_class: type[BaseJob], inputs: Mapping[str, Any], send: Send, course: _Course) -> tuple[BaseJob, Any]:
    job = _made(job_class, send, course.idempotency_key)
    course.entered = job
    course.end = job, job.run(**inputs)
    return course.end


def _clean_up(job: BaseJob) -> str:
    """Why it did not come to its end; empty if it did."""
    try:
        job.on_cancel()
    except BaseException as error:
        with suppress(BaseException):  # the author may have broken even the logger
            job.logger.exception("on_cancel() did not come to its end.", extra={"grouping": "on_cancel"})
        return shortened(summary_of(error), LONGEST_REASON)
    return ""


def _made(job_class: type[BaseJob], send: Send, idempotency_key: str) -> BaseJob:
    """A job whose logger already works inside the author's constructor."""
    job = job_class.__new__(job_class)
    job.logger.send = send
    job.idempotency_key = idempotency_key
    job.__init__()  # type: ignore[misc]  # mypy fears for subclasses that want arguments; they become errored
    return job


def _finished(job: BaseJob, result: Any) -> Outcome:
    told = plain(result)
    if not job.failures:
        return Outcome("success", told)
    return Outcome("failure", told, shortened(job.failures[0], LONGEST_REASON))


def _raised(state: str, reason: str, error: BaseException) -> Outcome:
    kind = type(error)
    told = {
        "exc_type": kind.__name__,
        "exc_module": kind.__module__,
        "exc_message": [shortened(text_of(argument), LONGEST_ARGUMENT) for argument in error.args],
    }
    return Outcome(state, None, shortened(reason, LONGEST_REASON), told, traceback_of(error))
