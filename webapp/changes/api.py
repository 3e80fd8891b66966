"""Changes over the API, where they are called object-changes: to be read, never to be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue

from webapp.accounts.gate import needs
from webapp.accounts.models import User
from webapp.accounts.permissions import registered
from webapp.api import answer, find, listing
from webapp.api.columns import filters_of, named, negated
from webapp.api.filters import search
from webapp.api.lists import Filter
from webapp.changes.models import Action, Change, Context
from webapp.changes.seeing import seen
from webapp.changes.shapes import change_json, changes_json

bp = Blueprint("object_changes_api", __name__, url_prefix="/api/extras/object-changes")

EXTENSION = "change_filters"


def one_of(column: Any, known: Callable[[], Any]) -> Filter:
    """The column holds one of the values, all of which are known."""

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        for value in values:
            if value not in known():
                raise ValueError(f"“{value[:100]}” is not a valid choice.")
        found: sa.ColumnElement[bool] = column.in_(values)
        return found

    return condition


def filters_about(model: Any) -> dict[str, Filter]:
    """The filters by what a change is about, for changes that have happened and for planned ones."""
    action, kind = one_of(model.action, lambda: [*Action]), one_of(model.kind, registered)
    return {
        **{"action": action, "action__n": negated(action)},
        **{"changed_object_type": kind, "changed_object_type__n": negated(kind)},
        **filters_of(changed_object_id=model.row_id, object_repr=model.row_name),
    }


BY_USER = named(Change.user_id, User.id, User.username)
BY_CONTEXT = one_of(Change.context, lambda: [*Context])
FILTERS: dict[str, Filter] = {
    **filters_about(Change),
    **filters_of(id=Change.id, time=Change.at, user_name=Change.user_name, user_id=Change.user_id),
    **filters_of(request_id=Change.request_id, run=Change.run_number),
    **{"user": BY_USER, "user__n": negated(BY_USER)},
    **{"change_context": BY_CONTEXT, "change_context__n": negated(BY_CONTEXT)},
    "q": search(Change.row_name, Change.user_name),
}
SORTS = {
    "time": Change.number,
    "user_name": Change.user_name,
    "changed_object_type": Change.kind,
    "object_repr": Change.row_name,
    "action": Change.action,
}


def add_filter(app: Flask, name: str, filter: Filter) -> None:
    """Let clients of app narrow the list by filter as well, which a feature above knows."""
    app.extensions.setdefault(EXTENSION, {})[name] = filter


@bp.get("/", strict_slashes=False)
@needs("extras.view_objectchange")
def index() -> ResponseReturnValue:
    """The changes that the caller sees, newest first."""
    more: dict[str, Filter] = current_app.extensions.get(EXTENSION, {})
    return listing(seen(), changes_json, {**FILTERS, **more}, SORTS, "-time")


@bp.get("/<uuid:id>/", strict_slashes=False)
@needs("extras.view_objectchange")
def detail(id: UUID) -> ResponseReturnValue:
    """One change."""
    return answer(change_json(find(seen().where(Change.id == id))))
