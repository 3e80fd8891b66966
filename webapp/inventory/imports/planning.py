"""From a table to what importing it would do. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.accounts.models import User
from webapp.accounts.permissions import may
from webapp.changes.naming import name_of
from webapp.errors import InvalidInputs
from webapp.inventory.fields import Field, label_of
from webapp.inventory.imports import identity
from webapp.inventory.imports.cells import Cells
from webapp.inventory.imports.columns import ID, columns_of
from webapp.inventory.imports.references import id_or_none
from webapp.inventory.imports.steps import Action, Difference, Plan, Step, words
from webapp.inventory.imports.tables import Row, Table
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.reading import REQUIRED, value_of

RAGGED = "This line has {found}, and the first line has {wanted}."


@dataclass
class Line:
    """A line that is being read."""

    row: Row
    shape: Object
    """An object of its own, with the values so far that name no others; never written."""
    values: dict[str, Any] = field(default_factory=dict)
    now: Object | None = None
    key: identity.Key | None = None
    wrong: bool = False


class Planner:
    """Reads a table of objects of kind for user."""

    def __init__(self, kind: ObjectKind, table: Table, user: User) -> None:
        self.kind, self.table, self.user = kind, table, user
        self.columns = columns_of(kind, table)
        self.plan = Plan(ignored=self.columns.ignored)
        self.cells = Cells(kind, self.columns.read, user)

    def planned(self) -> Plan:
        """What would be done, and what is wrong."""
        for label, message in self.columns.problems:
            self.plan.refuse(self.table.heads.line, message, label)
        if not self.plan.problems and not self.table.rows:
            self.plan.refuse(self.table.heads.line, "There are no lines below the names of the fields.")
        if not self.plan.problems:
            self._read()
        self.plan.problems.sort(key=lambda problem: problem.line)
        return self.plan

    def _read(self) -> None:
        lines = [Line(row, self.kind.model()) for row in self.table.rows if self._is_whole(row)]
        self.cells.learn([line.row for line in lines])
        for line in lines:
            self._read_plain(line)
        self._find_by_id(lines)
        for line in lines:
            self._read_references(line)
        self._find_by_key(lines)
        seen: dict[Any, int] = {}
        for line in lines:
            self._settle(line, seen)

    def _is_whole(self, row: Row) -> bool:
        found, wanted = len(row.cells), len(self.table.heads.cells)
        spare = row.cells[wanted:]
        if found < wanted or any(spare):
            self.plan.refuse(row.line, RAGGED.format(found=_cells(found), wanted=_cells(wanted)))
            return False
        return True

    def _read_plain(self, line: Line) -> None:
        for name, column, text in self.cells.plain(line.row):
            try:
                setattr(line.shape, name, value_of(self.kind.fields[name], text, self.user))
                line.values[name] = getattr(line.shape, name)
            except InvalidInputs as refusal:
                for message in (text for texts in refusal.errors.values() for text in texts):
                    self._refuse(line, message, column.label)
            except ValueError as problem:
                self._refuse(line, str(problem), column.label)

    def _read_references(self, line: Line) -> None:
        for name, column in self.cells.naming():
            try:
                line.values[name] = self.cells.referred(name, line.row, line.values, line.now)
            except ValueError as problem:
                self._refuse(line, str(problem), column.label)

    def _find_by_id(self, lines: Sequence[Line]) -> None:
        said = {id(line): text for line in lines if (text := self.cells.id(line.row))}
        there = identity.with_ids(self.kind, [key for text in said.values() if (key := id_or_none(text))], self.user)
        for line in lines:
            if id(line) in said:
                key = id_or_none(said[id(line)])
                line.now = there.get(key) if key else None
                if line.now is None:
                    self._refuse(line, f"There is no {self.kind.label} with this id, or you may not see it.", ID)

    def _find_by_key(self, lines: Sequence[Line]) -> None:
        unknown = [line for line in lines if line.now is None and not line.wrong]
        for line in unknown:
            line.key = identity.key_of(self.kind, line.values, line.shape)
        there = identity.with_keys(self.kind, [line.key for line in unknown if line.key], self.user)
        for line in unknown:
            fits = self._most_alike(line, there.get(line.key, []) if line.key else [])
            if len(fits) > 1:
                self._refuse(line, f"More than one {self.kind.label} is as this line says. Give its id.")
            line.now = fits[0] if len(fits) == 1 else None

    def _most_alike(self, line: Line, rows: Sequence[Object]) -> Sequence[Object]:
        """Of several rows those that are called so: where a place is missing, numbers need not be the only ones."""
        if len(rows) < 2 or not self.kind.search:
            return rows
        name = self.kind.search[0].key
        return [row for row in rows if getattr(row, name) == line.values.get(name)] or rows

    def _settle(self, line: Line, seen: dict[Any, int]) -> None:
        """Make a step of line, unless something is wrong with it."""
        if line.wrong:
            return
        about = line.now.id if line.now is not None else line.key
        if about is not None and about in seen:
            self._refuse(line, f"Line {seen[about]} is about the same {self.kind.label}.")
            return
        if about is not None:
            seen[about] = line.row.line
        if line.now is None:
            self._create(line)
        else:
            self._change(line, line.now)

    def _create(self, line: Line) -> None:
        missing = [field for name, field in self.kind.writable.items() if field.required and name not in line.values]
        for each in missing:
            self._refuse(line, REQUIRED, each.label)
        self._permit(line, "add")
        if not line.wrong:
            given = [Difference(label, "", after) for label, _, after in self._told(line, None) if after]
            self.plan.steps.append(Step(line.row.line, "create", self._name(line), line.values, differences=given))

    def _change(self, line: Line, now: Object) -> None:
        different = [Difference(*told) for told in self._told(line, now)]
        settled = {line.values[name] for name in self.kind.settled if name in line.values}
        if not settled <= {getattr(now, name) for name in self.kind.settled}:
            self._refuse(line, f"Where a {self.kind.label} ends does not change. Make another one.")
        if different:
            self._permit(line, "change")
        values = dict(self._differing(line, now))
        if not line.wrong:
            action: Action = "change" if different else "nothing"
            self.plan.steps.append(Step(line.row.line, action, name_of(now), values, now, str(now.id), different))

    def _permit(self, line: Line, action: str) -> None:
        if not may(self.user, self.kind.permission(action)):
            self._refuse(line, f"You may not {action} any {self.kind.label}.")

    def _differing(self, line: Line, now: Object | None) -> Iterator[tuple[str, Any]]:
        for name, value in ((name, line.values[name]) for name in self.cells.columns if name in line.values):
            if now is None or (name not in self.kind.settled and not _is_same(value, getattr(now, name))):
                yield name, value

    def _told(self, line: Line, now: Object | None) -> Iterator[tuple[str, str, str]]:
        for name, value in self._differing(line, now):
            field = self.kind.fields.get(name) or Field(name, label_of(name), "reference")
            yield field.label, words(field, getattr(now, name)) if now is not None else "", words(field, value)

    def _name(self, line: Line) -> str:
        """What the new object will be called."""
        if self.kind.search:
            return str(line.values.get(self.kind.search[0].key) or "")
        return ", ".join(name_of(value) for value in line.values.values() if isinstance(value, Object))

    def _refuse(self, line: Line, message: str, column: str = "") -> None:
        line.wrong = True
        self.plan.refuse(line.row.line, message, column)


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list) and all(isinstance(row, Object) for row in (*one, *other)):
        return {row.id for row in one} == {row.id for row in other}
    if isinstance(one, str) and isinstance(other, str):
        return one == other.replace("\r\n", "\n").strip()
    return bool(one == other)


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number:,} cells"
