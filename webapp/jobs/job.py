"""What authors derive their jobs from."""

from __future__ import annotations

from typing import Any, Self

from webapp.jobs.logger import JobLogger, formatted


class SoftTimeLimitExceeded(BaseException):
    """Raised inside a job whose soft time limit has passed: the moment to clean up and come to an end.

    Not an Exception, so that a job's `except Exception` does not swallow it.
    """


class JobCancelled(BaseException):
    """Raised inside a job that somebody cancels: the moment to clean up.

    Not an Exception, for the same reason.
    """


class BaseJob:
    """The base of shared bases; it is not listed. Variables are attributes of the class, see variables.py."""

    class Meta:
        """What a job declares about itself, see describing.py."""

    logger: JobLogger
    failures: list[str]
    """The messages of fail(), so far."""
    idempotency_key: str
    """The same at every attempt of a run, for systems that do a thing once for each key; empty in a plain test."""

    def __new__(cls, *args: object, **options: object) -> Self:
        job = super().__new__(cls)
        job.logger = JobLogger(f"{cls.__module__}.{cls.__name__}")
        job.failures = []
        job.idempotency_key = ""
        return job

    def run(self, *_: Any, **inputs: Any) -> Any:
        """What the job does, with its variables as keywords; returns the result, if any.

        :raises NotImplementedError: the author has not written it.
        """
        raise NotImplementedError(f"{type(self).__name__} has no run()")

    def on_cancel(self) -> None:
        """Clean up after run() has been left by JobCancelled; nothing to do unless the author says so."""

    def fail(self, message: object, *args: object, **options: Any) -> None:
        """Log a failure and mark the run as failed; the job goes on."""
        self.failures.append(formatted(message, args))
        options["stacklevel"] = options.get("stacklevel", 1) + 1
        self.logger.failure(message, *args, **options)


class Job(BaseJob):
    """A job: derive from it, write `run`, and register the class."""
