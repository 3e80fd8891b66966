"""Looking for objects while a form is filled: answers for the script that makes lists better to choose from."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import needs
from webapp.api import answer
from webapp.catalogue import service as catalogue
from webapp.errors import InvalidInputs, NotFound
from webapp.inputs import searching
from webapp.inputs.forms import InputsForm
from webapp.jobs.objects import ObjectVar
from webapp.jobs.variables import variables_of

bp = Blueprint("launch_objects", __name__)

MOST = 50
NO_LABELS = "Give a JSON list of texts."


@bp.post("/jobs/<uuid:id>/run/objects/<name>")
@needs("extras.run_job")
def search(id: UUID, name: str) -> ResponseReturnValue:
    """The objects that may be chosen for a variable: by the words of _q, or called as the JSON list _labels says.

    The other fields of the form, sent as well, narrow them.
    """
    job = catalogue.runnable_by(current_user, id)
    variables = variables_of(job.variables)
    variable = variables.get(name)
    if not isinstance(variable, ObjectVar):
        raise NotFound("This job has no such variable.")
    others = InputsForm({name: one for name, one in variables.items() if name in variable.others}, request.form).raw()
    try:
        if "_labels" in request.form:
            results, unknown = searching.labelled(variable, current_user, others, _labels(request.form["_labels"]))
            return answer({"results": _told(results), "unknown": unknown, "more": False})
        found = searching.found(variable, current_user, others, request.form.get("_q", ""), most=MOST)
    except ValueError as problem:
        raise InvalidInputs({name: [str(problem)]}) from None
    return answer({"results": _told(found.results), "more": found.more})


def _labels(text: str) -> list[str]:
    """
    :raises ValueError: text is no JSON list of texts.
    """
    try:
        labels = json.loads(text)
    except (RecursionError, ValueError):
        raise ValueError(NO_LABELS) from None
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        raise ValueError(NO_LABELS)
    return labels


def _told(results: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in results]
