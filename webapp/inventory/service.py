"""What people may do with objects: make, change and delete them. Jobs write rows by themselves; the same rules hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError

from webapp.accounts.models import User
from webapp.accounts.permissions import require, visible
from webapp.db import db, transaction
from webapp.errors import InvalidInputs, NotFound
from webapp.inventory import conflicts
from webapp.inventory.integrity import cascades
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.reading import read


def by_id(kind: ObjectKind, id: UUID, user: User) -> Any:
    """The object of that kind with that id, among those that user may see.

    :raises NotFound: there is none.
    """
    row = db.session.scalar(visible(kind.model, user).where(kind.model.id == id))
    if row is None:
        raise NotFound("Not found.")
    return row


def create(kind: ObjectKind, raw: Mapping[str, object], by: User) -> Any:
    """A new object, of values as read() takes them.

    :raises NotAllowed: by may not make any.
    :raises InvalidInputs: with messages by name; also for values that another object has, or that do not go together.
    """
    [row] = create_several(kind, [raw], by)
    return row


def create_several(kind: ObjectKind, several: Iterable[Mapping[str, object]], by: User) -> Sequence[Any]:
    """The same for several objects: all of them, or none.

    :raises InvalidInputs: of the first that does not fit; `place` of it says which, from 0.
    """
    require(by, kind.permission("add"))
    rows: list[Object] = []
    with transaction() as session:
        for place, raw in enumerate(several):
            with conflicts.told(kind, place):
                row = kind.model(**read(kind, raw, by, new=True), **_settled(kind, raw, by))
                session.add(row)
                session.flush()
            rows.append(row)
    return rows


def change(kind: ObjectKind, rows: Sequence[Object], raw: Mapping[str, object], by: User) -> None:
    """Give rows these values, all of them or none.

    :raises NotAllowed: by may not change one of them.
    :raises InvalidInputs: as for create().
    :raises NotFound: one of them is gone.
    """
    with transaction() as session:
        for row in rows:
            require(by, kind.permission("change"), row)
        if len(rows) > 1 and _fits(kind, rows, raw, by):
            return
        for place, row in enumerate(rows):
            with conflicts.told(kind, place):
                _set(row, read(kind, raw, by, new=False))
                session.flush()


def delete(kind: ObjectKind, rows: Sequence[Object], by: User) -> None:
    """Delete rows, and what lies in them; all of them or none.

    :raises NotAllowed: by may not delete one of them.
    :raises NotPossible: another object needs one of them; the text says which.
    """
    with transaction() as session:
        cascades.bring(session, rows)
        for row in rows:
            require(by, kind.permission("delete"), row)
            session.delete(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise conflicts.needed(kind, rows) from error


def _fits(kind: ObjectKind, rows: Sequence[Object], raw: Mapping[str, object], by: User) -> bool:
    """Change all rows at once; if that is refused nothing was changed, and who is to blame shows one by one."""
    try:
        with db.session.begin_nested():
            values = read(kind, raw, by, new=False)
            for row in rows:
                _set(row, values)
    except (InvalidInputs, IntegrityError, DataError, ValueError):
        return False
    return True


def _set(row: Object, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _settled(kind: ObjectKind, raw: Mapping[str, object], by: User) -> dict[str, Any]:
    return {name: raw[name] for name in kind.settled if name in raw}
