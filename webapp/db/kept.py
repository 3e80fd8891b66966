"""Rows that were read before: while they stay the same, they need not be made of a database's answer once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from webapp.db.mapping import Model, db

Row = TypeVar("Row", bound=Model)


class Kept(Generic[Row]):
    """The rows of a model as this process saw them last, each in some version.

    To ask for a version takes a short question. To ask for a row, and to make a mapped one of its columns, takes ten
    times as long, and pages do so for the same few rows each time.
    """

    def __init__(self, model: type[Row], version_of: Callable[[Row], object]) -> None:
        self.model, self.version_of = model, version_of
        self._seen: dict[UUID, tuple[object, Row]] = {}

    def get(self, id: UUID, version: object) -> Row | None:
        """The row with that id, in the session of whoever asks; None if there is none any more.

        version is what the database has just said that version_of() it is, and another one whenever the row is another
        one. What its JSON holds is shared by all sessions, and to be read only.
        """
        session = db.session()
        if identity_key(self.model, id) in session.identity_map:
            # As it was when this session first saw it, perhaps, and perhaps changed since: nothing to be kept.
            return session.get(self.model, id)
        seen = self._seen.get(id)
        if seen is not None and seen[0] == version:
            return session.merge(seen[1], load=False)
        row = session.get(self.model, id)
        if row is None:
            self._seen.pop(id, None)
        elif self.version_of(row) == version:  # on PostgreSQL it may be newer than what was said of it
            self._seen[id] = version, _of_no_session(row)
        return row


def _of_no_session(row: Row) -> Row:
    with Session() as aside:
        return aside.merge(row, load=False)
