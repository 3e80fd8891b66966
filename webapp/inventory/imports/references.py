"""What the cells of a table name: asked for all at once, for a table names the same few objects again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from webapp import lookups
from webapp.accounts.models import User
from webapp.accounts.permissions import is_visible, may_be_looked_up, visible
from webapp.changes.naming import name_of
from webapp.db import db
from webapp.inventory import kinds
from webapp.inventory.imports.paths import Path, path_of
from webapp.inventory.models import Object
from webapp.jobs.plain import has_surrogates

AT_ONCE = 500
MOST_WORDS = 8
MOST_BESIDES = 10_000
"""Rows that come at most when many lines ask at once: also those that one calls so, and another says to be there."""
Target = type[Any]
Said = Mapping[str, str]
"""What cells say of an object, by lookup."""
Item = TypeVar("Item")


class References:
    """The objects that texts mean, among those that user may see."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._found: dict[Target, dict[str, list[Object]]] = defaultdict(dict)
        self._looked_up: dict[Any, list[Object]] = {}

    def learn(self, model: Target, texts: Iterable[str]) -> None:
        """Ask at once for what each of texts means: an id, the name of an object of model, or its label."""
        found = self._found[model]
        new = {text for text in texts if text and text not in found and not has_surrogates(text)}
        for part in in_parts(sorted(new)):
            self._keep(model, part, self._by_id(model, part), _keys_of)
            self._keep(model, part, self._by_name(model, part), lambda row: (_name_of(row),))
            rest = [text for text in part if text not in found]
            self._keep(model, rest, self._by_label(model, rest), lambda row: (str(row), name_of(row)))
        for text in new:
            found.setdefault(text, [])

    def meant(self, model: Target, text: str) -> Sequence[Object]:
        """The objects of model that text may mean."""
        self.learn(model, [text])
        return self._found[model].get(text, [])

    def learn_described(self, model: Target, several: Iterable[Said]) -> None:
        """Ask at once for the objects of model that are as each of these say; what cannot be asked so, waits."""
        alike: dict[tuple[str, ...], dict[tuple[str, ...], Said]] = defaultdict(dict)
        for said in several:
            if (model, tuple(said.items())) not in self._looked_up:
                alike[tuple(said)][tuple(said.values())] = said
        for names, many in alike.items():
            paths = [path for name in names if (path := path_of(model, name))]
            for part in in_parts(list(many.values())) if len(paths) == len(names) else ():
                self._describe(model, paths, part)

    def described(self, model: Target, said: Said) -> Sequence[Object]:
        """The objects of model that are as these lookups say; of those that were not learned at most two.

        :raises ValueError: a lookup has an unknown name, or a value that cannot be.
        """
        key = (model, tuple(said.items()))
        if key not in self._looked_up:
            self._looked_up[key] = list(self._rows(model, self._matching(model, said), most=2))
        return self._looked_up[key]

    def _describe(self, model: Target, paths: Sequence[Path], several: Sequence[Said]) -> None:
        wanted: dict[tuple[Any, ...], Any] = {}
        for said in several:
            with suppress(ValueError):  # which is told to whoever asks for this one
                values = tuple(path.fitting(text) for path, text in zip(paths, said.values(), strict=True))
                wanted[values] = (model, tuple(said.items()))
        rows = self._besides(model, paths, list(wanted)) if wanted else []
        if len(rows) < MOST_BESIDES:
            self._looked_up |= {key: [] for key in wanted.values()}
            for row in rows:
                if key := wanted.get(tuple(path.value(row) for path in paths)):
                    self._looked_up[key].append(row)

    def _besides(self, model: Target, paths: Sequence[Path], wanted: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
        """The rows that have one of the wanted values at the end of each path, though perhaps not together."""
        each = zip(paths, zip(*wanted, strict=True), strict=True)
        fits = self._matching(model, {f"{path.name}__in": list(set(values)) for path, values in each})
        return self._rows(model, fits, *(option for path in paths for option in path.loads), most=MOST_BESIDES)

    def _matching(self, model: Target, wanted: Mapping[str, object]) -> sa.ColumnElement[bool]:
        """
        :raises ValueError: a lookup has an unknown name, or a value that cannot be.
        """
        return lookups.matching(model, wanted, may_be_looked_up(), lambda other: is_visible(other, self._user))

    def _keep(self, model: Target, texts: Iterable[str], rows: Iterable[Any], called: Any) -> None:
        wanted, found = set(texts), self._found[model]
        for row in rows:
            for text in wanted & set(called(row)):
                known = found.setdefault(text, [])
                if row not in known:
                    known.append(row)

    def _by_id(self, model: Target, texts: Sequence[str]) -> Sequence[Any]:
        ids = [id for text in texts if (id := id_or_none(text))]
        return self._rows(model, model.id.in_(ids)) if ids else []

    def _by_name(self, model: Target, texts: Sequence[str]) -> Sequence[Any]:
        search = kinds.of(model).search
        return self._rows(model, search[0].in_(texts)) if search else []

    def _by_label(self, model: Target, texts: Sequence[str]) -> Sequence[Any]:
        """Rows whose label may be one of texts: their names are some of the words at its beginning or its end."""
        kind = kinds.of(model)
        if not texts or not kind.search:
            return []
        heads, tails = set[str](), set[str]()
        for text in texts:
            words = text.split(" ")[: 2 * MOST_WORDS]
            heads |= {" ".join(words[:end]) for end in range(1, len(words))}
            tails |= {" ".join(words[start:]) for start in range(1, len(words))}
        if not heads:
            return []
        if kind.home is None:
            return self._rows(model, kind.search[0].in_(heads))
        holder = getattr(model, kind.home)
        held = holder.has(kinds.of(holder.property.mapper.class_).search[0].in_(heads))
        return self._rows(model, sa.and_(kind.search[0].in_(tails), held), joinedload(holder))

    def _rows(
        self, model: Target, condition: sa.ColumnElement[bool], *options: Any, most: int | None = None
    ) -> Sequence[Any]:
        return db.session.scalars(visible(model, self._user).where(condition).options(*options).limit(most)).all()


def in_parts(many: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """many, so many at a time as a question to the database may hold."""
    yield from (many[start : start + AT_ONCE] for start in range(0, len(many), AT_ONCE))


def id_or_none(text: str) -> UUID | None:
    """text as an id; None if it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _keys_of(row: Object) -> Iterator[str]:
    key: UUID = row.id
    yield from (str(key), str(key).upper(), key.hex)


def _name_of(row: Object) -> str:
    return str(getattr(row, kinds.of(type(row)).search[0].key))
