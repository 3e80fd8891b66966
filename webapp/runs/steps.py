"""What a step of a run writes: its row, the event that tells of it, and what goes with the two.

In SQLite these are statements one after the other. PostgreSQL gets them as one: each would be a way there and back, and
one that is alone in its transaction needs no BEGIN and no COMMIT. All of them are built once, as every run goes through
several, and building one takes longer than carrying it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from webapp.catalogue.models import Job
from webapp.db import is_sqlite, utcnow, writing
from webapp.runs import logs
from webapp.runs.event_models import Happening, RunEvent
from webapp.runs.log.models import LogLine
from webapp.runs.logs import Line
from webapp.runs.models import FINAL, Envelope, Run, State

FEW = 100
"""Lines that a step takes along."""

runs, jobs, envelopes, events, log = (
    cast(sa.Table, model.__table__) for model in (Run, Job, Envelope, RunEvent, LogLine)
)
Condition = sa.ColumnElement[bool]
AS_IT_WAS = {"updated_at": jobs.c.updated_at}

ASKED = (runs.c.cancel_requested_at, runs.c.cancel_by, runs.c.cancel_reason, runs.c.kill_requested_at)
"""What people want of a run that goes on."""
TOLD = (
    *(runs.c.number, runs.c.job_id, runs.c.state, runs.c.attempt, runs.c.state_version, runs.c.last_seq),
    *(runs.c.concurrency_key, runs.c.sealed, runs.c.sensitive, *ASKED),
)
MARKED = ("job_id", "number", "created_at")
"""What a job shows of its newest run, and which job that is."""
BORN = tuple(runs.c[name] for name in (*MARKED, "state_version", "attempt"))
"""What goes with a new row takes these from it. Said once more, they would be more parameters than those up to which
the driver of PostgreSQL remembers how it took a statement apart."""
NEWEST_OF_ITS_JOB = (
    sa.exists()
    .where(jobs.c.id == runs.c.job_id, jobs.c.last_run_number == runs.c.number)
    .correlate(runs)
    .label("newest_of_its_job")
)
DEFAULTS = {column.name: column.default.arg for column in runs.c if isinstance(column.default, sa.ColumnDefault)}
EVENT_OF_ROW = {"run_number": "number", "n": "state_version", "attempt": "attempt"}
EVENT_OF_ROW |= {"from_state": "state", "to_state": "state"}
"""What an event takes from the row where nothing else is said."""
LINES = (
    sa.func.jsonb_to_recordset(sa.bindparam("lines", type_=postgresql.JSONB))
    .table_valued(*(sa.column(name, log.c[name].type) for name in logs.COLUMNS[1:]))
    .render_derived(name="line", with_types=True)
)


@dataclass(frozen=True)
class Happened:
    """What the event of a step says; of one that is no transition, `kind` what it is, and the states are the row's."""

    actor: str
    reason: str | None = None
    frm: State | None = None
    to: State | None = None
    kind: Happening = Happening.MOVED
    attempt: int | None = None
    """None for the one that the row is at."""

    @property
    def moves(self) -> bool:
        return self.kind is Happening.MOVED

    @property
    def final(self) -> bool:
        return self.moves and self.to in FINAL

    @property
    def marks(self) -> bool:
        """Whether the job, if the run is its newest, shows the state; claimed says the same to everybody as running."""
        return self.moves and self.to is not State.RUNNING


def make(values: Mapping[str, Any], actor: str, *, newest: bool) -> dict[str, Any]:
    """Write a run of these values and its first event; gives what its row holds. If newest, its job shows it as its
    newest, unless it shows a newer one."""
    row = {**_defaults(), **values}
    story = _story(Happened(actor, to=row["state"]))
    if is_sqlite():
        made: Any = writing().execute(MAKE, row)
        row["number"] = made.inserted_primary_key.number
        writing().execute(TELL, {name: row[column] for name, column in EVENT_OF_ROW.items()} | story)
        if newest:
            writing().execute(MARK_NEWEST, _named("mark", {name: row[name] for name in MARKED}))
    else:
        making = _making(frozenset(row), frozenset(story), newest)
        row["number"] = writing().execute(making, _named("new", row) | _named("told", story)).scalar_one()
    return row


def mark_newest(run: Run) -> None:
    """Its job shows run as its newest, unless it shows a newer one."""
    writing().execute(MARK_NEWEST, _named("mark", {name: getattr(run, name) for name in MARKED}))


def change(
    guard: Condition,
    held: Mapping[str, Any],
    values: Mapping[str, Any],
    added: Mapping[str, int],
    happened: Happened | None = None,
    lines: Sequence[Line] = (),
) -> Any:
    """Set values and add to counters in the row that guard finds with what is held, and write what goes with that: the
    event, the job's mark, lines at the end of the log; of a run that is over, what was sealed goes.

    Gives a row of TOLD as it is then; None if guard finds none.
    """
    given = {**held, **_named("new", values), **_named("new", added)}
    changed = guard, frozenset(values), frozenset(added)
    if is_sqlite() or happened is None:
        row = writing().execute(_changing(*changed), given).first()
        if row is not None and happened is not None:
            _follow(row, happened, lines)
        return row
    story = _story(happened)
    given |= _named("told", story)
    if lines:
        given["lines"] = _rows(lines, values["last_seq"] - len(lines) + 1)
    statement = _changing_at_once(*changed, frozenset(story), happened.marks, happened.final, bool(lines))
    return writing().execute(statement, given).first()


