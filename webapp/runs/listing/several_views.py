"""Several runs of the list: cancelling and deleting them, each with a page that says first what would happen."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.errors import InvalidInputs, NotPossible
from webapp.runs import cancelling, key_inputs
from webapp.runs.listing import asked, several
from webapp.runs.listing.several import Sorted
from webapp.runs.routes import bp
from webapp.ui.chosen import IDS
from webapp.ui.pages import LARGEST

MOST_NAMED = 12
"""Numbers that a message names one by one."""
NOTHING = "Choose some runs first."


@bp.get("/runs/cancellation")
@needs(SIGNED_IN)
def cancel_several() -> ResponseReturnValue:
    """What cancelling the chosen runs would do, and to which of them."""
    numbers = _numbers()
    return _cancel_page(several.cancellable(numbers, current_user)) if numbers else _nothing()


@bp.post("/runs/cancellation")
@needs(SIGNED_IN)
def cancel_these() -> ResponseReturnValue:
    """Ask for the end of the chosen runs; or show the question again, with what was wrong."""
    if not (numbers := _numbers()):
        return _nothing()
    reason = request.form.get("reason", "")
    try:
        done = several.cancel(numbers, current_user, reason)
    except InvalidInputs as refusal:
        found = several.cancellable(numbers, current_user)
        return _cancel_page(found, reason, refusal.errors["reason"][0]), 400
    return _told(done, "asked to stop", "Nothing was cancelled")


@bp.get("/runs/deletion")
@needs("extras.delete_jobresult")
def delete_several() -> ResponseReturnValue:
    """What deleting the chosen runs would do, and to which of them."""
    numbers = _numbers()
    return _page("delete", several.deletable(numbers, current_user)) if numbers else _nothing()


@bp.post("/runs/deletion")
@needs("extras.delete_jobresult")
def delete_these() -> ResponseReturnValue:
    """Delete the chosen runs."""
    if not (numbers := _numbers()):
        return _nothing()
    return _told(several.delete(numbers, current_user), "deleted", "Nothing was deleted")


def named(numbers: list[int]) -> str:
    """Runs by their numbers: `#12, #13 and #14`."""
    texts = [f"#{number}" for number in numbers[:MOST_NAMED]]
    if len(numbers) > MOST_NAMED:
        texts.append(f"{len(numbers) - MOST_NAMED} more")
    *others, last = texts
    return f"{', '.join(others)} and {last}" if others else last


def skipped(found: Sorted) -> list[str]:
    """Why nothing is done to the other runs, in sentences: `2 are over already: #12 and #13.`"""
    return [
        f"{len(numbers):,} {'is' if len(numbers) == 1 else 'are'} {why}: {named(numbers)}."
        for why, numbers in found.skipped.items()
    ]


def _numbers() -> list[int]:
    """The runs that the address or the form names, each once; what is no number names none.

    :raises NotPossible: there are too many.
    """
    texts = dict.fromkeys(request.values.getlist(IDS))
    if len(texts) > several.MOST:
        raise NotPossible(f"These are {len(texts):,} runs; at most {several.MOST} can be chosen at once.")
    found = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < len(str(LARGEST)) + 1]
    return [number for number in found if number <= LARGEST]


def _cancel_page(found: Sorted, reason: str = "", problem: str | None = None) -> str:
    return _page(
        "cancel",
        found,
        grace=cancelling.grace(),
        reason=reason,
        longest=cancelling.LONGEST_REASON,
        problem=problem,
    )


def _page(what: str, found: Sorted, **more: object) -> str:
    rows = several.rows(found.numbers, current_user)
    return render_template(
        f"runs/listing/{what}.html",
        rows=rows,
        key_inputs=key_inputs.shown(rows, current_user),
        skipped=skipped(found),
        back=_back(),
        query=_query(),
        **more,
    )


def _told(done: Sorted, participle: str, nothing: str) -> ResponseReturnValue:
    """Back to the list, with what was done and what was not."""
    if done.numbers:
        one = len(done.numbers) == 1
        flash(
            f"{'One run was' if one else f'{len(done.numbers):,} runs were'} {participle}: {named(done.numbers)}.",
            "success",
        )
    if left := skipped(done):
        flash(" ".join([f"{nothing}." if not done.numbers else "Left alone:", *left]), "warning")
    return redirect(_back(), 303)


def _nothing() -> ResponseReturnValue:
    flash(NOTHING, "warning")
    return redirect(_back(), 303)


def _query() -> str:
    query = request.values.get("list", "")
    return "" if asked.is_too_long(query) else query


def _back() -> str:
    """The list as it was."""
    return url_for("runs.index", **asked.parse(_query()).address)
