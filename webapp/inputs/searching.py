"""Looking for objects that may be chosen: by words, or by a list of labels that somebody has pasted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from webapp import lookups
from webapp.accounts.models import User
from webapp.accounts.objects import Objects
from webapp.db import Model, db
from webapp.inputs.choosable import about, choosable, key_or_none
from webapp.jobs.objects import ObjectVar
from webapp.jobs.plain import has_surrogates
from webapp.lookups import beginnings

MOST_WORDS, LONGEST_SEARCH = 20, 500
MOST_LABELS = 1_000


@dataclass(frozen=True)
class Found:
    """Primary keys and labels, in order, and whether there are more."""

    results: list[tuple[str, str]]
    more: bool


def found(variable: ObjectVar, user: User, others: Mapping[str, Any], words: str = "", *, most: int) -> Found:
    """The first objects that user may choose for variable and that have all of words in what they are known by.

    :raises ValueError: there is no such kind of objects, or others do not fit query_params.
    """
    kind, objects = about(variable)
    query = choosable(variable, user, others).options(*objects.loads)
    text = words.strip()[:LONGEST_SEARCH]
    if "\0" in text or has_surrogates(text):
        return Found([], more=False)
    rows = beginnings.rows(query, objects.search[0], text, most + 1) if text and objects.many else []
    enough = len(rows) >= beginnings.ENOUGH
    if not enough:
        for word in text.split()[:MOST_WORDS]:
            query = query.where(sa.or_(sa.false(), *(beginnings.has(column, word) for column in objects.search)))
        key = lookups.key_of(kind.model)
        if rows:
            query = query.where(key.not_in([getattr(row, key.key) for row in rows]))
        rows += db.session.scalars(query.order_by(*_order(objects), key).limit(most + 1 - len(rows)))
    return Found([_told(variable, objects, row) for row in rows[:most]], more=enough or len(rows) > most)


def _order(objects: Objects) -> list[Any]:
    first = objects.search[:1]
    return [beginnings.in_order(column) if objects.many else column for column in first]


def labelled(
    variable: ObjectVar, user: User, others: Mapping[str, Any], labels: Sequence[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """The objects that are called so, or have that primary key, in the order of labels; and the labels that are unknown
    or mean several.

    :raises ValueError: as found() does; or there are too many labels.
    """
    wanted = list(dict.fromkeys(text for label in labels if (text := label.strip())))
    if len(wanted) > MOST_LABELS:
        raise ValueError(f"Paste at most {MOST_LABELS:,} at a time.")
    kind, objects = about(variable)
    query = choosable(variable, user, others).options(*objects.loads)
    rows = _called(kind.model, objects, query, wanted)
    exactly, roughly = _by_name(objects, rows), _by_name(objects, rows, str.lower)
    matches = {text: exactly.get(text) or roughly.get(text.lower(), []) for text in wanted}
    results = [_told(variable, objects, fits[0]) for fits in matches.values() if len(fits) == 1]
    return list(dict.fromkeys(results)), [text for text, fits in matches.items() if len(fits) != 1]


def _called(model: type[Model], objects: Objects, query: sa.Select[Any], wanted: Sequence[str]) -> list[Model]:
    """The rows of query that may be meant by wanted. Those of exactly such names an index finds; only for what is left
    all have to be read."""
    sayable = [text for text in wanted if "\0" not in text and not has_surrogates(text)]
    # What others are called as well, a label tells apart by where they lie.
    named = [text.rpartition(" (")[0] for text in sayable if text.endswith(")")] if objects.told_apart else []
    keys = {key for text in sayable if (key := key_or_none(model, text)) is not None}
    exact = [column.in_([*sayable, *named]) for column in objects.search[:1]]
    rows = list(db.session.scalars(query.where(sa.or_(lookups.key_of(model).in_(keys), *exact))))
    left = set(sayable) - _by_name(objects, rows).keys()
    if left and objects.search:
        lowered = {text.lower() for text in left}
        # SQLite knows the capitals of ASCII alone.
        roughly = [sa.or_(column.in_(left), sa.func.lower(column).in_(lowered)) for column in objects.search]
        known = {_key(model, row) for row in rows}
        rows += [row for row in db.session.scalars(query.where(sa.or_(*roughly))) if _key(model, row) not in known]
    return rows


def _by_name(objects: Objects, rows: Sequence[Model], fold: Callable[[str], str] = str) -> dict[str, list[Model]]:
    """The rows that each name or key means, folded."""
    found = defaultdict[str, list[Model]](list)
    for row in rows:
        names = [_key(type(row), row), *(str(getattr(row, column.key)) for column in objects.search)]
        names += [objects.told_apart(row)] if objects.told_apart else []
        for name in {fold(name) for name in names}:
            found[name].append(row)
    return found


def _told(variable: ObjectVar, objects: Objects, row: Model) -> tuple[str, str]:
    return _key(type(row), row), objects.shown(row, variable.display_field)


def _key(model: type[Model], row: Model) -> str:
    return str(getattr(row, lookups.key_of(model).key))
