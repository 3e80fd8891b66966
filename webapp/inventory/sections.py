"""How forms and pages arrange the fields of a kind: what it is first, then the sections of the kind, then notes."""

from __future__ import annotations

from collections.abc import Iterable

from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind

NOTES = "Notes"
LAST = ("description", "tags")


def sections_of(kind: ObjectKind) -> list[tuple[str, list[Field]]]:
    """Headings, and the fields that people set below each."""
    fields = kind.writable
    named = {name for _, names in kind.sections for name in names}
    notes = [field for name, field in fields.items() if name not in named and _is_note(field)]
    first = [field for name, field in fields.items() if name not in named and field not in notes]
    middle = [(title, [fields[name] for name in names]) for title, names in kind.sections]
    return [(title, found) for title, found in [(title_of(kind), first), *middle, (NOTES, notes)] if found]


def title_of(kind: ObjectKind) -> str:
    """The label of kind at the beginning of a line."""
    return capital(kind.label)


def capital(text: str) -> str:
    """text with a capital first letter; the others as they are."""
    return text[:1].upper() + text[1:]


def filled(fields: Iterable[Field], row: object) -> tuple[list[Field], list[Field]]:
    """Those of fields of which row has something, and those of which it has nothing."""
    there, empty = list[Field](), list[Field]()
    for field in fields:
        (empty if getattr(row, field.name) in (None, "", []) else there).append(field)
    return there, empty


def _is_note(field: Field) -> bool:
    return field.type == "long text" or field.name in LAST
