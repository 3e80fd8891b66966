"""Making and changing objects: one form for all kinds, and the search of its pickers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Flask, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.api import answer
from webapp.errors import InvalidInputs
from webapp.inventory import choosing, kinds, routes, service
from webapp.inventory.forms import ObjectForm, defaults_of, shown_of
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.pages import editing, object_views

MOST = 50
BACK = "_back"
"""In the address of a form for a new object: the reference to whose page to go when it is made."""
AGAIN = "_again"
NO_LABELS = "Give a JSON list of texts."


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """The addresses of these pages."""
    routes.add(app, kind, "edit", "<uuid:id>/edit/", edit, "change")
    routes.add(app, kind, "update", "<uuid:id>/edit/", update, "change", ("POST",))
    routes.add(app, kind, "search", "search", search, methods=("GET", "POST"))
    if not kind.settled:
        routes.add(app, kind, "new", "add/", new, "add")
        routes.add(app, kind, "create", "add/", create, "add", ("POST",))


def new(kind: ObjectKind) -> str:
    """The form of a new object, filled in as the address says."""
    return new_page(kind, ObjectForm(kind, shown=defaults_of(kind) | _from_address(kind)))


def create(kind: ObjectKind) -> ResponseReturnValue:
    """Make an object; or show the form again with what is wrong and all that was typed."""
    form = ObjectForm(kind, request.form, defaults_of(kind))
    try:
        row = service.create(kind, form.raw(), current_user)
    except InvalidInputs as refusal:
        form.refuse(refusal.errors)
        return new_page(kind, form), 400
    return made(kind, row)


def made(kind: ObjectKind, row: Object, whence: Object | None = None) -> ResponseReturnValue:
    """Go on after row was made: to the next one, back to the object where that was begun, or to its page."""
    flash(f"The {kind.label} {choosing.label_of(row)} is created.", "success")
    if AGAIN in request.form:
        return redirect(request.full_path.rstrip("?"))
    field = kind.fields.get(request.args.get(BACK, ""))
    if field is not None and field.type == "reference":
        whence = getattr(row, field.name)
    return redirect(object_views.url_of(whence or row) or routes.url(kind, "list"))


def new_page(kind: ObjectKind, form: ObjectForm, whence: Object | None = None) -> str:
    """The page with the form of a new object, perhaps one that is made from another one's page."""
    return render_template("inventory/new.html", kind=kind, form=form, whence=whence)


def edit(kind: ObjectKind, id: UUID) -> str:
    """The form of an object."""
    row = service.by_id(kind, id, current_user)
    shown = shown_of(kind, row)
    return _editor(kind, row, ObjectForm(kind, shown=shown), editing.dumped(kind, row, shown))


def update(kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """Change of an object what was changed in the form; or show it again with what is wrong and all that was typed."""
    row = service.by_id(kind, id, current_user)
    told = request.form.get(editing.SEEN, "")
    shown, _ = editing.seen(kind, row, told)
    form = ObjectForm(kind, request.form, shown)
    try:
        changed = editing.save(kind, id, form, told, current_user)
    except InvalidInputs as refusal:
        form.refuse(refusal.errors)
        return _editor(kind, row, form, told), 400
    except editing.Overtaken as refusal:
        return _again(kind, row, form, shown, refusal), 409
    name = choosing.label_of(service.by_id(kind, id, current_user))
    flash(f"{name} is saved: {', '.join(changed)}." if changed else "Nothing was changed.", _tone(changed))
    return redirect(routes.url(kind, "show", id=id))


def search(kind: ObjectKind) -> ResponseReturnValue:
    """The objects that may be chosen: by the words of q, or called as the JSON list _labels says.

    References of theirs that are sent as well narrow them; `for` is the kind that labels are for.
    """
    asked = request.values
    others = {name: asked[name] for name, field in kind.fields.items() if field.type == "reference" and name in asked}
    words, subject = asked.get("_q", asked.get("q", "")), asked.get("for", "")
    if kinds.called(subject) is None:
        subject = ""
    if "_labels" not in asked:
        found = choosing.found(kind, current_user, words, others, subject, most=MOST)
        return answer({"results": _told(found.results), "more": found.more})
    try:
        results, unknown = choosing.named(kind, current_user, _labels(asked["_labels"]), others, subject)
    except ValueError as problem:
        raise InvalidInputs({"_labels": [str(problem)]}) from None
    return answer({"results": _told(results), "unknown": unknown, "more": False})


def _from_address(kind: ObjectKind) -> dict[str, Any]:
    """What the address says of fields."""
    given: dict[str, Any] = {}
    for name, field in kind.writable.items():
        if name in request.args:
            several = field.type == "references"
            given[name] = request.args.getlist(name) if several else request.args[name]
            if field.type == "truth":
                given[name] = request.args[name].lower() in ("true", "1", "yes", "on")
    return given


def _again(
    kind: ObjectKind, row: Object, form: ObjectForm, shown: Mapping[str, Any], refusal: editing.Overtaken
) -> str:
    """The form with what was typed and what is new, once others were faster."""
    now = shown_of(kind, row)
    fresh = ObjectForm(kind, shown=editing.merged(kind, row, form.state, shown))
    fresh.refuse(refusal.errors)
    return _editor(kind, row, fresh, editing.dumped(kind, row, now), refusal.message)


def _editor(kind: ObjectKind, row: Object, form: ObjectForm, told: str, overtaken: str = "") -> str:
    label = choosing.label_of(row)
    return render_template(
        "inventory/edit.html", kind=kind, row=row, label=label, form=form, seen=told, overtaken=overtaken
    )


def _tone(changed: list[str]) -> str:
    return "success" if changed else "info"


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
