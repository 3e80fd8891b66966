"""Changes as people read them: what a field is called, how its value is said, and where the row is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from flask_login import current_user

from webapp.accounts.permissions import registered, visible
from webapp.changes.models import Action, Change, PlannedChange
from webapp.changes.origins import Origin, origins
from webapp.db import Json, db
from webapp.ui.filters import readable

EXTENSION = "change_wordings"
WORDS = {Action.CREATE: "Created", Action.UPDATE: "Changed", Action.DELETE: "Deleted"}
WOULD = {Action.CREATE: "Would be created", Action.UPDATE: "Would be changed", Action.DELETE: "Would be deleted"}
NOTHING = "nothing"
LONGEST = 20_000
"""Characters of a value that pages show."""
Row = Change | PlannedChange


def label_of(name: str) -> str:
    """The name of a field as people read it."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def said(_name: str, value: Json) -> str:
    """The value of a field as people read it."""
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return _cut(", ".join(map(readable, value)))
    # Texts keep their lines.
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _cut("\n".join(map(readable, text.splitlines())) or NOTHING)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


@dataclass(frozen=True)
class Wording:
    """How the changes of a kind are told."""

    label_of: Callable[[str], str] = label_of
    """What a field is called."""
    said: Callable[[str, Json], str] = said
    """What its value is, given both."""
    url: Callable[[str], str] | None = None
    """The page of the row with that id."""
    endpoint: str | None = None
    """What answers for it over the API."""
    plural: str = ""
    """What people call several rows."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What the address of endpoint needs beside the id."""


@dataclass(frozen=True)
class Told:
    """One thing that changed."""

    text: str
    """All of it, or the field that it is about."""
    before: str = ""
    after: str = ""
    note: str = ""

    def __str__(self) -> str:
        if not self.after:
            return self.text
        return f"{self.text}: {self.before} → {self.after}" + (f" ({self.note})" if self.note else "")


@dataclass(frozen=True)
class Entry:
    """One change, with what it was about."""

    change: Row
    told: Sequence[Told] = field(default_factory=list)
    kind: str = ""
    """What people call a row of its kind."""
    url: str | None = None
    """The page of the row, if it is there and the reader may see it."""
    origin: Origin | None = None
    """The run that did it, if it is there and the reader may see it."""

    @property
    def word(self) -> str:
        """What became of the row, or would become."""
        return (WOULD if isinstance(self.change, PlannedChange) else WORDS)[self.change.action]


def word(app: Flask, kind: str, wording: Wording) -> None:
    """Tell the changes of kind, as in "dcim.device", by wording."""
    app.extensions.setdefault(EXTENSION, {})[kind] = wording


def wording_of(kind: str) -> Wording:
    """How the changes of kind are told."""
    found: Wording = current_app.extensions.get(EXTENSION, {}).get(kind, PLAIN)
    return found


PLAIN = Wording()


def entries(changes: Sequence[Row]) -> list[Entry]:
    """Changes with what they were about; asks once for each kind which of the rows are there."""
    there, runs = present(changes), origins({change.run_number for change in changes if change.run_number})
    return [_entry(change, there, runs) for change in changes]


def present(changes: Iterable[Row]) -> set[tuple[str, str]]:
    """Kind and id of the rows that are there, among those that changes are about and that the reader may see."""
    ids: dict[str, set[UUID]] = {}
    for change in changes:
        with suppress(ValueError):
            ids.setdefault(change.kind, set()).add(UUID(change.row_id))
    known = registered()
    return {(kind, str(id)) for kind, wanted in ids.items() if kind in known for id in _seen(known[kind].model, wanted)}


def kind_label(kind: str, count: int = 1) -> str:
    """What people call so many rows of kind, as in "dcim.device"; its name, if there is no such kind any more."""
    known = registered()
    if kind not in known:
        return kind
    return known[kind].label if count == 1 else wording_of(kind).plural or f"{known[kind].label}s"


def _seen(model: Any, ids: Collection[UUID]) -> Iterable[UUID]:
    return db.session.scalars(visible(model, current_user).with_only_columns(model.id).where(model.id.in_(ids)))


def _entry(change: Row, there: set[tuple[str, str]], runs: Mapping[int, Origin]) -> Entry:
    wording = wording_of(change.kind)
    url = wording.url(change.row_id) if wording.url and (change.kind, change.row_id) in there else None
    origin = runs.get(change.run_number) if change.run_number else None
    return Entry(change, list(_told(change, wording)), kind_label(change.kind), url, origin)


def _told(change: Row, wording: Wording) -> Iterator[Told]:
    before, after = change.before or {}, change.after or {}
    for name in {**before, **after}:
        was = wording.said(name, before[name]) if name in before else ""
        now = wording.said(name, after[name]) if name in after else ""
        # What was never given, or was not there at the end, says nothing.
        if change.action is Action.UPDATE or (was or now) != NOTHING:
            yield Told(wording.label_of(name), was, now)
