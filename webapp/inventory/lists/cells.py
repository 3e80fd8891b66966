"""The rows of a list as they are shown; what many of them refer to is written once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from markupsafe import Markup, escape

from webapp.accounts.models import User
from webapp.accounts.permissions import may
from webapp.inventory import kinds
from webapp.inventory.choosing import label_of
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists.filters import TRUTHS
from webapp.inventory.lists.ordering import LABEL
from webapp.inventory.lists.references import referred
from webapp.jobs.plain import text_of

COLOR = re.compile("[0-9a-fA-F]{6}")
MAIN = '<td class="list__main"><a class="list__name" href="{}">{}</a></td>\n'
BLANK = ' class="list__blank"><span class="nothing">–</span></td>\n'
Column = Callable[[Any], str]
"""Writes what stands in a row below one head."""
DOT = (
    '<svg class="dot" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">'
    '<circle cx="6" cy="6" r="5" fill="#{}" stroke="currentColor" stroke-opacity=".3"/></svg>'
)


class Head(NamedTuple):
    """What stands above a column."""

    name: str
    words: str
    sortable: bool


class Row(NamedTuple):
    """An object of a list."""

    id: str
    label: Markup
    cells: str
    """The cells below all heads, as HTML."""


def dot(color: str | None) -> Markup:
    """A colour, if it is one."""
    return Markup(DOT.format(color)) if color and COLOR.fullmatch(color) else Markup()


class Cells:
    """Writes the rows of a page for somebody."""

    def __init__(self, kind: ObjectKind, heads: Sequence[Head], user: User) -> None:
        self.kind, self.heads, self.user = kind, heads, user
        self._things: dict[Any, Markup] = {}
        self._seen: dict[type[Any], ObjectKind | None] = {}

    def rows(self, objects: Sequence[Any]) -> Iterator[Row]:
        """Each of objects with what stands below each head."""
        named = referred(objects, [field for head in self.heads if (field := self._reference(head))])
        columns = [self._column(head, named) for head in self.heads]
        for row in objects:
            label = escape(text_of(row))
            main = MAIN.format(self.kind.url(row), label)
            yield Row(str(row.id), label, "".join([main if column is None else column(row) for column in columns]))

    def _reference(self, head: Head) -> Field | None:
        field = self.kind.fields.get(head.name)
        return field if field and field.type == "reference" else None

    def _column(self, head: Head, named: Mapping[UUID, Any]) -> Column | None:
        """What writes the cells below head; None where labels stand."""
        if head.name == LABEL:
            return None
        start = f'<td data-label="{escape(head.words)}"'
        blank = start + BLANK
        if reference := self._reference(head):
            # Many rows refer to the same few objects: each cell is written once.
            cells: dict[UUID | None, str] = {None: blank}
            key = attrgetter(reference.column)

            def cell(row: Any) -> str:
                if (id := key(row)) not in cells:
                    # Somebody may have deleted it in the meantime.
                    cells[id] = f"{start}>{self._thing(named[id])}</td>\n" if id in named else blank
                return cells[id]

            return cell
        return lambda row: f"{start}>{text}</td>\n" if (text := self._cell(head.name, row)) else blank

    def _cell(self, name: str, row: Any) -> Markup | None:
        """What a field that is no reference, or something settled, says of row; None if that is nothing."""
        field, held = self.kind.fields.get(name), getattr(row, name)
        if held is None or held in ("", []):
            return None
        return self._thing(held) if field is None else self._value(field, held)

    def _value(self, field: Field, held: Any) -> Markup:
        if field.type == "references":
            return Markup(" ").join(self._thing(one) for one in held)
        if field.type == "truth":
            return Markup(TRUTHS[held])
        if field.name == "color":
            return Markup(f"{dot(held)}<code>{escape(text_of(held))}</code>")
        return escape(", ".join(map(text_of, held)) if isinstance(held, list) else text_of(held))

    def _thing(self, other: Any) -> Markup:
        """An object with its colour, if it has one, and a link to its page, if that may be opened."""
        if other not in self._things:
            # Markup's own formatting takes longer than all the rest.
            text = dot(getattr(other, "color", None)) + escape(label_of(other))
            kind = self._kind_of(other)
            if kind is not None:
                text = Markup(f'<a class="list__quiet" href="{escape(kind.url(other))}">{text}</a>')
            self._things[other] = Markup(f'<span class="thing">{text}</span>')
        return self._things[other]

    def _kind_of(self, other: Any) -> ObjectKind | None:
        """The kind of other, if its pages may be opened."""
        if type(other) not in self._seen:
            kind = kinds.of(type(other))
            self._seen[type(other)] = kind if may(self.user, kind.permission("view")) else None
        return self._seen[type(other)]
