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
    query = choosable(variable, user, others)
    if "\0" in words or has_surrogates(words):
        return Found([], more=False)
    for word in words[:LONGEST_SEARCH].split()[:MOST_WORDS]:
        query = query.where(sa.or_(*(column.icontains(word, autoescape=True) for column in objects.search)))
    key = lookups.key_of(kind.model)
    rows = db.session.scalars(query.order_by(objects.search[0], key).limit(most + 1)).all()
    return Found([_told(variable, objects, row) for row in rows[:most]], more=len(rows) > most)


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
    sayable = [text for text in wanted if "\0" not in text and not has_surrogates(text)]
    lowered = {text.lower() for text in sayable}
    keys = {key for text in sayable if (key := key_or_none(kind.model, text)) is not None}
    # SQLite knows the capitals of ASCII alone.
    called = [sa.or_(column.in_(sayable), sa.func.lower(column).in_(lowered)) for column in objects.search]
    either = sa.or_(lookups.key_of(kind.model).in_(keys), *called)
    rows = db.session.scalars(choosable(variable, user, others).where(either)).all()
    exactly, roughly = _by_name(objects, rows), _by_name(objects, rows, str.lower)
    matches = {text: exactly.get(text) or roughly.get(text.lower(), []) for text in wanted}
    results = [_told(variable, objects, fits[0]) for fits in matches.values() if len(fits) == 1]
    return list(dict.fromkeys(results)), [text for text, fits in matches.items() if len(fits) != 1]


def _by_name(objects: Objects, rows: Sequence[Model], fold: Callable[[str], str] = str) -> dict[str, list[Model]]:
    """The rows that each name or key means, folded."""
    found = defaultdict[str, list[Model]](list)
    for row in rows:
        names = [_key(type(row), row), *(str(getattr(row, column.key)) for column in objects.search)]
        for name in {fold(name) for name in names}:
            found[name].append(row)
    return found


def _told(variable: ObjectVar, objects: Objects, row: Model) -> tuple[str, str]:
    return _key(type(row), row), objects.shown(row, variable.display_field)


def _key(model: type[Model], row: Model) -> str:
    return str(getattr(row, lookups.key_of(model).key))
