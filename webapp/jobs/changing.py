"""Objects that a job changes: `with self.changes() as changes:`, all of it or nothing.

What keeps the objects is handed to the job by whoever runs it; the kit itself knows none.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

from webapp.jobs.variables import COMMIT, DryRunVar, Variable

if TYPE_CHECKING:
    from webapp.jobs.logger import JobLogger

FORKED = "self.changes() works in the job's own process only."
NO_INVENTORY = (
    "There are no objects here. self.changes() works in a run, and in a test that hands the objects of a database to "
    "run_job(…, inventory=webapp.inventory.testing.at(URL))."
)


@dataclass(frozen=True)
class Counts:
    """How many objects were made, changed and deleted."""

    created: int = 0
    updated: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.created + other.created, self.updated + other.updated, self.deleted + other.deleted)

    def __str__(self) -> str:
        return ", ".join(f"{number:,} {name}" for name, number in vars(self).items() if number)


class Inventory:
    """What keeps the objects that a job acts on; this one keeps none."""

    here = False
    """Whether there are objects at all."""
    dry = False
    """Whether nothing of what is changed will stay."""

    def of_run(self, *, dry: bool) -> Inventory:
        """The same for a run."""
        return self

    def begin(self) -> Any:
        """Begin a block; gives what it is changed by, with `add(*rows)` and `delete(*rows)`.

        :raises RuntimeError: there are no objects.
        """
        raise RuntimeError(NO_INVENTORY)

    def end(self) -> Counts:
        """Keep what was changed since the last begin(); one inside another is kept, and counted, with that."""
        return Counts()

    def undo(self) -> None:
        """Take back what was changed since the last begin()."""

    def leave(self) -> None:
        """Whatever was interrupted is taken back, and the next question finds the database ready."""

    def over(self) -> None:
        """The job is over: let go of the database."""

    def called(self, kind: str, key: str) -> Any:
        """The object of that kind, as in "dcim.device", with that primary key.

        :raises RuntimeError: there are no objects. :raises LookupError: there is none such.
        """
        raise RuntimeError(NO_INVENTORY)

    def change(self, id: str) -> Any:
        """The recorded change with that id, with what it is about as `changed_object`.

        :raises RuntimeError: there are no objects. :raises LookupError: there is none such.
        """
        raise RuntimeError(NO_INVENTORY)


NOTHING = Inventory()


class Late(Inventory):
    """An inventory that is made when it is first needed: what it needs takes longer to load than many a job takes."""

    here = True
    expected: ClassVar[Late | None] = None
    """That of this process, for whatever asks for objects by itself."""

    def __init__(
        self, make: Callable[[], Inventory], shield: Callable[[], AbstractContextManager[Any]], *, dry: bool
    ) -> None:
        """make is not interrupted inside shield: what is half loaded cannot be loaded again."""
        self.dry = dry
        self._make, self._made, self._shield = make, NOTHING, shield
        self._lock, self._pid = threading.Lock(), os.getpid()
        Late.expected = self

    def made(self) -> Inventory:
        """What it stands for, whichever of the job's threads asks first."""
        with self._lock, self._shield():
            if self._made is NOTHING:
                self._made = self._make()
        return self._made

    def begin(self) -> Any:
        """Begin a block.

        :raises RuntimeError: this is a fork of the job's.
        """
        if os.getpid() != self._pid:
            raise RuntimeError(FORKED)
        return self.made().begin()

    def end(self) -> Counts:
        """Keep what was changed since the last begin()."""
        return self.made().end()

    def undo(self) -> None:
        """Take back what was changed since the last begin()."""
        self._made.undo()

    def leave(self) -> None:
        """Take back all that is open, if anything is."""
        self._made.leave()

    def over(self) -> None:
        """Let go of the database, if anybody has asked it."""
        Late.expected = None
        self._made.over()

    def called(self, kind: str, key: str) -> Any:
        """The object of that kind with that primary key.

        :raises LookupError: there is none.
        """
        return self.made().called(kind, key)

    def change(self, id: str) -> Any:
        """The recorded change with that id.

        :raises LookupError: there is none.
        """
        return self.made().change(id)


class Changed:
    """What a job has changed so far, and the way to change more."""

    def __init__(self, inventory: Inventory = NOTHING) -> None:
        self.inventory = inventory
        self.counts = Counts()

    @property
    def stays(self) -> str:
        """What stays although the job did not come to its end; empty if nothing does."""
        return "" if self.inventory.dry or not self.counts else f"Changes that were made before stay: {self.counts}."


class Block:
    """Changes that belong together. Each ends with a line in the log that counts them."""

    def __init__(self, changed: Changed, logger: JobLogger) -> None:
        self._changed, self._logger = changed, logger

    def __enter__(self) -> Any:
        return self._changed.inventory.begin()

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        inventory = self._changed.inventory
        if error is not None:
            inventory.undo()
            return
        counts = inventory.end()
        if counts:
            self._changed.counts += counts
            self._logger.info("%s: %s", "Would change" if inventory.dry else "Changed", counts, stacklevel=2)


def is_dry(variables: Mapping[str, Variable], values: Mapping[str, Any]) -> bool:
    """Whether a run with these values is a dry one: it asks for it, or is told, in the style of 1.x, not to commit."""
    asked = isinstance(variables.get("dryrun"), DryRunVar) and values.get("dryrun") is True
    return asked or values.get(COMMIT) is False
