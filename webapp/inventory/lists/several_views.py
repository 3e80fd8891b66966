"""Several objects of a list: changing them and deleting them, each with a page that shows first what would happen."""

from __future__ import annotations

from flask import Flask, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.errors import InvalidInputs, NotPossible
from webapp.inventory import routes
from webapp.inventory.conflicts import WHOLE
from webapp.inventory.forms import ObjectForm
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists import meaning, several
from webapp.inventory.lists.several import Wish
from webapp.inventory.sections import capital
from webapp.ui import chosen

MOST_SHOWN = 200
"""Objects whose differences a page shows one by one."""
CHOOSE = "Choose some {} first. Those that were chosen are not there any more, or you may not see them."
TICK = "Nothing is ticked: tick what is to be set."


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """The addresses of these pages."""
    routes.add(app, kind, "edit_several", "edit/", edit, "change", ("GET", "POST"))
    routes.add(app, kind, "preview_several", "edit/preview/", preview, "change", ("POST",))
    routes.add(app, kind, "change_several", "edit/changes/", change, "change", ("POST",))
    routes.add(app, kind, "remove_several", "delete/", remove, "delete", ("GET", "POST"))
    routes.add(app, kind, "delete_several", "delete/confirmation/", delete, "delete", ("POST",))


def edit(kind: ObjectKind) -> ResponseReturnValue:
    """The form for the objects that are chosen."""
    if not (rows := meaning.subjects(kind)):
        return _nothing(kind)
    return meaning.form_page(kind, rows, ObjectForm(kind))


def preview(kind: ObjectKind) -> ResponseReturnValue:
    """What the form would change, object by object; or the form again with what is wrong."""
    if not (rows := meaning.subjects(kind)):
        return _nothing(kind)
    form, wish = meaning.wish(kind)
    if not wish.raw:
        form.refuse({WHOLE: [TICK]})
        return meaning.form_page(kind, rows, form), 400
    ids = [row.id for row in rows]
    try:
        planned = several.plan(kind, ids, wish, current_user)
    except InvalidInputs as refusal:
        return _refused(kind, form, refusal)
    return render_template(
        "inventory/preview_several.html",
        **meaning.frame(kind, ids),
        planned=[each for each in planned if each.differences],
        same=[each for each in planned if not each.differences],
        most=MOST_SHOWN,
        sent=meaning.sent(),
    )


def change(kind: ObjectKind) -> ResponseReturnValue:
    """Do what the preview has shown, to all of the objects or to none."""
    form, wish = meaning.wish(kind)
    if not (ids := chosen.ids(kind.plural)) or not wish.raw:
        return _nothing(kind)
    try:
        count = several.change(kind, ids, wish, current_user)
    except InvalidInputs as refusal:
        return _refused(kind, form, refusal)
    flash(f"{_many(kind, count)} changed: {_named(kind, wish)}.", "success")
    return redirect(meaning.back(kind))


def remove(kind: ObjectKind) -> ResponseReturnValue:
    """What deleting the objects that are chosen does, and what prevents it."""
    if not (rows := meaning.subjects(kind)):
        return _nothing(kind)
    return meaning.question_page(kind, [row.id for row in rows])


def delete(kind: ObjectKind) -> ResponseReturnValue:
    """Delete all of the objects or none; or show again why they cannot be."""
    if not (ids := chosen.ids(kind.plural)):
        return _nothing(kind)
    try:
        count = several.delete(kind, ids, current_user)
    except NotPossible as refusal:
        flash(refusal.message, "warning")
        left = meaning.rows_of(kind, ids)
        return (meaning.question_page(kind, [row.id for row in left]), 409) if left else redirect(meaning.back(kind))
    flash(f"{_many(kind, count)} deleted.", "success")
    return redirect(meaning.back(kind))


def _refused(kind: ObjectKind, form: ObjectForm, refusal: InvalidInputs) -> ResponseReturnValue:
    form.refuse(refusal.errors)
    return meaning.form_page(kind, meaning.rows_of(kind, chosen.ids(kind.plural)), form), 400


def _nothing(kind: ObjectKind) -> ResponseReturnValue:
    flash(CHOOSE.format(kind.plural), "warning")
    return redirect(meaning.back(kind))


def _many(kind: ObjectKind, count: int) -> str:
    return f"One {kind.label} is" if count == 1 else f"{count:,} {kind.plural} are"


def _named(kind: ObjectKind, wish: Wish) -> str:
    return capital(", ".join(kind.fields[name].label for name in wish.raw))
