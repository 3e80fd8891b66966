"""What importing a table would do: a step for each of its lines, and what is wrong with which of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from webapp.changes.naming import name_of
from webapp.inventory.fields import Field
from webapp.inventory.models import Object
from webapp.jobs.plain import text_of

Action = Literal["create", "change", "nothing"]
MOST_PROBLEMS = 100
LONGEST_VALUE = 200


@dataclass(frozen=True)
class Problem:
    """What is wrong, in which line and, if it is about one, which column."""

    line: int
    message: str
    column: str = ""


@dataclass(frozen=True)
class Difference:
    """A field that gets another value, in words."""

    label: str
    before: str
    after: str


@dataclass
class Step:
    """What becomes of a line."""

    line: int
    action: Action
    name: str
    values: dict[str, Any]
    """What is set, by the names of fields."""
    row: Object | None = None
    """The object that is there already, and its id."""
    row_id: str = ""
    differences: list[Difference] = field(default_factory=list)

    @property
    def named(self) -> Iterator[Object]:
        """The objects that its values name."""
        for value in self.values.values():
            yield from (row for row in (value if isinstance(value, list) else [value]) if isinstance(row, Object))


@dataclass
class Plan:
    """All steps, in the order of the lines."""

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: Sequence[str] = ()
    """The columns that are not read, since they follow from others."""

    @property
    def counts(self) -> Counter[Action]:
        """How many lines come to what."""
        return Counter(step.action for step in self.steps)

    @property
    def to_do(self) -> list[Step]:
        """The steps that change something."""
        return [step for step in self.steps if step.action != "nothing"]

    @property
    def full(self) -> bool:
        """Whether so much is wrong that nobody looks further."""
        return len(self.problems) >= MOST_PROBLEMS

    @property
    def digest(self) -> str:
        """What tells it apart from any other plan."""
        told = [(step.line, step.action, step.name, step.row_id, _told(step)) for step in self.to_do]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def refuse(self, line: int, message: str, column: str = "") -> None:
        """Note what is wrong."""
        if not self.full:
            self.problems.append(Problem(line, message, column))


def words(field: Field, value: Any) -> str:
    """value of field as people read it."""
    if field.type == "truth":
        return "yes" if value else "no"
    if field.type == "references":
        return ", ".join(sorted(name_of(row) for row in value))
    if field.type == "json" and isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if value is None:
        return ""
    told = name_of(value) if isinstance(value, Object) else text_of(value)
    return told if len(told) <= LONGEST_VALUE else f"{told[:LONGEST_VALUE]}…"


def _told(step: Step) -> list[tuple[str, str, str]]:
    return [(one.label, one.before, one.after) for one in step.differences]
