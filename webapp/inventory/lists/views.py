"""The list of every kind."""

from __future__ import annotations

from collections.abc import Iterator

from flask import make_response, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.permissions import may
from webapp.inventory import routes
from webapp.inventory.fields import label_of
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists import asked, offers
from webapp.inventory.lists.cells import Cells, Head
from webapp.inventory.lists.listing import listing
from webapp.inventory.lists.ordering import LABEL, sortable
from webapp.inventory.sections import capital

UNKNOWN = 400


def index(kind: ObjectKind) -> Response:
    """The objects that the address asks for."""
    wanted = asked.read(request.args)
    found = listing(kind, wanted, current_user)
    heads = _heads(kind)
    main, others = offers.controls(kind, wanted, found.filters, current_user)
    response = make_response(
        render_template(
            "inventory/list.html",
            kind=kind,
            asked=wanted,
            listing=found,
            heads=heads,
            rows=Cells(kind, heads, current_user).rows(found.page.rows),
            main=main,
            others=others,
            has_more=offers.has_more(kind),
            actions=list(_actions(kind)),
            may_change=may(current_user, kind.permission("change")),
            may_delete=may(current_user, kind.permission("delete")),
        ),
        UNKNOWN if found.problems else 200,
    )
    if request.headers.get("HX-Trigger") == "filters":
        # The address that says no more than it has to, rather than all that the form sends.
        response.headers["HX-Push-Url"] = asked.url(kind, wanted.address)
    return response


def _actions(kind: ObjectKind) -> Iterator[tuple[str, str, str, str]]:
    """Label, icon, address and look of what can be done here besides looking."""
    if may(current_user, kind.permission("add")):
        if routes.exists(kind, "new"):
            yield f"Add {kind.label}", "plus-lg", routes.url(kind, "new"), "btn-primary"
        if routes.exists(kind, "import_"):
            yield "Import", "upload", routes.url(kind, "import_"), "btn-plain"


def _heads(kind: ObjectKind) -> list[Head]:
    """What stands above the columns of the table: a component first says in what it lies."""
    fields = [kind.fields[name] for name in kind.columns if name in kind.fields]
    heads = [Head(field.name, field.label, sortable(kind, field)) for field in fields]
    settled = [Head(name, label_of(name), sortable=False) for name in kind.settled]
    home = 1 if kind.home else 0
    return [*heads[:home], Head(LABEL, capital(kind.label), sortable=True), *settled, *heads[home:]]
