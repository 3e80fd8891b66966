"""Whether `run()` takes what it will be given: said when a job is loaded, not when somebody waits for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from webapp.jobs import legacy
from webapp.jobs.job import BaseJob


def check(job_class: type[BaseJob], names: Iterable[str]) -> None:
    """Go on only if run() of job_class can be called with variables of these names; one that does not tell, can.

    :raises TypeError: it lacks one of them, or wants something that is no variable.
    """
    run = inspect.getattr_static(job_class, "run")
    if legacy.is_legacy(job_class) or not inspect.isfunction(run):
        return
    try:
        # A decorator may hand on more than it gets: what is called is its own function.
        signature = inspect.signature(run, follow_wrapped=False)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(job_class, **dict.fromkeys(names))
    except TypeError as error:
        raise TypeError(f"run() does not fit the variables of the job: {error}") from None
