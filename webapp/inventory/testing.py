"""The objects of a database for the tests of jobs.

ran = run_job(RenameDevice, inventory=at("sqlite:////tmp/test/jobdeck.sqlite"), device=device)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from webapp.changes import acting
from webapp.inventory import standalone
from webapp.inventory.jobs.inventory import JobInventory
from webapp.jobs.changing import Inventory

TESTER = "a test"


class TestInventory(Inventory):
    """The objects of a database, for as many runs of jobs as there are."""

    __test__ = False  # it is no test, whatever pytest thinks of its name
    here = True

    def __init__(self, url: str, user: str) -> None:
        self._url, self._user = url, user
        self.planned: list[dict[str, Any]] = []
        """What dry runs would have changed: `kind`, `row_name`, `action`, `before`, `after`."""

    def of_run(self, *, dry: bool) -> Inventory:
        """The same for a run."""
        plan: Callable[[list[dict[str, Any]]], None] | None = self.planned.extend if dry else None
        return JobInventory(self._url, acting=lambda: acting(None, self._user), check=_anything_goes, plan=plan)


def at(url: str, user: str = TESTER) -> TestInventory:
    """The objects of the database with that URL, as SQLAlchemy takes it, which `flask db upgrade` has made; changes are
    put down to user.
    """
    standalone.set_up()
    return TestInventory(url, user)


def _anything_goes(_session: Session) -> None:
    """Nobody else has a say in a test."""
