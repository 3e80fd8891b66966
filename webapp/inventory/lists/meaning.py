"""Which objects a form is about, what it wants of them, and the pages that it leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from flask import render_template, request
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.errors import NotPossible
from webapp.inventory.choosing import label_of
from webapp.inventory.forms import ObjectForm
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists import asked as addresses
from webapp.inventory.lists import several
from webapp.inventory.lists.asked import Asked
from webapp.inventory.lists.deleting import consequences
from webapp.inventory.lists.listing import ids as ids_of
from webapp.inventory.lists.listing import loading
from webapp.inventory.lists.several import Wish, settable
from webapp.ui import chosen

ALL, QUERY, TICKED, WAY = "_all", "_query", "_set", "_way_"
"""Of forms: everything that the filters show, the address of the list, the fields that are to be set, and how, where
one of them is a list."""
LONGEST_ADDRESS = 20_000


def subjects(kind: ObjectKind) -> Sequence[Any]:
    """The objects that the request is about, those that are still there and may be seen.

    :raises NotPossible: there are too many, or nobody can say which they are.
    """
    if not request.values.get(ALL):
        return rows_of(kind, chosen.ids(kind.plural))
    try:
        ids = ids_of(kind, _asked(), current_user, chosen.MOST)
    except ValueError as problem:
        raise NotPossible(f"Nobody can say which {kind.plural} are meant: {problem}") from None
    if len(ids) > chosen.MOST:
        raise chosen.too_many(f"more than {chosen.MOST:,}", kind.plural)
    return rows_of(kind, ids)


def rows_of(kind: ObjectKind, ids: Sequence[UUID]) -> Sequence[Any]:
    """The objects with these ids that are there and may be seen, in the order of their kind."""
    if not ids:
        return []
    query = visible(kind.model).where(kind.model.id.in_(ids)).options(*loading(kind, [kind.home] if kind.home else []))
    return db.session.scalars(query.order_by(*kind.order, kind.model.id)).all()


def _asked() -> Asked:
    """What the address of the list asked for; of a link, its own does."""
    query = request.form.get(QUERY, "")[:LONGEST_ADDRESS]
    given = MultiDict(parse_qsl(query)) if request.method == "POST" else request.args
    return addresses.read(MultiDict((name, value) for name, value in given.items(multi=True) if name != ALL))


def back(kind: ObjectKind) -> str:
    """The list as it was."""
    return addresses.url(kind, _asked().address)


def wish(kind: ObjectKind) -> tuple[ObjectForm, Wish]:
    """What was typed, and what of it is to be set."""
    form = ObjectForm(kind, request.form)
    known = settable(kind)
    ticked = [name for name in request.form.getlist(TICKED) if name in known]
    typed = form.raw()
    ways = {name: way for name in ticked if (way := request.form.get(WAY + name)) in several.WAYS}
    return form, Wish({name: typed[name] for name in ticked}, ways)


def sent() -> list[tuple[str, str]]:
    """What the form held, to be sent once more as it was."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "id", QUERY)]


def form_page(kind: ObjectKind, rows: Sequence[Any], form: ObjectForm) -> str:
    """The form for rows, as it was filled in."""
    return render_template(
        "inventory/edit_several.html",
        **frame(kind, [row.id for row in rows]),
        rows=rows,
        labels=[label_of(row) for row in rows],
        sections=[
            (title, [each for each in controls if each.name in settable(kind)]) for title, controls in form.sections()
        ],
        types={name: each.type for name, each in kind.writable.items()},
        ways=several.WAYS,
        way_of={name: request.form.get(WAY + name, several.ADD) for name in kind.writable},
        ticked=request.form.getlist(TICKED),
        problems=form.problems,
    )


def question_page(kind: ObjectKind, ids: Sequence[UUID]) -> str:
    """The page that asks whether to delete these objects, as things are now."""
    rows = rows_of(kind, ids)
    return render_template(
        "inventory/remove_several.html",
        **frame(kind, ids),
        rows=rows,
        labels=[label_of(row) for row in rows],
        told=consequences(kind, ids, current_user),
    )


def frame(kind: ObjectKind, ids: Sequence[UUID]) -> Mapping[str, Any]:
    """What all of these pages need."""
    return {"kind": kind, "ids": ids, "what": _what(kind, len(ids)), "back": back(kind), "query": _asked().query}


def _what(kind: ObjectKind, count: int) -> str:
    return f"one {kind.label}" if count == 1 else f"{count:,} {kind.plural}"
