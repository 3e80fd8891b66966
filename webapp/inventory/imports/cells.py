"""The cells of a line as the values of an object: texts, and the objects that texts name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from webapp.accounts.models import User
from webapp.changes.naming import name_of
from webapp.inventory import kinds
from webapp.inventory.fields import Field
from webapp.inventory.imports.columns import ID, REFERENCES, Column
from webapp.inventory.imports.references import References
from webapp.inventory.imports.tables import Row
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.models.cables import PORTS
from webapp.inventory.reading import value_of

LONGEST_SHOWN = 100


class Cells:
    """Reads the lines of a table whose columns these are."""

    def __init__(self, kind: ObjectKind, columns: Sequence[Column], user: User) -> None:
        self.kind, self.user = kind, user
        self.columns: dict[str, list[Column]] = defaultdict(list)
        for column in columns:
            self.columns[column.field].append(column)
        self._references = References(user)

    def learn(self, rows: Sequence[Row]) -> None:
        """Ask at once for all that the cells of rows name."""
        for name, columns in self.columns.items():
            texts = {row.cells[one.place] for row in rows for one in columns if not one.lookup}
            if any(one.lookup for one in columns):
                said = (_said(columns, row) for row in rows)
                self._references.learn_described(_target(self.kind.fields[name]), filter(None, said))
            elif name in self.kind.settled:
                for model in PORTS:
                    self._references.learn(model, texts)
            elif name != ID and self.kind.fields[name].type in REFERENCES:
                several = self.kind.fields[name].type == "references"
                parts = {part for text in texts for part in _parts(text)} if several else texts
                self._references.learn(_target(self.kind.fields[name]), parts)

    def plain(self, row: Row) -> Iterator[tuple[str, Column, str]]:
        """Of the fields that are no references, the name, the column and the text."""
        for name, [column, *_] in self.columns.items():
            if name != ID and name not in self.kind.settled and self.kind.fields[name].type not in REFERENCES:
                yield name, column, row.cells[column.place]

    def naming(self) -> Iterator[tuple[str, Column]]:
        """The fields that are references, and the first column of each; those that narrow others come first."""
        narrowed = {name for name, _ in self.kind.within}
        for name in sorted(self.columns, key=narrowed.__contains__):
            if name in self.kind.settled or (name != ID and self.kind.fields[name].type in REFERENCES):
                yield name, self.columns[name][0]

    def id(self, row: Row) -> str:
        """What it says of the id, if anything."""
        return row.cells[self.columns[ID][0].place] if ID in self.columns else ""

    def referred(self, name: str, row: Row, values: Mapping[str, Any], now: Object | None) -> Any:
        """What the cells of row name for that field, of an object that has these values, or is there now.

        :raises ValueError: nothing, or more than one.
        """
        if name in self.kind.settled:
            return self._end(row.cells[self.columns[name][0].place])
        field = self.kind.fields[name]
        if field.type == "references":
            texts = _parts(row.cells[self.columns[name][0].place])
            return [self._one(field, self._references.meant(_target(field), text), text, None) for text in texts]
        said = _said(self.columns[name], row)
        if not said:
            return value_of(field, "", self.user)
        if "" not in said:
            fits = self._references.described(_target(field), said)
            return self._one(field, fits, ", ".join(f"{lookup}: {text}" for lookup, text in said.items()), None)
        fits = self._narrowed(name, self._references.meant(_target(field), said[""]), values, now)
        return self._one(field, fits, said[""], getattr(now, field.column) if now is not None else None)

    def _narrowed(
        self, name: str, rows: Sequence[Any], values: Mapping[str, Any], now: Object | None
    ) -> Sequence[Object]:
        """Those of rows that go together with what else is said."""
        for narrowed, by in self.kind.within:
            if narrowed == name and len(rows) > 1:
                wanted = getattr(values[by], "id", None) if by in values else getattr(now, f"{by}_id", None)
                rows = [row for row in rows if wanted is not None and getattr(row, f"{by}_id") == wanted]
        return rows

    def _one(self, field: Field, rows: Sequence[Object], text: str, now: Any) -> Object:
        """The only one of rows; of several the one that is meant now."""
        label, shown = kinds.of(_target(field)).label, text[:LONGEST_SHOWN]
        if not rows:
            raise ValueError(f"There is no {label} “{shown}”, or you may not see it.")
        for row in rows:
            if len(rows) == 1 or row.id == now:
                return row
        raise ValueError(f"“{shown}” fits more than one {label}. Give its id.")

    def _end(self, text: str) -> Object | None:
        """The port where a cable ends: "leaf-01 Ethernet1"."""
        found = [row for model in PORTS for row in self._references.meant(model, text)] if text else []
        exact = [row for row in found if text in (name_of(row), str(row.id))]
        if text and len(exact) != 1:
            why = "There is no port" if not found else "More than one port is called"
            raise ValueError(f"{why} “{text[:LONGEST_SHOWN]}”. Give the device and the port, or the id of the port.")
        return exact[0] if text else None


def _parts(text: str) -> list[str]:
    return list(dict.fromkeys(part for each in text.split(",") if (part := each.strip())))


def _said(columns: Sequence[Column], row: Row) -> dict[str, str]:
    """What the cells of row say by lookup, without those that are empty."""
    return {column.lookup: text for column in columns if (text := row.cells[column.place])}


def _target(field: Field) -> Any:
    assert field.target is not None
    return field.target
