"""`flask jobs`: job records from the shell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import click
import sqlalchemy as sa

from webapp.catalogue import deciding, service
from webapp.catalogue.check_cli import check, in_words
from webapp.catalogue.facts import Facts
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.errors import InvalidInputs, NotFound, WebappError
from webapp.jobs.plain import without_colours

FACTS = (
    *("grouping", "name", "class_path", "installed", "enabled", "hidden", "description", "read_only", "is_singleton"),
    *("has_sensitive_variables", "approval_required", "supports_dryrun", "dryrun_default", "soft_time_limit"),
    *("time_limit", "queues", "keep_days", "keep_runs", "overridden", "source", "file", "version", "last_run_number"),
    *("last_run_state", "is_job_hook_receiver", "is_job_button_receiver"),
)
BRIEF = ("grouping", "name", "class_path", "installed", "enabled", "hidden", "overridden", "last_run_state")
"""What the list tells."""


@click.group("jobs")
def jobs() -> None:
    """Look at jobs, switch them on and off, check their files."""


@jobs.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what is hidden, and what is not installed any more.")
@click.option("--group", help="Only the jobs of this grouping.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def list_jobs(everything: bool, group: str | None, as_json: bool) -> None:
    """The jobs by grouping."""
    query = sa.select(Job).order_by(Job.grouping, Job.name)
    if not everything:
        query = query.where(Job.installed, ~Job.hidden)
    if group is not None:
        query = query.where(Job.grouping == group)
    found = db.session.scalars(query).all()
    if as_json:
        click.echo(_json([{"id": str(job.id), **_facts(job, BRIEF)} for job in found]))
        return
    for grouping, each in groupby(found, key=lambda job: job.grouping):
        click.echo(_text(grouping))
        _table([(_text(job.name), job.class_path, _state(job)) for job in each])
    if not found:
        click.echo("There are no such jobs." if group is not None else "There are no jobs yet; try: flask post-upgrade")


@jobs.command()
@click.argument("job")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def show(job: str, as_json: bool) -> None:
    """One job, by its name, class path or id."""
    found = _named([job])[0]
    error = service.load_error_of(found)
    told = {
        "id": str(found.id),
        **_facts(found, FACTS),
        "variables": found.variables,
        "notes": found.notes,
        "load_error": error and {"file": error.file, "line": error.line, "message": error.message},
    }
    if not as_json:
        told |= _kept(found)
    click.echo(_json(told) if as_json else "\n".join(_lines(told)))


@jobs.command()
@click.argument("jobs", nargs=-1, required=True)
def enable(jobs: tuple[str, ...]) -> None:
    """Let JOBS be run; each by its name, class path or id. All of them or none."""
    _switch(_named(jobs), True)


@jobs.command()
@click.argument("jobs", nargs=-1, required=True)
def disable(jobs: tuple[str, ...]) -> None:
    """Let JOBS not be run any more; each by its name, class path or id. All of them or none."""
    _switch(_named(jobs), False)


jobs.add_command(check)


def _named(texts: Sequence[str]) -> list[Job]:
    found = []
    for text in texts:
        try:
            found.append(service.by_name_or_id(text))
        except NotFound:
            found.append(_whatever_its_case(text))
    return list(dict.fromkeys(found))


def _whatever_its_case(name: str) -> Job:
    """The one job that is called name but for the case of its letters.

    :raises ClickException: there is none, or more than one.
    """
    rows = db.session.execute(sa.select(Job.id, Job.name).order_by(Job.name)).all()
    alike = [row for row in rows if row.name.casefold() == name.casefold()]
    if not alike:
        raise click.ClickException(f"There is no job called {name}.")
    if len(alike) > 1:
        names = ", ".join(_text(row.name) for row in alike)
        raise click.ClickException(f"There is no job called {name}, but there are: {names}.")
    return db.session.get_one(Job, alike[0].id)


def _kept(job: Job) -> dict[str, str]:
    """How long its runs are kept, in words."""
    facts = Facts(job)
    each = {"keep_days": facts.keep_days, "keep_runs": facts.keep_runs}
    whose = {True: ", the installation's", False: ""}
    return {name: f"{kept.value or '0, which keeps all'}{whose[kept.inherited]}" for name, kept in each.items()}


def _switch(found: list[Job], enabled: bool) -> None:
    before = {job.id: job.enabled for job in found}
    try:
        deciding.settle(found, {"enabled": enabled})
    except InvalidInputs as refusal:
        raise click.ClickException(" ".join(text for texts in refusal.errors.values() for text in texts)) from None
    except WebappError as error:
        raise click.ClickException(error.message) from None
    for job in found:
        was = "was already" if before[job.id] is enabled else "is"
        click.echo(f"{_text(job.name)} ({job.class_path}) {was} switched {'on' if enabled else 'off'}.")


def _facts(job: Job, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(job, name) for name in names}


def _state(job: Job) -> str:
    """Whether the job may run, and what else is to be known of it, in a few words."""
    words = ["not installed" if not job.installed else "on" if job.enabled else "off"]
    words += ["hidden"] if job.hidden else []
    words += [f"last run {job.last_run_state}"] if job.last_run_state else []
    words += [f"overridden: {', '.join(job.overridden)}"] if job.overridden else []
    return "; ".join(words)


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {'  '.join(cells)}".rstrip())


def _lines(told: dict[str, Any]) -> list[str]:
    """A job for people, a line for each fact and for each variable."""
    facts = [f"{name.replace('_', ' ')}: {_said(told[name])}" for name in ("id", *FACTS)]
    facts += [f"variable {each['name']}: {_text(in_words(each))}" for each in told["variables"]]
    facts += [f"note: {_text(note)}" for note in told["notes"]]
    if error := told["load_error"]:
        place = error["file"] if error["line"] is None else f"{error['file']}:{error['line']}"
        facts.append(f"does not load: {place}: {_text(error['message'])}")
    return facts


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return _text(str(value)).replace("\n", "\n  ") if value not in (None, "") else "–"


def _text(value: str) -> str:
    return without_colours(value)


def _json(told: object) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False)
