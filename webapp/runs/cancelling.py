"""Stopping a run: who may, and what is written down; its worker does the rest."""

from __future__ import annotations

from flask import current_app

from webapp.accounts.models import User
from webapp.accounts.permissions import may, require
from webapp.db import db, transaction
from webapp.errors import InvalidInputs, NotPossible
from webapp.jobs.plain import storable
from webapp.runs import states
from webapp.runs.models import Run

LONGEST_REASON = 500
TRIES = 5
"""A run may move on while somebody asks for its end; after so many times it stands still."""


def cancel(run: Run, by: User, reason: str = "") -> None:
    """Ask for the end of run: at once if it waits; else its job is told to clean up, and killed after a while.

    Asking again changes nothing.

    :raises NotAllowed: by has not started it and lacks the permission to cancel runs of others.
    :raises NotPossible: it is over.
    :raises InvalidInputs: the reason is too long.
    """
    require_may_cancel(run, by)
    reason = storable(reason).strip()
    if len(reason) > LONGEST_REASON:
        raise InvalidInputs({"reason": [f"Give at most {LONGEST_REASON} characters."]})
    with transaction():
        cancel_as(run.number, by.username, reason)


def cancel_as(number: int, by: str, reason: str) -> None:
    """Ask in the name of by; belongs inside a transaction.

    :raises NotPossible: the run is over.
    """
    for _ in range(TRIES):
        for step in (states.cancel_queued, states.ask_to_cancel):
            try:
                step(number, by, reason)
            except NotPossible:
                continue  # it has moved on, or is asked already
            return
        run = db.session.get_one(Run, number, populate_existing=True)
        if run.finished:
            raise NotPossible("This run is over.")
        if run.cancelling:
            return


def kill(run: Run, by: User) -> None:
    """End a run that was asked to stop, now and by force.

    :raises NotAllowed: by may not cancel it.
    :raises NotPossible: it is over, or nobody has asked it to stop.
    """
    require_may_cancel(run, by)
    with transaction():
        fresh = db.session.get_one(Run, run.number, populate_existing=True)
        if fresh.finished:
            raise NotPossible("This run is over.")
        if fresh.kill_requested_at is not None:
            return
        if fresh.cancel_requested_at is None:
            raise NotPossible("Cancel the run first: its job gets a moment to clean up.")
        states.ask_to_kill(run.number, by.username)


def may_cancel(run: Run, user: User) -> bool:
    """Whether user may stop run: who started it may, anybody else with the permission."""
    own = user.is_authenticated and user.is_active and run.user_id == user.id
    return own or may(user, "extras.cancel_job")


def require_may_cancel(run: Run, by: User) -> None:
    """Go on only if by may stop run.

    :raises NotAllowed: they have not started it and lack the permission to cancel runs of others.
    """
    if not may_cancel(run, by):
        require(by, "extras.cancel_job", run.job or run.job_name)


def grace() -> int:
    """Seconds that a job has to clean up."""
    seconds: int = current_app.extensions["settings"].cancel_grace
    return seconds
