"""The course of one job, from its constructor to an outcome; interrupted between any two steps, it is resumed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from webapp.jobs import groups, legacy, outcomes
from webapp.jobs.about import ExceptionInfo, JobResult
from webapp.jobs.changing import NOTHING, Changed, Inventory
from webapp.jobs.interrupting import INTERRUPTIONS, JobCancelled
from webapp.jobs.job import BaseJob
from webapp.jobs.logger import Send
from webapp.jobs.outcomes import LONGEST_REASON, Outcome
from webapp.jobs.outputs import Outputs
from webapp.jobs.progress import Tell, nowhere
from webapp.jobs.tracebacks import shortened, summary_of


@dataclass(frozen=True)
class Surroundings:
    """What a job is given beside its inputs."""

    send: Send
    kwargs: Mapping[str, Any]
    """The inputs as JSON keeps them, for before_start() and its like."""
    idempotency_key: str = ""
    outputs: Outputs = field(default_factory=Outputs)
    job_result: JobResult = field(default_factory=JobResult)
    tell: Tell = nowhere
    inventory: Inventory = NOTHING


@dataclass
class Course:
    """How far a job has come. Each of the author's methods is called once at most, however often it is resumed."""

    job_class: type[BaseJob]
    inputs: Mapping[str, Any]
    around: Surroundings
    begun: bool = False
    entered: BaseJob | None = None
    """The job, from the moment its before_start() begins."""
    end: tuple[Any] | None = None
    """What run() returned, once it has: that counts, whatever comes then."""
    error: BaseException | None = None
    """What was raised instead."""
    outcome: Outcome | None = None
    """As far as run() decides it."""
    hooks: list[str] | None = None
    """The author's methods that are still to be called."""
    clean_up: str = ""
    """Why on_cancel() did not come to its end."""

    def go_on(self) -> Outcome:
        """Do what is not done yet.

        :raises JobCancelled, SoftTimeLimitExceeded: something interrupted it: meet() that, and go on.
        """
        if not self.begun:
            self.begun = True
            self._run()
        if self.outcome is None:
            self.outcome = outcomes.of_error(self.error) if self.error else outcomes.of_result(self.end and self.end[0])
        if self.entered is not None:
            self._call_hooks(self.entered)
            return self._final(self.entered, self.outcome)
        return self.outcome

    def meet(self, interruption: BaseException) -> None:
        """It is what the job ends with, unless run() has returned or the methods after it have begun."""
        if self.end is None and self.hooks is None and not isinstance(self.error, JobCancelled):
            self.error, self.outcome = interruption, None

    def _run(self) -> None:
        try:
            job = self._made()
            self.entered = job
            result = job.before_start(*self._call())
            self.end = (result if job.failures else legacy.call(job, self.inputs),)
        except INTERRUPTIONS:
            raise
        except BaseException as error:
            self.error = error

    def _made(self) -> BaseJob:
        """A job that can do everything already inside the author's constructor."""
        job = self.job_class.__new__(self.job_class)
        job.logger.send = self.around.send
        job.idempotency_key, job.job_result = self.around.idempotency_key, self.around.job_result
        job._outputs, job._tell = self.around.outputs, self.around.tell
        job._changed = Changed(self.around.inventory)
        job.__init__()  # type: ignore[misc]  # mypy fears for subclasses that want arguments; they become errored
        return job

    def _call_hooks(self, job: BaseJob) -> None:
        if self.hooks is None:
            groups.leave()
            self._settle_changes(job)
            self.hooks = [self._first_hook(job), "after_return"]
        while self.hooks:
            name = self.hooks[0]
            try:
                # Inside, so that an interruption at this very point is at least told.
                self.hooks.pop(0)
                getattr(job, name)(*self._arguments(job, name))
            except BaseException as error:
                self._note(job, name, error)

    def _settle_changes(self, job: BaseJob) -> None:
        if self.error is None:
            return
        self.around.inventory.leave()
        if words := job._changed.stays:
            with suppress(Exception):  # the author may have broken even the logger
                job.logger.warning(words, extra={"grouping": "run"})

    def _first_hook(self, job: BaseJob) -> str:
        if isinstance(self.error, JobCancelled):
            return "on_cancel"
        return "on_success" if self.error is None and not job.failures else "on_failure"

    def _arguments(self, job: BaseJob, name: str) -> tuple[Any, ...]:
        value = self.error if self.end is None else self.end[0]
        trace = (self.outcome and self.outcome.traceback) or ""
        info = None if self.error is None else ExceptionInfo(type(self.error), self.error, trace)
        return {
            "on_cancel": (),
            "on_success": (value, *self._call()),
            "on_failure": (value, *self._call(), info),
            "after_return": (self._status(job), value, *self._call(), info),
        }[name]

    def _call(self) -> tuple[str, list[Any], dict[str, Any]]:
        """The task's id, its args and kwargs."""
        return self.around.job_result.id, [], dict(self.around.kwargs)

    def _status(self, job: BaseJob) -> str:
        if isinstance(self.error, JobCancelled):
            return "REVOKED"
        return "SUCCESS" if self.error is None and not job.failures else "FAILURE"

    def _note(self, job: BaseJob, name: str, error: BaseException) -> None:
        """What a hook raises is in the log, and changes nothing else."""
        with suppress(BaseException):  # the author may have broken even the logger
            job.logger.error(f"{name}() did not come to its end.", exc_info=error, extra={"grouping": name})
        if name == "on_cancel":
            self.clean_up = shortened(summary_of(error), LONGEST_REASON)

    def _final(self, job: BaseJob, outcome: Outcome) -> Outcome:
        if outcome.state == "cancelled":
            return Outcome("cancelled", reason=self.clean_up)
        if outcome.state == "success" and job.failures:
            reason = job._tally.words() or job.failures[0]
            return Outcome("failure", outcome.result, shortened(reason, LONGEST_REASON))
        return outcome