def takes_along(lines: Sequence[Line]) -> bool:
    """Whether a step can write them: they are few, and none says anything of a group."""
    return len(lines) <= FEW and not any(line.mark for line in lines)


def _follow(row: Any, happened: Happened, lines: Sequence[Line]) -> None:
    """What goes with the change of row, statement by statement."""
    of_row = {name: getattr(row, column) for name, column in EVENT_OF_ROW.items()}
    writing().execute(TELL, {**of_row, **_story(happened)})
    if happened.marks and row.newest_of_its_job:
        mark = {"mark_job": row.job_id, "mark_number": row.number, "mark_state": row.state}
        writing().execute(MARK, mark)
    if happened.final and (row.sealed or row.sensitive):
        writing().execute(FORGET, {"of_number": row.number})
    logs.insert(row.number, row.last_seq - len(lines) + 1, lines)


def _story(happened: Happened) -> dict[str, Any]:
    """The columns of an event that its row does not tell."""
    told: dict[str, Any] = {"kind": happened.kind, "at": utcnow(), "final": happened.final}
    told |= {"actor": happened.actor, "reason": happened.reason}
    if happened.moves:
        told |= {"from_state": happened.frm, "to_state": happened.to}
    return told if happened.attempt is None else {**told, "attempt": happened.attempt}


def _named(what: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as parameters of statements that know several things of the same name."""
    return {f"{what}_{name}": value for name, value in values.items()}


def _asked(what: str, table: sa.Table, names: Iterable[str]) -> dict[str, Any]:
    """The same as their places in statements."""
    return {name: sa.bindparam(f"{what}_{name}", type_=table.c[name].type) for name in names}


def _rows(lines: Sequence[Line], first: int) -> list[dict[str, Any]]:
    """Lines as LINES reads them, the first of them with number first."""
    told = ((seq, *line[: logs.MARK], line.format) for seq, line in enumerate(lines, start=first))
    return [dict(zip(logs.COLUMNS[1:], row, strict=True)) for row in told]


def _defaults() -> dict[str, Any]:
    """What a row of runs holds where nothing is said."""
    return {name: default(None) if callable(default) else default for name, default in DEFAULTS.items()}


@cache
def _changing(guard: Condition, sets: frozenset[str], adds: frozenset[str]) -> sa.Update:
    values = _asked("new", runs, sets)
    values |= {name: runs.c[name] + asked for name, asked in _asked("new", runs, adds).items()}
    told = (*TOLD, NEWEST_OF_ITS_JOB) if "state" in sets else TOLD
    return sa.update(runs).where(guard).values(values).returning(*told)


@cache
def _changing_at_once(
    guard: Condition,
    sets: frozenset[str],
    adds: frozenset[str],
    story: frozenset[str],
    marks: bool,
    forgets: bool,
    writes: bool,
) -> sa.Select[Any]:
    row = _changing(guard, sets, adds).cte("changed")
    with_it = [_telling(row, story)]
    if marks:
        with_it.append(_marking(row.c.job_id, row.c.number, row.c.state).cte("marked"))
    if forgets:
        its = sa.and_(envelopes.c.run_number == row.c.number, sa.or_(row.c.sealed, row.c.sensitive))
        with_it.append(sa.delete(envelopes).where(its).cte("forgotten"))
    if writes:
        lines = sa.select(row.c.number, *LINES.c).join_from(row, LINES, sa.true())
        with_it.append(sa.insert(log).from_select(logs.COLUMNS, lines).cte("written"))
    return sa.select(row).add_cte(*with_it)


@cache
def _making(given: frozenset[str], story: frozenset[str], newest: bool) -> sa.Select[Any]:
    row = sa.insert(runs).values(_asked("new", runs, given)).returning(*BORN).cte("made")
    marked = [_marking_newest(*(row.c[name] for name in MARKED)).cte("marked")] if newest else []
    return sa.select(row.c.number).add_cte(_telling(row, story), *marked)


def _marking_newest(
    job_id: sa.ColumnElement[UUID], number: sa.ColumnElement[int], at: sa.ColumnElement[datetime]
) -> sa.Update:
    older = sa.or_(jobs.c.last_run_number.is_(None), jobs.c.last_run_number < number)
    mark = {"last_run_number": number, "last_run_state": State.QUEUED, "last_run_at": at}
    return sa.update(jobs).where(jobs.c.id == job_id, older).values({**mark, **AS_IT_WAS})


def _marking(job_id: sa.ColumnElement[UUID], number: sa.ColumnElement[int], state: sa.ColumnElement[str]) -> sa.Update:
    newest = sa.and_(jobs.c.id == job_id, jobs.c.last_run_number == number)
    return sa.update(jobs).where(newest).values({"last_run_state": state, **AS_IT_WAS})


def _telling(row: sa.CTE, story: frozenset[str]) -> sa.CTE:
    """The event of what became of row."""
    columns = {name: row.c[column] for name, column in EVENT_OF_ROW.items() if name not in story}
    columns |= _asked("told", events, story)
    return sa.insert(events).from_select(list(columns), sa.select(*columns.values())).cte("told")


# Where they are statements of their own.
MAKE, TELL = sa.insert(runs), sa.insert(events)
MARK_NEWEST = _marking_newest(*_asked("mark", runs, MARKED).values())
MARK = _marking(*(sa.bindparam(f"mark_{name}") for name in ("job", "number", "state")))
FORGET = sa.delete(envelopes).where(envelopes.c.run_number == sa.bindparam("of_number"))
