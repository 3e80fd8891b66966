"""The page of an object, and the one that asks before it is deleted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.permissions import may
from webapp.errors import NotPossible
from webapp.inventory import choosing, kinds, related, routes, sections, service, tabs
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.pages import beside

MOST_ANCESTORS = 20
IN_HEAD = ("status", "tags")


def init_app(app: Flask) -> None:
    """Give templates what they need of an object, and its page the first tab."""
    app.jinja_env.globals.update(object_tabs=tabs.links, object_url=url_of, object_label=choosing.label_of)
    app.jinja_env.globals["inventory_url"] = routes.url
    app.jinja_env.filters["capital"] = sections.capital
    tabs.add(app, tabs.Tab("Details", "show", None, 10))


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """The addresses of these pages."""
    routes.add(app, kind, "show", "<uuid:id>/", show)
    routes.add(app, kind, "remove", "<uuid:id>/delete/", remove, "delete")
    routes.add(app, kind, "delete", "<uuid:id>/delete/", delete, "delete", ("POST",))


def show(kind: ObjectKind, id: UUID) -> str:
    """What is known of an object, and what refers to it."""
    row = service.by_id(kind, id, current_user)
    parts = beside.of(kind.name)
    covered = frozenset(name for part in parts for name in part.covers)
    told = beside.told(parts, row, current_user)
    return render_template(
        "inventory/show.html",
        **frame(kind, row),
        sections=_sections(kind, row),
        parts=[(part, found) for part, found in told if not part.side],
        asides=[(part, found) for part, found in told if part.side],
        related=related.related_to(row, current_user, covered),
    )


def remove(kind: ObjectKind, id: UUID) -> str:
    """What deleting an object does and what prevents it, before anybody does it."""
    return _question(kind, service.by_id(kind, id, current_user))


def delete(kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """Delete an object; or show again why it cannot be."""
    row = service.by_id(kind, id, current_user)
    name = choosing.label_of(row)
    try:
        service.delete(kind, [row], current_user)
    except NotPossible as refusal:
        return _question(kind, service.by_id(kind, id, current_user), refusal.message), 409
    flash(f"The {kind.label} {name} is deleted.", "success")
    return redirect(routes.url(kind, "list"))


def frame(kind: ObjectKind, row: Object) -> dict[str, Any]:
    """What "inventory/_frame.html" needs of an object."""
    return {"kind": kind, "row": row, "label": choosing.label_of(row), "ancestors": ancestors(kind, row)}


def ancestors(kind: ObjectKind, row: Any) -> list[Object]:
    """What row lies in, the outermost first, where objects of its kind lie in one another."""
    field = kind.fields.get("parent")
    if field is None or field.target is not kind.model:
        return []
    found = list[Object]()
    while (row := row.parent) is not None and row not in found and len(found) < MOST_ANCESTORS:
        found.insert(0, row)
    return found


def url_of(row: Object) -> str | None:
    """The page of row; None if the user may not open it."""
    kind = kinds.of(type(row))
    return routes.url(kind, "show", id=row.id) if may(current_user, kind.permission("view")) else None


def _sections(kind: ObjectKind, row: Object) -> list[tuple[str, list[Any], list[Any]]]:
    """Headings, the fields of which there is something to show, and those that are empty; not what the head shows."""
    left = [(title, [one for one in fields if not _in_head(one, row)]) for title, fields in sections.sections_of(kind)]
    found = [(title, *sections.filled(fields, row)) for title, fields in left]
    derived = [field for field in kind.fields.values() if field.derived and field.type == "reference"]
    found[0][1].extend(sections.filled(derived, row)[0])
    return found


def _in_head(field: Field, row: Any) -> bool:
    held = getattr(row, field.name)
    return bool(held) and (field.name in IN_HEAD or (field.type == "text" and held == str(row)))


def _question(kind: ObjectKind, row: Object, refusal: str = "") -> str:
    """The page that asks whether to delete row, as things are now."""
    fates: dict[str, list[tuple[related.Relation, int]]] = {"goes": [], "stays": [], "prevents": []}
    for relation in related.relations_to(kind.model):
        if count := related.counted(relation, row):
            fates[relation.fate].append((relation, count))
    cables = related.cables_with(kind.model, [row.id])
    return render_template("inventory/remove.html", **frame(kind, row), fates=fates, cables=cables, refusal=refusal)
