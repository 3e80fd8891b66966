"""The files of runs, as people see them: whoever sees a run sees its files, but those that were given in confidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.files.models import File
from webapp.runs.models import Run, RunFile


def visible_files() -> sa.Select[RunFile]:
    """A query for the files that whoever asks may have; every list, page and download starts from it."""
    seen = visible(Run).with_only_columns(Run.number)
    query = sa.select(RunFile).join(RunFile.file).where(File.whole, File.sealed.is_(None))
    return query.where(RunFile.run_number.in_(seen)).options(contains_eager(RunFile.file), joinedload(RunFile.run))


def of(run: Run) -> Sequence[RunFile]:
    """The files of run, those that it was given first."""
    query = visible_files().where(RunFile.run_number == run.number)
    return db.session.scalars(query.order_by(RunFile.variable.is_(None), RunFile.created_at, RunFile.id)).all()


def count(run: Run) -> int:
    """How many files run was given and has made, whoever may have them."""
    query = sa.select(sa.func.count()).select_from(RunFile).where(RunFile.run_number == run.number)
    return db.session.scalar(query) or 0


def made_by(runs: Sequence[Run]) -> dict[int, list[UUID]]:
    """The ids of the files that runs, all of them visible, have made, by number."""
    begun = [run.number for run in runs if run.attempt]
    if not begun:
        return {}
    query = sa.select(RunFile.run_number, RunFile.id).where(RunFile.run_number.in_(begun), RunFile.variable.is_(None))
    found = defaultdict(list)
    for number, id in db.session.execute(query.order_by(RunFile.created_at, RunFile.id)):
        found[number].append(id)
    return found
