"""Why somebody cannot run a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from webapp.catalogue.models import LoadError


class Obstacle(NamedTuple):
    """One reason, in a few words and in a sentence."""

    word: str
    sentence: str
    error: LoadError | None = None


REMOVED = Obstacle("Not installed", "Its code is not there any more.")
OFF = Obstacle("Switched off", "An administrator can switch it on.")
HOOK = Obstacle("Job hook receiver", "It runs when an object changes, and not by hand.")
BUTTON = Obstacle("Job button receiver", "It runs when its button is pressed on the page of an object.")
APPROVAL = Obstacle("Needs approval", "It runs only with approval, which cannot be given here yet.")
ONLY_DRY = "Only dry runs work: without a dry run it needs approval, which cannot be given here yet."
NOT_ALLOWED = Obstacle("needs extras.run_job", "You lack the permission extras.run_job.")

Errors = Mapping[str, LoadError]
"""By the name of a module why it does not load; by the empty one why none does."""


def by_module(errors: Sequence[LoadError]) -> Errors:
    """The first one of errors for each module."""
    return {error.module_name: error for error in reversed(errors)}


def obstacle(job: Any, errors: Errors, runs: bool) -> Obstacle | None:
    """Why whoever `runs` jobs, or does not, cannot run job; None if nothing is in the way."""
    if not job.installed:
        error = errors.get(job.module_name) or errors.get("")
        return Obstacle("Does not load", "Its code does not load.", error) if error else REMOVED
    if not job.enabled:
        return OFF
    if job.is_job_hook_receiver:
        return HOOK
    if job.is_job_button_receiver:
        return BUTTON
    if job.approval_required and not job.supports_dryrun:
        return APPROVAL
    return None if runs else NOT_ALLOWED


def for_want_of_approval(job: Any) -> str | None:
    """What cannot be done with job because it needs approval, in a sentence; None if it needs none."""
    if not job.approval_required:
        return None
    return ONLY_DRY if job.supports_dryrun else APPROVAL.sentence
