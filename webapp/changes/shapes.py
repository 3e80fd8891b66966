"""Changes as JSON, in the reference's shape of an ObjectChange, with what was before and after beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID, uuid5

from flask import current_app

from webapp.accounts.models import User
from webapp.api import common, depth, nested, when
from webapp.api.shapes import Shape
from webapp.changes.models import Action, Change, PlannedChange
from webapp.changes.origins import Origin, origins
from webapp.changes.telling import Row, kind_label, present, wording_of

LABELS = {Action.CREATE: "Created", Action.UPDATE: "Updated", Action.DELETE: "Deleted"}
UNKNOWN = "unknown"
"""What the reference says of a change of which nobody knows how it came."""


def changes_json(changes: Sequence[Change]) -> list[Shape]:
    """Changes in the reference's shape; asks once which rows and runs are there."""
    there, runs = _present(changes), origins({change.run_number for change in changes if change.run_number})
    return [_change_json(change, there, runs.get(change.run_number or 0)) for change in changes]


def change_json(change: Change) -> Shape:
    """A change in the reference's shape."""
    [told] = changes_json([change])
    return told


def planned_json(run: Origin, changes: Sequence[PlannedChange], user: User | None, user_name: str) -> list[Shape]:
    """What a dry run of that user would have changed, in the same shape; ids are derived, as nothing has happened."""
    there = _present(changes)
    return [_planned_json(change, there, run, user, user_name) for change in changes]


def _present(changes: Sequence[Row]) -> set[tuple[str, str]]:
    """Which of the rows are there; asks once for each kind of which the request wants to see rows in full."""
    there = present(changes)
    for kind in {kind for kind, _ in there}:
        depth.prepare([UUID(id) for name, id in there if name == kind], kind)
    return there


def _change_json(change: Change, there: Collection[tuple[str, str]], run: Origin | None) -> Shape:
    display = f"{kind_label(change.kind)} {change.row_name} {LABELS[change.action].lower()} by {change.user_name}"
    return {
        **common(change.id, "extras.objectchange", display, "object_changes_api.detail"),
        "time": when(change.at),
        "user": nested(change.user_id, "users.user", "users_api.detail"),
        "user_name": change.user_name,
        "request_id": str(change.request_id) if change.request_id else None,
        "change_context": change.context or UNKNOWN,
        **_about(change, there, run),
        "run": change.run_number,
        "planned": False,
    }


def _planned_json(
    change: PlannedChange, there: Collection[tuple[str, str]], run: Origin, user: User | None, user_name: str
) -> Shape:
    id = uuid5(run.id, f"planned {change.number}")
    display = f"{kind_label(change.kind)} {change.row_name} would be {LABELS[change.action].lower()}"
    return {
        **common(id, "extras.objectchange", display, "job_results_api.detail"),
        "url": None,
        "time": None,
        "user": nested(user.id, "users.user", "users_api.detail") if user else None,
        "user_name": user_name,
        "request_id": str(run.id),
        "change_context": "job",
        **_about(change, there, run),
        "run": run.number,
        "planned": True,
    }


def _about(change: Any, there: Collection[tuple[str, str]], run: Origin | None) -> Shape:
    """What is told of what has happened and of what would have."""
    return {
        "change_context_detail": run.class_path if run else "",
        "action": {"value": change.action, "label": LABELS[change.action]},
        "changed_object_type": change.kind,
        "changed_object_id": change.row_id,
        "changed_object": _object(change, there),
        "related_object_type": None,
        "related_object_id": None,
        "object_repr": change.row_name,
        "object_data": change.before if change.action is Action.DELETE else change.after,
        "object_data_v2": None,
        "before": change.before,
        "after": change.after,
        "job_result": nested(run.id, "extras.jobresult", "job_results_api.detail") if run else None,
    }


def _object(change: Row, there: Collection[tuple[str, str]]) -> Shape | None:
    """The row itself, if it is there and has an address."""
    endpoint = wording_of(change.kind).endpoint
    if (change.kind, change.row_id) not in there or endpoint not in current_app.view_functions:
        return None
    return nested(UUID(change.row_id), change.kind, str(endpoint), **wording_of(change.kind).values)
