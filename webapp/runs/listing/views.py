"""The Runs page, what has happened to it since, and the last runs of a job."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import may, visible
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.runs import key_inputs, waiting
from webapp.runs.listing import asked, live, saved, tallies, typed
from webapp.runs.listing.asked import Asked
from webapp.runs.listing.listing import Listing, listing, straight_to
from webapp.runs.listing.offers import offers
from webapp.runs.models import Run
from webapp.runs.routes import bp
from webapp.ui.pages import PAGE, cursor, find, unseen

RECENT = 8
UNKNOWN = 400


@bp.get("/runs/")
@needs(SIGNED_IN)
def index() -> Response:
    """The runs that the address asks for, newest first; or the one whose number it says."""
    wanted = asked.read(request.args)
    # Who types has not said all of it yet.
    if "HX-Request" in request.headers:
        try:
            wanted = typed.filters(wanted, current_user)
        except ValueError:
            return make_response("", 204)
    elif elsewhere := _elsewhere(wanted):
        return redirect(elsewhere)
    found = listing(wanted, request.args.get("before", type=cursor), current_user, PAGE)
    response = make_response(_page(found), UNKNOWN if found.narrowed.problems else 200)
    if request.headers.get("HX-Trigger") == "filters":
        # The address that says no more than it has to, rather than all that the form sends.
        response.headers["HX-Push-Url"] = url_for("runs.index", **wanted.address)
    return response


@bp.get("/runs/news")
@needs(SIGNED_IN)
def news() -> str:
    """What has happened to the runs that a window shows, and when it is to ask again."""
    place = live.read(asked.read(request.args), request.args)
    return render_template(
        "runs/listing/_news.html",
        news=live.news(place, current_user),
        delay=live.HIDDEN_SECONDS if unseen() else None,
        choosing=_choosing(),
    )


@bp.get("/jobs/<uuid:id>/runs/recent")
@needs("extras.view_job")
def recent(id: UUID) -> str:
    """The last runs of a job, for its page."""
    job = find(visible(Job), id=id)
    rows = db.session.scalars(visible(Run).where(Run.job_id == id).order_by(Run.number.desc()).limit(RECENT)).all()
    reasons, given = waiting.reasons(rows), key_inputs.shown(rows, current_user)
    return render_template("runs/_recent.html", rows=rows, reasons=reasons, key_inputs=given, job=job)


def _elsewhere(wanted: Asked) -> str | None:
    """Where else that is which is asked for: a run by its number, or filters by the words that were typed."""
    if (number := straight_to(wanted, current_user)) is not None:
        return url_for("runs.show", number=number)
    try:
        meant = typed.filters(wanted, current_user)
    except ValueError:  # which the page says
        return None
    return None if meant == wanted else url_for("runs.index", **meant.address)


def _page(found: Listing) -> str:
    own = saved.views(current_user)
    views = [*saved.EVERYBODYS, *own]
    return render_template(
        "runs/listing/index.html",
        listing=found,
        asked=found.narrowed.asked,
        offers=offers(current_user),
        suggested=typed.SUGGESTED,
        views=views,
        shown=saved.shown(found.narrowed.asked, views),
        tallies=tallies.tallies(current_user),
        place=live.place_of(found) if found.before is None and not found.narrowed.problems else None,
        longest_name=saved.LONGEST_NAME,
        choosing=_choosing(),
    )


def _choosing() -> dict[str, object]:
    """What the reader may do with runs: to those of others, and not only to their own."""
    allowed = {
        "cancel": may(current_user, "extras.cancel_job"),
        "delete": may(current_user, "extras.delete_jobresult"),
        "run": may(current_user, "extras.run_job"),
    }
    return {**allowed, "several": any(allowed.values()), "me": current_user.id, "list": url_for("runs.index")}
