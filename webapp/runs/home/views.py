"""The page that people come to first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.catalogue import listing
from webapp.errors import InvalidInputs
from webapp.runs import key_inputs
from webapp.runs.home import seen
from webapp.runs.home.failures import failures
from webapp.runs.home.present import Present, any_at_all, counts, present, started_by
from webapp.runs.home.waiting import waiting_for
from webapp.runs.listing.tallies import said

bp = Blueprint("home", __name__)

SECONDS, QUIET_SECONDS = 3, 5
"""Between two looks while runs go on, and while none does."""


@bp.get("/")
@needs(SIGNED_IN)
def show() -> str:
    """What goes on, what has failed, what waits for the reader, and what they have at hand."""
    return render_template(
        "runs/home/show.html",
        **_live(present(current_user)),
        waiting=waiting_for(current_user),
        favourites=listing.favourites(current_user),
    )


@bp.get("/home/live")
@needs(SIGNED_IN)
def live() -> str | tuple[str, int]:
    """The part of the page that changes; a 204 if it is as it was with that ?version=."""
    now = present(current_user)
    if request.args.get("version") == now.version:
        return "", 204
    return render_template("runs/home/_live.html", **_live(now))


@bp.post("/home/seen")
@needs(SIGNED_IN)
def mark() -> Response:
    """The reader has seen the failures that had ended by then.

    :raises InvalidInputs: that is no moment.
    """
    seen.mark(current_user, _moment(request.form.get("until", "")))
    return redirect(url_for("home.show"), 303)


@bp.post("/home/unseen")
@needs(SIGNED_IN)
def unmark() -> Response:
    """Show again what the reader has marked as seen."""
    seen.unmark(current_user)
    return redirect(url_for("home.show"), 303)


def _live(now: Present) -> dict[str, Any]:
    """What the part of the page that changes needs."""
    looked, there = seen.look(current_user), counts(current_user)
    failed, mine = failures(current_user, looked.until), started_by(current_user)
    nothing = not (now.running or mine or failed.jobs or there.waiting)
    return {
        "version": now.version,
        "seconds": SECONDS if now.running else QUIET_SECONDS,
        "running": now.running,
        "running_count": said(there.running),
        "more_running": there.running > len(now.running),
        "waiting_count": said(there.waiting) if there.waiting else "",
        "seen": looked,
        "failed": failed,
        "mine": mine,
        "key_inputs": key_inputs.shown([*now.running, *mine, *(job.runs[0] for job in failed.jobs)], current_user),
        "fresh": nothing and not any_at_all(current_user),
    }


def _moment(text: str) -> datetime:
    """
    :raises InvalidInputs: text is none.
    """
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInputs({"until": ["Give a moment as in 2026-01-31T12:00:00+00:00."]}) from None
