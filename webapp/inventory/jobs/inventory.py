"""The objects of a database as one job reads and changes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.changes.models import Change
from webapp.inventory import finding
from webapp.inventory.jobs import access
from webapp.inventory.jobs.access import Access
from webapp.inventory.jobs.blocks import Blocks, ChangeRow, Changes
from webapp.inventory.models import Object
from webapp.jobs.changing import Counts, Inventory

TOLD = ("kind", "row_id", "row_name", "user_name", "at", "before", "after")


@dataclass(frozen=True)
class ToldChange:
    """A change, as the receiver of a hook gets it."""

    id: str
    action: str
    kind: str
    row_id: str
    row_name: str
    user_name: str
    at: datetime
    before: Any
    after: Any
    changed_object: Object | None
    """None once it has been deleted."""

    def __str__(self) -> str:
        return f"{self.row_name} ({self.action})"


def nothing() -> None:
    """Nobody else has anything to let go of."""


class JobInventory(Inventory):
    """All that a job needs; nothing is connected before it is used."""

    here = True

    def __init__(
        self,
        url: str,
        *,
        acting: Callable[[], AbstractContextManager[Any]],
        check: Callable[[Session], None],
        plan: Callable[[list[ChangeRow]], None] | None = None,
        shield: Callable[[], AbstractContextManager[Any]] = nullcontext,
        at_end: Callable[[], object] = nothing,
    ) -> None:
        """at_end is called when the job is over; the rest is for Blocks."""
        self.dry = plan is not None
        self._access, self._at_end = Access(url, shared=self.dry), at_end
        self._blocks = Blocks(self._access, acting=acting, check=check, plan=plan, shield=shield)
        access.appoint(self._access)

    def begin(self) -> Changes:
        """Begin a block."""
        return self._blocks.begin()

    def end(self) -> Counts:
        """Keep what was changed since the last begin().

        :raises NotPossible: it may not be kept.
        """
        return self._blocks.end()

    def undo(self) -> None:
        """Take back what was changed since the last begin()."""
        self._blocks.undo()

    def leave(self) -> None:
        """Take back all that is open, and be ready for the next question."""
        self._blocks.leave()

    def over(self) -> None:
        """Let go of the database."""
        access.dismiss(self._access)
        self._access.close()
        self._at_end()

    def called(self, kind: str, key: str) -> Object:
        """The object of that kind with that primary key.

        :raises LookupError: there is none.
        """
        [row] = rows_of(kind, [key])
        if row is None:
            raise LookupError(f"There is no {kind} with the id {key}.")
        return row

    def change(self, id: str) -> ToldChange:
        """The change with that id.

        :raises LookupError: there is none.
        """
        try:
            row = self._access.session().scalar(sa.select(Change).where(Change.id == UUID(id)))
        except ValueError:
            row = None
        if row is None:
            raise LookupError(f"There is no change with the id {id}.")
        [found] = rows_of(row.kind, [row.row_id])
        return ToldChange(id, row.action.value, changed_object=found, **{name: getattr(row, name) for name in TOLD})


def rows_of(kind: str, keys: Sequence[str]) -> list[Object | None]:
    """The objects of that kind, as in "dcim.device", with these primary keys, in order; None where there is none."""
    model = model_of(kind)
    try:
        found = finding.by_keys(model, keys) if model is not None else {}
    except ValueError:  # one of them is no primary key
        found = {}
    return [found.get(key) for key in keys]


def model_of(kind: str) -> type[Object] | None:
    """The model of the objects of that kind, if there is one."""
    models = (mapper.class_ for mapper in Object.registry.mappers if issubclass(mapper.class_, Object))
    return next((model for model in models if model._kind and model._kind.name == kind), None)
