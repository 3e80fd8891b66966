"""Which classes their authors have registered in this process."""

from __future__ import annotations

from webapp.jobs.job import BaseJob, Job
from webapp.jobs.receivers import RECEIVERS

_registered: dict[tuple[str, str], type[BaseJob]] = {}
_doubles: list[type[BaseJob]] = []


def register_jobs(*job_classes: type[BaseJob]) -> None:
    """Make these classes known, so that people can run them; the first class of a name in a module wins.

    :raises TypeError: something that is no job class.
    """
    for job_class in job_classes:
        if not isinstance(job_class, type) or not issubclass(job_class, BaseJob):
            raise TypeError(f"register_jobs() takes job classes, not {job_class!r:.100}")
        if job_class not in (BaseJob, Job, *RECEIVERS):
            first = _registered.setdefault((job_class.__module__, job_class.__name__), job_class)
            if first is not job_class:
                _doubles.append(job_class)


def registered(module_name: str | None = None) -> list[type[BaseJob]]:
    """The registered classes in the order of their registration; with module_name, those defined in that module."""
    return [found for (module, _), found in _registered.items() if module_name in (None, module)]


def doubles() -> list[type[BaseJob]]:
    """The classes that do not count, as another one of their name and module was registered before."""
    return list(_doubles)
