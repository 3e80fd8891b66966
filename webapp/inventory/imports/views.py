"""The page where objects are imported: a text or a file, what it would do, and then doing it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.errors import NotPossible
from webapp.inventory import routes
from webapp.inventory.fields import Field
from webapp.inventory.imports import service
from webapp.inventory.imports.steps import Plan, Problem, words
from webapp.inventory.imports.tables import Unreadable, decoded, table_of
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.telling import natural

MOST_SHOWN = 500
"""Lines of a plan that the page shows; the counts are of all."""
LONGEST_EXAMPLE = 60
EXAMPLES = {"text": "text", "long text": "text", "number": "1", "decimal": "1.5", "truth": "true", "json": "one, two"}
TYPES = {"long text": "text, of several lines", "truth": "true or false", "json": "texts, with commas between them"}


def new(kind: ObjectKind) -> str:
    """What an import takes."""
    return _page(kind, "", None)


def create(kind: ObjectKind) -> ResponseReturnValue:
    """What importing the text or the file would do; done if it is what was shown."""
    text = request.form.get("text", "")
    try:
        text = _sent() or text
        table = table_of(text)
        if "import" not in request.form:
            plan = service.rehearsed(kind, table, current_user)
            return _page(kind, text, plan), 400 if plan.problems else 200
        plan = service.carry_out(kind, table, request.form.get("shown", ""), current_user)
    except Unreadable as refusal:
        return _page(kind, text, Plan(problems=[Problem(refusal.line, str(refusal))])), 400
    except service.Overtaken as refusal:
        return _page(kind, text, refusal.plan, refusal.message), 409
    except NotPossible as refusal:  # somebody else is at it
        return _page(kind, text, None, refusal.message), 409
    flash(f"{plan.counts['create']:,} created, {plan.counts['change']:,} changed.", "success")
    return redirect(routes.url(kind, "list"))


def _sent() -> str:
    """The text of the file that came with the form, if one did.

    :raises Unreadable: it is none.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        return ""
    with file.stream as stream:
        return decoded(stream.read())


def _page(kind: ObjectKind, text: str, plan: Plan | None, overtaken: str = "") -> str:
    return render_template(
        "inventory/import.html",
        kind=kind,
        text=text.replace("\r\n", "\n"),
        plan=plan,
        steps=plan.to_do[:MOST_SHOWN] if plan else [],
        overtaken=overtaken,
        fields=list(_described(kind)) if plan is None else [],
        apart=" and ".join(_label(kind, column) for column in natural(kind.model)),
    )


def _described(kind: ObjectKind) -> Iterator[tuple[str, str, str, bool]]:
    """Of each field that is read its name, what it takes, an example, and whether it has to be there."""
    row = db.session.scalar(visible(kind.model).order_by(*kind.order, kind.model.id).limit(1))
    if row is not None:
        yield "id", "the id of an object that is there already", str(row.id), False
    for name in kind.settled:
        example = words(Field(name, name, "text"), getattr(row, name, None)) if row is not None else ""
        yield name, "a device and one of its ports", example or "leaf-01 Ethernet1", True
    for name, field in kind.writable.items():
        yield name, _takes(field), _example(kind, field, row), field.required


def _takes(field: Field) -> str:
    if field.type == "choice":
        return f"one of {', '.join(field.choices)}"
    if field.target is not None:
        return "name or id; of several, with commas between them" if field.type == "references" else "name or id"
    return ". ".join(filter(None, [TYPES.get(field.type, field.type), field.help]))


def _example(kind: ObjectKind, field: Field, row: object) -> str:
    told = words(field, getattr(row, field.name)) if row is not None else ""
    if field.type == "truth" or not told:
        first = _first(kind, field) if field.target is not None else field.choices[0] if field.choices else ""
        told = first or EXAMPLES.get(field.type, "")
    return told[:LONGEST_EXAMPLE]


def _first(kind: ObjectKind, field: Field) -> str:
    """What some object of kind has there; of what has to be there, anything that could be."""
    if field.target is None:
        return ""
    if field.required or field.type == "references":
        row = db.session.scalar(visible(field.target).limit(1))
        return words(field, [row] if field.type == "references" else row) if row is not None else ""
    there = getattr(kind.model, field.column).is_not(None)
    row = db.session.scalar(visible(kind.model).where(there).limit(1))
    return words(field, getattr(row, field.name)) if row is not None else ""


def _label(kind: ObjectKind, column: str) -> str:
    for field in kind.fields.values():
        if column == field.column:
            return field.label.lower() if field.label[1:2].islower() else field.label
    return column
