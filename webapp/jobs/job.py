"""What authors derive their jobs from."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Self

from webapp.jobs import data_files, groups
from webapp.jobs.about import ExceptionInfo, JobResult, User
from webapp.jobs.changing import Block, Changed
from webapp.jobs.groups import Group
from webapp.jobs.interrupting import JobCancelled, SoftTimeLimitExceeded
from webapp.jobs.items import Item, Tally
from webapp.jobs.legacy_names import LegacyNames
from webapp.jobs.logger import JobLogger, formatted
from webapp.jobs.outputs import CreatedFile, Outputs
from webapp.jobs.progress import Tell, nowhere, progress_of

__all__ = ["BaseJob", "Job", "JobCancelled", "SoftTimeLimitExceeded"]

Given = Mapping[str, Any]
"""Inputs by name, as JSON keeps them."""


class BaseJob(LegacyNames):
    """The base of shared bases; it is not listed. Variables are attributes of the class, see variables.py."""

    class Meta:
        """What a job declares about itself, see describing.py."""

    logger: JobLogger
    failures: list[str]
    """The messages of fail(), so far."""
    idempotency_key: str
    """The same at every attempt of a run, for systems that do a thing once for each key; empty in a plain test."""
    job_result: JobResult
    """The run."""
    _changed: Changed
    """What it has changed, and what keeps it."""
    _outputs: Outputs
    """Where create_file() puts what it makes."""
    _tally: Tally
    """Its items, and what becomes of them."""
    _tell: Tell
    """Takes its progress."""

    def __new__(cls, *args: object, **options: object) -> Self:
        job = super().__new__(cls)
        job.logger = JobLogger(f"{cls.__module__}.{cls.__name__}")
        job.failures = []
        job.idempotency_key = ""
        job.job_result = JobResult()
        job._changed, job._outputs, job._tally, job._tell = Changed(), Outputs(), Tally(), nowhere
        return job

    @property
    def user(self) -> User | None:
        """Who started the run."""
        return self.job_result.user

    def before_start(self, task_id: str, args: list[Any], kwargs: Given) -> Any:
        """Called before run(), which is left out if this fails; task_id is the run's id, args always empty."""

    def run(self, *_: Any, **inputs: Any) -> Any:
        """What the job does, with its variables as keywords; returns the result, if any.

        :raises NotImplementedError: the author has not written it.
        """
        raise NotImplementedError(f"{type(self).__name__} has no run()")

    def on_success(self, retval: Any, task_id: str, args: list[Any], kwargs: Given) -> None:
        """Called after a run() that has not failed, with what it returned."""

    def on_failure(self, exc: Any, task_id: str, args: list[Any], kwargs: Given, einfo: ExceptionInfo | None) -> None:
        """Called after one that has: with what it raised, or with what it returned after fail() and without einfo."""

    def after_return(
        self, status: str, retval: Any, task_id: str, args: list[Any], kwargs: Given, einfo: ExceptionInfo | None
    ) -> None:
        """Called last, whatever happened; status is SUCCESS, FAILURE or, of a cancelled run, REVOKED."""

    def on_cancel(self) -> None:
        """Clean up after run() has been left by JobCancelled; nothing to do unless the author says so."""

    def changes(self) -> Block:
        """Inside `with self.changes() as changes:` objects may be set, added and deleted; at its end all of that is
        kept, or nothing if something is raised.

        :raises RuntimeError: nobody keeps objects for this job.
        """
        return Block(self._changed, self.logger)

    def create_file(self, filename: str, content: str | bytes) -> CreatedFile:
        """Keep content, text or bytes, as a file of the run, and say so in the log.

        :raises ValueError: it is too large, or there are too many.
        :raises TypeError: it is neither text nor bytes.
        """
        made = self._outputs.add(filename, content)
        self.logger.info("Created file", extra={"object": made}, stacklevel=2)
        return made

    def load_json(self, filename: str) -> Any:
        """What the JSON file beside the job's own file holds.

        :raises FileNotFoundError, ValueError: it is not there, or no JSON.
        """
        return data_files.load_json(type(self), filename)

    def load_yaml(self, filename: str) -> Any:
        """What the YAML file beside the job's own file holds.

        :raises FileNotFoundError, ValueError: it is not there, or no YAML.
        :raises ImportError: PyYAML is not installed.
        """
        return data_files.load_yaml(type(self), filename)

    def fail(self, message: object, *args: object, **options: Any) -> None:
        """Log a failure and mark the run, and the item at work, as failed; the job goes on."""
        words = formatted(message, args)
        self.failures.append(words)
        if (item := groups.current_item()) is not None:
            item.fail(words)
        else:
            self._tally.own = self._tally.own or words
        options["stacklevel"] = options.get("stacklevel", 1) + 1
        self.logger.failure(message, *args, **options)

    def progress(self, done: float, total: float | None = None, text: object = "") -> None:
        """Say how far the job has come; of what is said too often, the last counts.

        :raises TypeError, ValueError: done or total is no number, or too large.
        """
        self._tell(progress_of(done, total, text))

    def group(self, title: object) -> Group:
        """Put the lines that are logged inside `with` under a heading."""
        return Group(self.logger.send, sys._getframe(1).f_code.co_name, title)

    def item(self, about: object, key: object = None, *, keep_going: bool = False) -> Item:
        """Keep what becomes of about, one of the objects that the job works on, inside `with`.

        An exception inside makes it a failure, and goes on upwards unless keep_going says otherwise; the run fails if
        an item has. key is by what the object is found again, by default its id.
        """
        grouping = sys._getframe(1).f_code.co_name
        return Item(self.logger.send, grouping, self._tally, self.failures, about, key, keep_going=keep_going)


class Job(BaseJob):
    """A job: derive from it, write `run`, and register the class."""
