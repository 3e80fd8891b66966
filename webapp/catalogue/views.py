"""The Jobs page."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.gate import needs
from webapp.accounts.permissions import may
from webapp.catalogue import asked, listing, refreshing, service, several
from webapp.catalogue.obstacles import by_module

bp = Blueprint("catalogue", __name__)


@bp.get("/jobs/")
@needs("extras.view_job")
def index() -> Response:
    """The jobs that the address asks for, by group or in another order."""
    wanted = asked.read(request.args)
    errors = service.load_errors()
    changes = may(current_user, "extras.change_job")
    response = make_response(
        render_template(
            "catalogue/index.html",
            asked=wanted,
            shelf=listing.shelf(current_user, wanted, by_module(errors)),
            actions=several.ACTIONS,
            filters=asked.CHOICES,
            sorts=asked.SORTS,
            sources={"": "Any", **{source: source for source in listing.sources(current_user)}},
            folded=request.cookies.get("folded", "").split("."),
            new_count=listing.new_and_off(current_user) if changes else 0,
            latest=refreshing.latest() if changes else None,
            load_errors=errors if changes else [],
        )
    )
    if request.headers.get("HX-Trigger") == "filters":
        # The address that says no more than it has to, rather than all that the form sends.
        response.headers["HX-Push-Url"] = url_for("catalogue.index", **wanted.address())
    return response
