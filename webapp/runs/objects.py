"""What a run may do with objects: as whoever started it, and only as long as its attempt counts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.accounts.models import User
from webapp.changes import acting
from webapp.changes.models import PlannedChange
from webapp.db import WRITING
from webapp.errors import NotPossible
from webapp.inventory import standalone
from webapp.inventory.jobs.access import Access
from webapp.inventory.jobs.inventory import JobInventory, model_of, nothing, rows_of
from webapp.job_process.task import Task
from webapp.jobs.given import object_from
from webapp.runs.models import ACTIVE
from webapp.runs.steps import runs

FENCED = "Nothing of this block is kept: this attempt of the run does not count any more."
ORPHANED = "Nothing of this block is kept: the account of whoever started the run has been deleted."
PLANNED = ("kind", "row_id", "row_name", "action", "before", "after")
planned = cast(sa.Table, PlannedChange.__table__)

Shield = Callable[[], AbstractContextManager[Any]]


def inventory_of(task: Task, shield: Shield) -> JobInventory:
    """The objects for the job of task; what it does inside shield() is not interrupted."""
    standalone.set_up()
    told = task.job_result["user"]
    user = User(id=UUID(told["id"]), username=told["username"])
    plan = _Plan(task) if task.dry else None
    return JobInventory(
        task.database_url,
        acting=lambda: acting(user, run_number=task.number, request_id=UUID(task.id)),
        check=partial(_require_attempt, task),
        plan=plan.keep if plan else None,
        shield=shield,
        at_end=plan.close if plan else nothing,
    )


def given(told: Any) -> Any:
    """The rows that told, what claims.handed() says of a variable, stands for; what stands for no row stays.

    :raises NotPossible: one of them is not there any more.
    """
    standalone.set_up()
    if isinstance(told, list):
        return _given(told)
    return _given([told])[0]


class _Plan:
    """Where what a dry run would have changed is kept."""

    def __init__(self, task: Task) -> None:
        self._task, self._begun = task, False
        self._access = Access(task.database_url)

    def keep(self, changes: list[dict[str, Any]]) -> None:
        """Keep changes, in a short transaction of their own; those of an earlier attempt go."""
        rows = [{"run_number": self._task.number, **{name: one[name] for name in PLANNED}} for one in changes]
        with Session(self._access.engine, info={WRITING: True}) as session:
            connection = session.connection()
            connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN")
            _require_attempt(self._task, session)
            if not self._begun:
                session.execute(sa.delete(planned).where(planned.c.run_number == self._task.number))
            session.execute(sa.insert(planned), rows)
            session.commit()
        self._begun = True

    def close(self) -> None:
        """Let go of the database."""
        self._access.close()


def _require_attempt(task: Task, session: Session) -> None:
    """Go on only if the attempt of task is the run's, and stays so until session commits.

    :raises NotPossible: it is not.
    """
    query = sa.select(runs.c.attempt, runs.c.state, runs.c.user_id).where(runs.c.number == task.number)
    row = session.execute(query.with_for_update(read=True)).first()
    if row is None or row.attempt != task.attempt or row.state not in ACTIVE:
        raise NotPossible(FENCED)
    if row.user_id is None:
        raise NotPossible(ORPHANED)


def _given(told: list[dict[str, Any] | None]) -> list[Any]:
    kind = next((one["kind"] for one in told if one is not None), "")
    if model_of(kind) is None:
        return [object_from(one) for one in told]
    found = iter(rows_of(kind, [one["id"] for one in told if one is not None]))
    rows = [next(found) if one is not None else None for one in told]
    for one, row in zip(told, rows, strict=True):
        if one is not None and row is None:
            raise NotPossible(f"{one['display']}, which the run was given, is not there any more.")
    return rows
