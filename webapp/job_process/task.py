"""What the process of a job needs to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from webapp.jobs.outputs import LARGEST_OUTPUT

KEEPER = "webapp.runs.objects"
"""The name of the module whose `inventory_of` and `given` make what a job needs of objects; it is loaded only where
something is."""


@dataclass(frozen=True)
class Task:
    """A run for the process of its job; ready for JSON."""

    number: int
    id: str
    jobs_root: str
    class_path: str
    declared: list[dict[str, Any]]
    inputs: dict[str, Any]
    files: list[str] = field(default_factory=list)
    """Names of inputs whose content comes in descriptors, in their order."""
    objects: dict[str, Any] = field(default_factory=dict)
    """What the job gets of objects, by name of the input: their fields, None, or a list of these."""
    most_output: int = LARGEST_OUTPUT
    """Bytes of a file that the job makes."""
    job_result: dict[str, Any] = field(default_factory=dict)
    """The fields of the JobResult that the job gets."""
    attempt: int = 0
    """Which one the run has to be in, for the job to change objects."""
    dry: bool = False
    """Whether what it changes is only planned."""
    database_url: str = field(default="", repr=False)
