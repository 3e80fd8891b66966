"""Running a job in this process; whatever happens, there is an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.jobs.about import JobResult
from webapp.jobs.changing import NOTHING, Inventory
from webapp.jobs.course import Course, Surroundings
from webapp.jobs.interrupting import INTERRUPTIONS
from webapp.jobs.job import BaseJob
from webapp.jobs.logger import Send
from webapp.jobs.outcomes import Outcome
from webapp.jobs.outputs import Outputs
from webapp.jobs.progress import Tell, nowhere

__all__ = ["Outcome", "perform"]


def perform(
    job_class: type[BaseJob],
    inputs: Mapping[str, Any],
    send: Send,
    *,
    kwargs: Mapping[str, Any] | None = None,
    idempotency_key: str = "",
    outputs: Outputs | None = None,
    job_result: JobResult | None = None,
    tell: Tell = nowhere,
    inventory: Inventory = NOTHING,
) -> Outcome:
    """Make a job, run it with these values, and say how it went; nothing that it raises gets out.

    Every line that it logs goes through send, its progress through tell, from whichever of the job's threads logs.
    outputs takes the files that it makes, inventory has the objects that it acts on. kwargs are the inputs as JSON
    keeps them.
    """
    given = inputs if kwargs is None else kwargs
    made = outputs or Outputs()
    around = Surroundings(send, given, idempotency_key, made, job_result or JobResult(), tell, inventory)
    course = Course(job_class, inputs, around)
    try:
        return _to_the_end(course)
    finally:
        inventory.over()


def _to_the_end(course: Course) -> Outcome:
    for _ in INTERRUPTIONS:
        try:
            return _resumed(course)
        except INTERRUPTIONS as interruption:
            course.meet(interruption)
    return Outcome("cancelled")


def _resumed(course: Course) -> Outcome:
    """
    :raises JobCancelled, SoftTimeLimitExceeded: a second interruption came while the first was met.
    """
    try:
        return course.go_on()
    except INTERRUPTIONS as interruption:
        course.meet(interruption)
        return course.go_on()
