"""What the columns of a table are about, as the names in its first line say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from webapp.inventory.fields import OF_EVERY_OBJECT, Field, label_of
from webapp.inventory.imports.tables import Table
from webapp.inventory.kinds import ObjectKind

ID = "id"
LONGEST_SHOWN = 100
REFERENCES = ("reference", "references")


@dataclass(frozen=True)
class Column:
    """A column that is read."""

    place: int
    label: str
    field: str
    """The name of the field, or of what is settled when an object is made; ID for the key."""
    lookup: str = ""
    """Of what a reference names, what its cells say: "location__name"."""


@dataclass
class Columns:
    """The columns of a table."""

    read: list[Column] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """The labels of those that follow from others."""
    problems: list[tuple[str, str]] = field(default_factory=list)
    """What people call a column, and what is wrong with it."""

    @property
    def fields(self) -> set[str]:
        """The names of the fields that they are about."""
        return {column.field for column in self.read}


def columns_of(kind: ObjectKind, table: Table) -> Columns:
    """What the columns of table are about."""
    found, names = Columns(), _names(kind)
    for place, head in enumerate(table.heads.cells):
        shown = head[:LONGEST_SHOWN] or f"Column {place + 1}"
        name, _, lookup = _folded(head).partition("__")
        known = names.get(name)
        if not head and not any(row.cells[place : place + 1] != [""] for row in table.rows if len(row.cells) > place):
            continue
        if known is None or (lookup and not _is_reference(kind, known)):
            found.problems.append((shown, f"A {kind.label} has no such field. It has {', '.join(_told(kind))}."))
        elif known not in (ID, *kind.settled) and (known in OF_EVERY_OBJECT or kind.fields[known].derived):
            found.ignored.append(shown)
        else:
            found.read.append(Column(place, shown, known, lookup))
    found.problems += _doubled(found.read)
    return found


def _doubled(columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    seen: dict[str, set[str]] = {}
    for column in columns:
        others = seen.setdefault(column.field, set())
        if column.lookup in others or (others and "" in {column.lookup, *others}):
            yield column.label, "There are two columns for this."
        others.add(column.lookup)


def _names(kind: ObjectKind) -> dict[str, str]:
    """The fields by what a first line may call them."""
    own = {name: name for name in (ID, *OF_EVERY_OBJECT, *kind.settled)}
    fields = {alias: name for name, each in kind.fields.items() for alias in (each.column, _folded(each.label), name)}
    settled = {_folded(label_of(name)): name for name in kind.settled}
    return {**settled, **fields, **own}


def _told(kind: ObjectKind) -> list[str]:
    return [ID, *kind.settled, *kind.writable]


def _is_reference(kind: ObjectKind, name: str) -> bool:
    field: Field | None = kind.fields.get(name)
    return field is not None and field.type == "reference"


def _folded(text: str) -> str:
    return "_".join(text.strip().lower().split(" "))
