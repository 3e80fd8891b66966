"""A place that a tour goes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page


def nothing(_page: Page) -> None:
    """The address alone leads there."""


@dataclass(frozen=True)
class Place:
    """Where a page is: an address; an object; the page, runs or form of a job, or a new run of it; what to do there."""

    address: str = ""
    kind: str = ""
    """Of an object, as in the addresses of the API."""
    named: Mapping[str, str] = field(default_factory=dict)
    """What the object is found by."""
    job: str = ""
    tab: str = ""
    """Of the page of the job or object; by default the first one."""
    runs_of: str = ""
    form: str = ""
    run: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    queue: str | None = None
    ends: str | None = None
    """The word for the run's final state; None if it does not end."""
    brief: bool = False
    """Whether each visit has a run of its own, which makes room for others when the tour goes on."""
    types: str = "12"
    """How many lines a brief run logs, if it follows a script."""
    after: int = 0
    """How many runs have to have succeeded before it, at once."""
    holds: str = ""
    """The file among the jobs that is there as long as one stays."""
    then: Callable[[Page], None] = nothing
    pictured: bool = False
    """Whether it is there for the pictures alone: much like another place."""
