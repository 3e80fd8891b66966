"""What may be decided about jobs in the words of pages: what each field is called, and how its values are said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.catalogue.fields import LONGEST_DESCRIPTION
from webapp.catalogue.models import DEFAULT_JOB_QUEUE, LONGEST_GROUPING, LONGEST_NAME
from webapp.changes import telling
from webapp.config import Settings
from webapp.ui.filters import DAY, HOUR, MINUTE, duration, first_line, readable

LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Wording:
    """A field of DECIDABLE as pages show it."""

    label: str
    control: str
    """Which control it gets: line, text, yes_no, seconds, queues or queue."""
    help: str
    longest: int | None = None


WORDINGS: Mapping[str, Wording] = {
    "name": Wording("Name", "line", "What people call it. No two jobs have the same.", LONGEST_NAME),
    "grouping": Wording("Grouping", "line", "The heading under which the Jobs page lists it.", LONGEST_GROUPING),
    "description": Wording("Description", "text", "In Markdown. Lists show the first line of it.", LONGEST_DESCRIPTION),
    "hidden": Wording("Hidden", "yes_no", "The Jobs page shows it only on demand. It may be run all the same."),
    "approval_required": Wording(
        "Approval required",
        "yes_no",
        "Somebody else has to approve a run before it starts; dry runs need no approval. Nobody can run it otherwise "
        "until approvals can be given here.",
    ),
    "has_sensitive_variables": Wording(
        "Sensitive variables", "yes_no", "All inputs are encrypted, shown to nobody, and deleted after the run."
    ),
    "dryrun_default": Wording(
        "Dry run by default", "yes_no", "The form of a job that supports it begins with a dry run."
    ),
    "is_singleton": Wording("Singleton", "yes_no", "A run fails if another one of the job is still going on."),
    "soft_time_limit": Wording(
        "Soft time limit",
        "seconds",
        "After so many seconds the job is told to stop. 0 stands for the installation's: {soft}.",
    ),
    "time_limit": Wording(
        "Hard time limit", "seconds", "After so many seconds it is killed. 0 stands for the installation's: {hard}."
    ),
    "task_queues": Wording("Queues", "queues", "Where its runs may wait for a worker."),
    DEFAULT_JOB_QUEUE: Wording("Default queue", "queue", "Where they wait if nobody chooses another one."),
}
SECTIONS = (
    ("What people see", ("name", "grouping", "description", "hidden")),
    ("How it runs", ("approval_required", "has_sensitive_variables", "dryrun_default", "is_singleton")),
    ("Time limits", ("soft_time_limit", "time_limit")),
    ("Queues", ("task_queues", DEFAULT_JOB_QUEUE)),
)
OWN = {"enabled": "Enabled", "keep_days": "Days to keep", "keep_runs": "Runs to keep"}
"""What classes do not know."""


def label_of(name: str) -> str:
    """What pages call the field of that name."""
    return WORDINGS[name].label if name in WORDINGS else OWN.get(name, name)


def help_of(name: str, settings: Settings) -> str:
    """What the field means."""
    limits = {"soft": duration(settings.soft_time_limit), "hard": duration(settings.time_limit)}
    return WORDINGS[name].help.format(**limits)


def said(name: str, value: Any) -> str:
    """A value of the field in a few words."""
    if value is None:
        return "the installation's" if name in OWN else "unknown"
    return SAYING.get(WORDINGS[name].control if name in WORDINGS else name, str)(value)


def told(name: str, value: Any) -> str:
    """The same, but with lengths of time as pages show them elsewhere."""
    seconds = name in WORDINGS and WORDINGS[name].control == "seconds"
    return _lasting(value) if seconds and value else said(name, value)


def _yes_no(value: bool) -> str:
    return "Yes" if value else "No"


def _quoted(value: str) -> str:
    line = readable(first_line(value))
    short = line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"
    return f"“{short}”" if short else "nothing"


def _seconds(value: int) -> str:
    return f"{value} s" if value else "0, the installation's"


def _lasting(value: int) -> str:
    """The length of time, and the seconds where that leaves some out."""
    smallest = 1 if value < HOUR else MINUTE if value < DAY else HOUR
    return duration(value) + (f" ({value:,} s)" if value % smallest else "")


SAYING: Mapping[str, Callable[[Any], str]] = {
    "line": _quoted,
    "text": _quoted,
    "yes_no": _yes_no,
    "enabled": _yes_no,
    "seconds": _seconds,
    "queues": ", ".join,
    "keep_days": lambda value: str(value) if value else "0, which is any number",
    "keep_runs": lambda value: str(value) if value else "0, which is any number",
}


def _label_of(name: str) -> str:
    return label_of(name) if name in WORDINGS or name in OWN else telling.label_of(name)


def _told(name: str, value: Any) -> str:
    return told(name, value) if name in WORDINGS or name in OWN else telling.said(name, value)


WORDING = telling.Wording(_label_of, _told, "/jobs/{}".format, "jobs_api.detail")
"""How changes of jobs are told beside those of others; the page of a job tells more of them."""
