"""Choosing objects in forms of the inventory: the first that have some words, or those that a pasted list names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.inventory import kinds, reading
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.models.labels import Label
from webapp.jobs.plain import has_surrogates, text_of
from webapp.lookups import beginnings

EXTENSION = "inventory_offers"
MOST_WORDS, LONGEST_SEARCH = 20, 500
MOST_LABELS = 1_000


@dataclass(frozen=True)
class Found:
    """Primary keys and labels, in order, and whether there are more."""

    results: list[tuple[str, str]]
    more: bool


def offer(app: Flask, kind: str, subject: str, suits: sa.ColumnElement[bool]) -> None:
    """Offer only those objects of kind that are so where an object of the kind subject is made or changed."""
    app.extensions.setdefault(EXTENSION, {})[kind, subject] = suits


def owner_of(kind: ObjectKind) -> Field | None:
    """The reference to what components of that kind lie in; None if they lie in nothing."""
    return kind.fields[kind.home] if kind.home and kind.search else None


def label_of(row: Object) -> str:
    """What people see of row where it stands by itself: a component with what it lies in."""
    owner = owner_of(kinds.of(type(row)))
    return text_of(f"{getattr(row, owner.name)} {row}" if owner else row)


def found(
    kind: ObjectKind, user: User, words: str = "", others: Mapping[str, str] = {}, subject: str = "", *, most: int
) -> Found:
    """The first objects of kind that user may see and that have all of words in what they are known by.

    others narrows them: what a reference of theirs is, by its name, an id or a label. subject is the kind that labels
    are for.
    """
    if not _is_sayable(words):
        return Found([], more=False)
    try:
        query = _choosable(kind, user, others, subject)
    except ValueError:
        return Found([], more=False)
    rows = list(_search(kind, query, words.strip()[:LONGEST_SEARCH], most + 1))
    return Found([(str(row.id), label_of(row)) for row in rows[:most]], more=len(rows) > most)


def named(
    kind: ObjectKind, user: User, labels: Sequence[str], others: Mapping[str, str] = {}, subject: str = ""
) -> tuple[list[tuple[str, str]], list[str]]:
    """The objects that are called so, or have that id, in the order of labels; and the labels that are unknown or mean
    several.

    :raises ValueError: there are too many labels, or others do not fit.
    """
    wanted = list(dict.fromkeys(text for label in labels if (text := label.strip())))
    if len(wanted) > MOST_LABELS:
        raise ValueError(f"Paste at most {MOST_LABELS:,} at a time.")
    sayable = [text for text in wanted if _is_sayable(text)]
    name = kind.search[0] if kind.search else kind.model.id
    ids = [id for text in sayable if (id := id_or_none(text))]
    either = sa.or_(kind.model.id.in_(ids), sa.func.lower(name).in_([text.lower() for text in sayable]))
    rows = db.session.scalars(_choosable(kind, user, others, subject).where(either)).all()
    meant = {text: [row for row in rows if text.lower() in (str(row.id), _name(name, row).lower())] for text in wanted}
    known = [(str(fits[0].id), label_of(fits[0])) for fits in meant.values() if len(fits) == 1]
    return list(dict.fromkeys(known)), [text for text, fits in meant.items() if len(fits) != 1]


def labels_of(kind: ObjectKind, user: User, texts: Iterable[str]) -> dict[str, str]:
    """The labels of the objects with these ids, by id; a text that is no id of any that user may see is its own."""
    given = list(dict.fromkeys(text for text in texts if text))
    ids = [id for text in given if (id := id_or_none(text))]
    rows = db.session.scalars(visible(kind.model, user).where(kind.model.id.in_(ids))).all() if ids else []
    known = {str(row.id): label_of(row) for row in rows}
    return {text: known.get(text, text_of(text)) for text in given}


def id_or_none(text: str) -> UUID | None:
    """text as an id; None if it is none."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _choosable(kind: ObjectKind, user: User, others: Mapping[str, str], subject: str) -> sa.Select[Any]:
    """
    :raises ValueError: others do not fit.
    """
    query = visible(kind.model, user)
    for name, text in others.items():
        if text:
            query = query.where(getattr(kind.model, name) == reading.found(kind.fields[name], text, user))
    if subject:
        query = query.where(_suits(kind, subject))
    owner = owner_of(kind)
    return query.options(selectinload(getattr(kind.model, owner.name))) if owner else query


def _suits(kind: ObjectKind, subject: str) -> sa.ColumnElement[bool]:
    """The condition that an object of kind is to be offered where one of subject is made or changed."""
    said: sa.ColumnElement[bool] = current_app.extensions.get(EXTENSION, {}).get((kind.name, subject), sa.true())
    if not issubclass(kind.model, Label):
        return said
    kinds_told = sa.cast(kind.model.content_types, sa.Text)
    return sa.and_(said, sa.or_(kinds_told == "[]", kinds_told.contains(f'"{subject}"', autoescape=True)))


def _search(kind: ObjectKind, query: sa.Select[Any], text: str, most: int) -> Iterator[Object]:
    """First those whose name begins with text, which an index answers; then those that have its words anywhere."""
    [first, *_] = kind.search or (kind.model.id,)
    words, begun = text.split()[:MOST_WORDS], list[Object]()
    if words:
        begun += db.session.scalars(_begun(kind, query, text, words).limit(most))
        yield from begun
    # Of components there are very many, and who names what they lie in has found them.
    if len(begun) < most and not (begun and kind.components):
        others = query.where(*(_has(kind, word) for word in words), kind.model.id.not_in([row.id for row in begun]))
        order = (first, kind.model.id) if words or not kind.components else (kind.model.id,)
        yield from db.session.scalars(others.order_by(*order).limit(most - len(begun)))


def _begun(kind: ObjectKind, query: sa.Select[Any], text: str, words: Sequence[str]) -> sa.Select[Any]:
    """Those of query whose name begins with text; of components, those of what begins with the first word."""
    owner = owner_of(kind)
    if owner is None:
        [first, *_] = kind.search or (sa.cast(kind.model.id, sa.Text),)
        order = beginnings.in_order(first) if kind.many else first
        return query.where(beginnings.begin(first, text)).order_by(order, kind.model.id)
    name = _name_of(owner)
    there = query.join(getattr(kind.model, owner.name)).where(beginnings.begin(name, words[0]))
    return there.where(*(_has(kind, word) for word in words[1:])).order_by(name, kind.search[0], kind.model.id)


def _name_of(reference: Field) -> InstrumentedAttribute[str]:
    target: Any = reference.target
    return kinds.of(target).search[0]


def _has(kind: ObjectKind, word: str) -> sa.ColumnElement[bool]:
    owner = owner_of(kind)
    has = [column.icontains(word, autoescape=True) for column in kind.search]
    if owner is not None:
        has.append(getattr(kind.model, owner.name).has(_name_of(owner).icontains(word, autoescape=True)))
    return sa.or_(sa.false(), *has)


def _name(column: InstrumentedAttribute[Any], row: Object) -> str:
    return str(getattr(row, column.key))


def _is_sayable(text: str) -> bool:
    return "\0" not in text and not has_surrogates(text)
