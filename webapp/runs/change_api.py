"""What a run has changed, or would have changed, over the API. The reference knows nothing of the kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.api import answer
from webapp.api.filters import any_of, search
from webapp.api.lists import listed
from webapp.changes.api import filters_about
from webapp.changes.models import Change
from webapp.changes.shapes import changes_json, planned_json
from webapp.runs import service
from webapp.runs.changed import Changes, origin_of
from webapp.runs.models import Run

bp = Blueprint("run_changes_api", __name__, url_prefix="/api/extras/job-results")


@bp.get("/<uuid:id>/changes/", strict_slashes=False)
@needs(SIGNED_IN)
def index(id: UUID) -> ResponseReturnValue:
    """What a run has changed, or what a dry run would have, as `planned` says, in its order; `counts` of all of it."""
    run = service.by_id(id, current_user)
    changes = Changes(run)
    filters = {**filters_about(changes.model), "q": search(changes.model.row_name)}
    sorts = {"number": changes.model.number, "object_repr": changes.model.row_name}
    counts = [{"changed_object_type": one.kind, "action": one.action, "count": one.count} for one in changes.counts]

    def shapes(rows: Sequence[Any]) -> list[dict[str, Any]]:
        return planned_json(origin_of(run), rows, run.user, run.user_name) if changes.planned else changes_json(rows)

    page = listed(changes.seen, shapes, filters, sorts, "number")
    return answer({"planned": changes.planned, "counts": counts, "hidden": changes.hidden, **page})


def by_job_result(values: list[str]) -> sa.ColumnElement[bool]:
    """Changes of the runs with one of these ids."""
    return Change.run_number.in_(sa.select(Run.number).where(any_of(Run.id, UUID)(values)))
