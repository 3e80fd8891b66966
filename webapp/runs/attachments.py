"""Files that runs are given: bound when a run is made, let go of when nobody needs them any more."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from webapp.db import db, transaction, utcnow, writing
from webapp.errors import InvalidInputs
from webapp.files import chunks, service
from webapp.files.models import File
from webapp.jobs.files import FileVar, StoredFile
from webapp.jobs.variable import Variable
from webapp.runs.models import FINAL, Run, RunFile

KEPT = timedelta(hours=1)
"""For so long what no run needs is kept."""
SWEEP = 100
"""Files that are looked at in one round; the rest follow in the next ones."""
ROUND_SECONDS = 1.0
"""That a round may take for deleting; the rest follows in the next one."""
PAUSE_SECONDS = 0.025
"""Between two transactions, for others to write: on SQLite they look every so often whether they may."""
LET_GO = datetime.fromtimestamp(0, UTC)
"""When a file was needed that no run may have any more."""
CHOOSE_AGAIN = "Choose the file again."

run_files, files, runs = (cast(sa.Table, model.__table__) for model in (RunFile, File, Run))
OF_A_RUN = sa.exists().where(run_files.c.file_id == files.c.id)
OF_A_RUN_THAT_IS_NOT_OVER = OF_A_RUN.where(runs.c.number == run_files.c.run_number, runs.c.state.not_in(FINAL))
DONE_WITH = sa.and_(files.c.sealed.is_not(None), OF_A_RUN, ~OF_A_RUN_THAT_IS_NOT_OVER)


def of_inputs(variables: Mapping[str, Variable], inputs: Mapping[str, Any]) -> dict[str, StoredFile]:
    """The files among inputs, which were dumped by these variables, by name."""
    given = {name: inputs.get(name) for name, variable in variables.items() if isinstance(variable, FileVar)}
    return {name: StoredFile(**told) for name, told in given.items() if told}


def given_to(runs: Iterable[Run], variables: Mapping[str, Variable]) -> Mapping[int, dict[str, StoredFile]]:
    """The files that runs were given for those of variables that are files today, by number and name; without those
    given in confidence. What the inputs of a run say is no proof: the variable may have been another one then.
    """
    names = [name for name, variable in variables.items() if isinstance(variable, FileVar)]
    found: defaultdict[int, dict[str, StoredFile]] = defaultdict(dict)
    if names:
        query = sa.select(RunFile.run_number, RunFile.variable, File).join(RunFile.file).where(File.sealed.is_(None))
        given = query.where(RunFile.run_number.in_([run.number for run in runs]), RunFile.variable.in_(names))
        for number, name, file in db.session.execute(given):
            found[number][cast(str, name)] = service.told(file)
    return found


def with_names(inputs: Mapping[str, Any], given: Mapping[str, StoredFile]) -> dict[str, Any]:
    """Dumped inputs as people read them: of a file, what it is called."""
    return {**inputs, **{name: file.name for name, file in given.items()}}


def same_for_same_bytes(variables: Mapping[str, Variable], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Dumped inputs without what tells two uploads of the same file apart."""
    return {**inputs, **{name: [file.name, file.sha256] for name, file in of_inputs(variables, inputs).items()}}


def bind(run: Run, variables: Mapping[str, Variable], inputs: Mapping[str, Any]) -> None:
    """Give run, which is being made, the files among its dumped inputs. Belongs inside a transaction.

    :raises InvalidInputs: one of them is gone, or readable although the run is sensitive, or the other way round.
    """
    for name, file in of_inputs(variables, inputs).items():
        sealed = service.bind(UUID(file.id))
        if sealed is None:
            raise InvalidInputs({name: [f"{chunks.GONE} Choose it again."]})
        if sealed != run.sensitive:
            raise InvalidInputs({name: [CHOOSE_AGAIN]})
        db.session.add(RunFile(run_number=run.number, file_id=UUID(file.id), variable=name))


def sweep() -> None:
    """Delete files that no run has, any more or yet, and nobody has needed for an hour."""
    _let_go(sa.and_(files.c.needed_at < utcnow() - KEPT, files.c.needed_at != LET_GO, ~OF_A_RUN))
    _delete()


def forget() -> None:
    """Delete the files that runs were given in confidence, once these are over."""
    _let_go(DONE_WITH)
    _delete()


def _let_go(unneeded: sa.ColumnElement[bool]) -> None:
    """From now on no run may have the files that are unneeded."""
    found = db.session.execute(sa.select(files.c.id, files.c.needed_at).where(unneeded).limit(SWEEP)).all()
    db.session.rollback()
    for id, needed_at in found:
        with transaction():
            # Whoever gives the file to a run meanwhile has changed this column.
            same = sa.and_(files.c.id == id, files.c.needed_at == needed_at, unneeded)
            gone = sa.update(files).where(same).values(whole=False, needed_at=LET_GO).returning(files.c.id)
            if writing().scalar(gone) is not None:
                writing().execute(sa.delete(run_files).where(run_files.c.file_id == id))


def _delete() -> None:
    """Delete what was let go of, a few chunks at a time, as far as one round goes."""
    deadline = time.monotonic() + ROUND_SECONDS
    ids = db.session.scalars(sa.select(files.c.id).where(files.c.needed_at == LET_GO).limit(SWEEP)).all()
    db.session.rollback()
    for id in ids:
        while chunks.delete_some(id):
            if time.monotonic() > deadline:
                return
            time.sleep(PAUSE_SECONDS)
        with transaction():
            writing().execute(sa.delete(files).where(files.c.id == id, files.c.needed_at == LET_GO))
