"""What the rules and the database refuse, as people understand it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from webapp.db import Model
from webapp.errors import InvalidInputs, NotPossible
from webapp.inventory import kinds
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object

WHOLE = "__all__"
"""The name under which a message stands that is about no field in particular."""
REQUIRED = "This field is required."
GONE = "What it refers to has been deleted meanwhile, or is still needed. Look at it again."
UNFIT = "One of these values is none that can be kept."
PHRASES = {
    "name": "called {}",
    "model": "called {}",
    "location": "at {}",
    "device": "of {}",
    "manufacturer": "by {}",
    "parent": "in {}",
    "rack": "in {}",
    "position": "at unit {}",
    "interface": "on {}",
    "vid": "with the VID {}",
}
"""How sentences say what an object has in common with another; what is not here is said by its label."""
REFUSED = {
    "ck_device_position": ("position", "Give a unit from 1 to 100."),
    "ck_device_position_in_rack": ("position", "Say in which rack."),
    "ck_interface_mtu": ("mtu", "Give a number from 1 to 65536."),
    "ck_interface_not_in_itself": ("lag", "An interface is not its own LAG."),
    "ck_ip_address_inside": ("parent", "The address lies outside of that prefix. Choose another parent, or allow it."),
    "ck_location_not_in_itself": ("parent", "A location does not lie in itself."),
    "ck_rack_u_height": ("u_height", "Give a number from 1 to 100."),
    "ck_vlan_vid": ("vid", "Give a number from 1 to 4094."),
}
"""By constraint: the field that it is about, and what it asks for."""
VERBS = {
    "location": ("is at {}", "are at {}"),
    "rack": ("is in {}", "are in {}"),
    "parent": ("lies in {}", "lie in {}"),
    "role": ("has the role {}", "have the role {}"),
    "status": ("has the status {}", "have the status {}"),
    "device_type": ("is of the type {}", "are of the type {}"),
    "location_type": ("is of the type {}", "are of the type {}"),
    "manufacturer": ("is by {}", "are by {}"),
    "platform": ("runs {}", "run {}"),
}
"""What those do that need an object, by their reference to it."""
SQLITE = re.compile(r"(UNIQUE|CHECK|NOT NULL|FOREIGN KEY) constraint failed(?:: (.*))?")


class Gone(NotPossible):
    """Somebody has deleted an object that is about to be changed, or deleted."""

    def __init__(self) -> None:
        super().__init__("One of the objects has been deleted meanwhile. Nothing was changed.")


class InvalidObject(InvalidInputs):
    """Values that do not fit, of the object at that place among several, from 0."""

    def __init__(self, errors: Mapping[str, Sequence[str]], place: int) -> None:
        super().__init__(errors)
        self.place = place


@contextmanager
def told(kind: ObjectKind, place: int = 0) -> Iterator[None]:
    """Raise what a flush inside raises in words of kind; place says of which object, where there are several.

    :raises InvalidObject: another object has these values, or they do not go together.
    """
    try:
        yield
    except InvalidInputs as refusal:
        raise InvalidObject(refusal.errors, place) from refusal
    except (IntegrityError, DataError) as error:
        raise InvalidObject(said(error), place) from error
    except (Gone, ValueError) as error:
        raise InvalidObject({WHOLE: [str(error)]}, place) from error


def said(error: IntegrityError | DataError) -> dict[str, list[str]]:
    """What the database has refused, by field: others were faster than the rules, which would have said it better."""
    if isinstance(error, DataError):
        return {WHOLE: [UNFIT]}
    name, table, columns = _constraint(error)
    if name in REFUSED:
        field, sentence = REFUSED[name]
        return {field: [sentence]}
    kind = next((kind for kind in kinds.every() if kind.model.__tablename__ == table), None)
    if kind is None or not columns:
        return {WHOLE: ["One of the ports has a cable already." if table == "cable_end" else GONE]}
    names = [_field_of(kind, column) for column in columns]
    if name is None:
        return {names[0]: [REQUIRED]}
    return {
        _blamed(kind, names): [f"There is another {kind.label} with this {_label(kind, _blamed(kind, names))} already."]
    }


def in_words(error: Exception) -> str:
    """The same as one sentence, for whoever has no fields before his eyes."""
    if isinstance(error, StaleDataError):
        return "One of the objects has been deleted meanwhile."
    if not isinstance(error, IntegrityError):
        return UNFIT
    told = said(error)
    return " ".join(f"{name}: {' '.join(texts)}" if name != WHOLE else " ".join(texts) for name, texts in told.items())


def second(kind: ObjectKind, names: Sequence[str], shown: Mapping[str, str]) -> tuple[str, str]:
    """The field that a refusal stands at, and its sentence: another object of kind has the same values for names, which
    look as shown says.
    """
    blamed = _blamed(kind, names)
    if blamed not in names:
        return blamed, f"There is {_a(kind.label)} {shown[blamed]} already."
    phrases = [
        PHRASES.get(name, f"with the {_label(kind, name)} {{}}").format(shown[name])
        for name in sorted(names, key=lambda name: name != blamed)
        if shown.get(name)
    ]
    return blamed, f"There is {_a(kind.label)} {' '.join(phrases)} already."


def needed(kind: ObjectKind, rows: Sequence[Object]) -> NotPossible:
    """The refusal to delete rows that other objects need."""
    return NotPossible(f"Other objects need {_subject(kind, rows)}: change or delete these first.")


def who_needs(rows: Sequence[Object], counts: Mapping[str, Mapping[type[Any], int]]) -> str:
    """A sentence on what needs rows: how many objects of which model, by their reference to these."""
    subject = _subject(kinds.of(type(rows[0])), rows)
    parts = []
    for name, models in counts.items():
        one, several = VERBS.get(name, ("refers to {}", "refer to {}"))
        verb = one if sum(models.values()) == 1 else several
        parts.append(f"{_and([_counted(model, count) for model, count in models.items()])} {verb.format(subject)}")
    return f"{'; '.join(parts)}: change or delete what needs it first."


def _subject(kind: ObjectKind, rows: Sequence[Object]) -> str:
    return str(rows[0]) if len(rows) == 1 else f"one of these {kind.plural}"


def _counted(model: type[Any], count: int) -> str:
    kind = next((kind for kind in kinds.every() if kind.model is model), None)
    one, several = (kind.label, kind.plural) if kind else ("row", "rows")
    return f"{count:,} {one if count == 1 else several}"


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _a(label: str) -> str:
    return f"{'an' if label[0] in 'aeioI' else 'a'} {label}"


def _label(kind: ObjectKind, name: str) -> str:
    label = kind.fields[name].label
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _blamed(kind: ObjectKind, names: Sequence[str]) -> str:
    """The field of names that people would change: not one that follows from another, rather not a reference."""
    if any(kind.fields[name].derived for name in names):
        return kind.search[0].key
    return next((name for name in names if kind.fields[name].type != "reference"), names[0])


def _field_of(kind: ObjectKind, column: str) -> str:
    return next((name for name, field in kind.fields.items() if column in (name, field.column)), column)


def _constraint(error: IntegrityError) -> tuple[str | None, str | None, list[str]]:
    """The name of the constraint that error is about, None if a value is missing; its table and its columns."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        if diagnosis.column_name:
            return None, diagnosis.table_name, [diagnosis.column_name]
        return diagnosis.constraint_name, diagnosis.table_name, _unique(diagnosis.table_name, diagnosis.constraint_name)
    found = SQLITE.search(str(error.orig))
    if found is None or not found[2]:
        return "", None, []
    if found[1] == "CHECK":
        return found[2], None, []
    table = found[2].partition(".")[0]
    columns = [column.rpartition(".")[2] for column in found[2].split(", ")]
    return (None if found[1] == "NOT NULL" else ""), table, columns


def _unique(table: str, name: str) -> list[str]:
    found: Any = Model.metadata.tables.get(table)
    for constraint in (*found.constraints, *found.indexes) if found is not None else ():
        unique = isinstance(constraint, UniqueConstraint) or getattr(constraint, "unique", False)
        if unique and str(constraint.name) == name:
            return [column.key for column in constraint.columns]
    return []
