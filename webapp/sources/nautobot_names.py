"""What the modules of Nautobot hold here that files with jobs import, and what to use instead of the others."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from webapp import jobs
from webapp.jobs.legacy import AbortTransaction
from webapp.jobs.logger import NAMES


class RunJobTaskFailed(Exception):
    """Raised by an author to end the job as failed."""


class ChoiceSet:
    """Constants, and CHOICES with a label for each."""

    CHOICES: tuple[tuple[str, str], ...] = ()

    @classmethod
    def values(cls) -> list[str]:
        """The constants."""
        return [value for value, _ in cls.CHOICES]

    @classmethod
    def as_dict(cls) -> dict[str, str]:
        """The labels by constant."""
        return dict(cls.CHOICES)


class LogLevelChoices(ChoiceSet):
    """The levels of lines in a log."""

    LOG_DEBUG, LOG_INFO, LOG_SUCCESS, LOG_WARNING = "debug", "info", "success", "warning"
    LOG_FAILURE, LOG_ERROR, LOG_CRITICAL = "failure", "error", "critical"
    LOG_DEFAULT = LOG_INFO
    CHOICES = tuple((NAMES[number], NAMES[number].capitalize()) for number in sorted(NAMES))


class JobResultStatusChoices(ChoiceSet):
    """The states of a run, as the API calls them."""

    STATUS_PENDING, STATUS_STARTED, STATUS_SUCCESS = "PENDING", "STARTED", "SUCCESS"
    STATUS_FAILURE, STATUS_REVOKED = "FAILURE", "REVOKED"
    READY_STATES = frozenset({STATUS_SUCCESS, STATUS_FAILURE, STATUS_REVOKED})
    EXCEPTION_STATES = frozenset({STATUS_FAILURE, STATUS_REVOKED})
    UNREADY_STATES = frozenset({STATUS_PENDING, STATUS_STARTED})
    CHOICES = (
        (STATUS_PENDING, "Pending"),
        (STATUS_STARTED, "Started"),
        (STATUS_SUCCESS, "Success"),
        (STATUS_FAILURE, "Failure"),
        (STATUS_REVOKED, "Revoked"),
    )


def get_task_logger(name: str) -> logging.Logger:
    """The standard logger of that name; a run keeps what it logs."""
    return logging.getLogger(name)


KIT: Mapping[str, Any] = {
    **{name: getattr(jobs, name) for name in jobs.__all__},
    "RunJobTaskFailed": RunJobTaskFailed,
    "get_task_logger": get_task_logger,
}
CHOICES = {"LogLevelChoices": LogLevelChoices, "JobResultStatusChoices": JobResultStatusChoices}
ABORT = {"AbortTransaction": AbortTransaction}

MODULES: Mapping[str, Mapping[str, Any]] = {
    "nautobot": {},
    "nautobot.apps": {},
    "nautobot.apps.choices": CHOICES,
    "nautobot.apps.exceptions": ABORT,
    "nautobot.apps.jobs": KIT,
    "nautobot.core": {},
    "nautobot.core.celery": {"register_jobs": jobs.register_jobs},
    "nautobot.core.exceptions": ABORT,
    "nautobot.extras": {},
    "nautobot.extras.choices": CHOICES,
    "nautobot.extras.jobs": KIT,
    "nautobot.extras.reports": {**KIT, "Report": jobs.Job},
    "nautobot.extras.scripts": {**KIT, "Script": jobs.Job},
    "nautobot.utilities": {},
    "nautobot.utilities.exceptions": ABORT,
}
"""What can be imported, by name of the module; those of 1.x, 2.x and 3.x side by side."""

OBJECTS = "Devices and other objects come from webapp.inventory: from webapp.inventory import Device, filter, get."
OTHERS = "A job does not look up or start others."
INSTEAD: Mapping[str, str] = {
    "celery": "It runs without Celery: SoftTimeLimitExceeded comes from webapp.jobs, loggers from logging.",
    "django": "It runs without Django; a job's own errors can be any exception.",
    "nautobot.apps.jobs.enqueue_job_hooks": OTHERS,
    "nautobot.apps.jobs.get_job": OTHERS,
    "nautobot.apps.jobs.get_jobs": OTHERS,
    "nautobot.apps.models": OBJECTS,
    "nautobot.circuits": OBJECTS,
    "nautobot.cloud": OBJECTS,
    "nautobot.dcim": OBJECTS,
    "nautobot.extras.jobs.enqueue_job_hooks": OTHERS,
    "nautobot.extras.jobs.get_job": OTHERS,
    "nautobot.extras.jobs.get_jobs": OTHERS,
    "nautobot.extras.models": "self.job_result and self.user tell of the run. " + OBJECTS,
    "nautobot.extras.plugins": "Files in the folder with the jobs need no app around them.",
    "nautobot.ipam": OBJECTS,
    "nautobot.tenancy": OBJECTS,
    "nautobot.users": 'self.user is whoever started the run; ObjectVar(model="users.user") takes a user as input.',
    "nautobot.virtualization": OBJECTS,
    "nautobot.wireless": OBJECTS,
    "netaddr": "Variables for addresses give objects that answer netaddr's names; ipaddress has the rest. "
    "Or add netaddr to jobs_root/requirements.txt.",
}
"""What an author can do who misses the name, or a name below it."""


def instead_of(name: str) -> str:
    """What to use instead of a module, or of something in it, in a sentence or two; empty if there is nothing."""
    while name:
        if name in INSTEAD:
            return INSTEAD[name]
        name = name.rpartition(".")[0]
    return ""


def missing(name: str, module: str = "") -> str:
    """That Jobdeck has no module of that name, or nothing of that name in module."""
    what = f"{name} of {module}" if module else f"the module {name}"
    full = f"{module}.{name}" if module else name
    return f"Jobdeck does not have {what}. {instead_of(full)}".strip()
