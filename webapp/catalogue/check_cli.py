"""`flask jobs check`: what Jobdeck would make of a file or a folder, for authors and their CI."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from webapp.catalogue import checking, records
from webapp.errors import WebappError
from webapp.jobs.plain import without_colours
from webapp.sources.discovery import LoadError


@click.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def check(path: Path, as_json: bool) -> None:
    """Load the jobs in PATH, a file or a folder, and tell what Jobdeck would make of them.

    Needs no database and no worker, and keeps nothing. Exits with 0, or 1 if something does not load.
    """
    try:
        checked = checking.check(path)
    except WebappError as error:
        raise click.ClickException(error.message) from None
    if as_json:
        click.echo(json.dumps({"jobs": checked.jobs, "errors": list(map(asdict, checked.errors))}, indent=2))
    else:
        _tell(checked)
    raise SystemExit(1 if checked.errors else 0)


def _tell(checked: checking.Checked) -> None:
    for job in checked.jobs:
        _tell_job(job)
    for error in checked.errors:
        click.echo(f"{_place(error)}: {_text(error.message)}", err=True)
    if not checked.jobs and not checked.errors:
        click.echo("There are no jobs; do they stand in register_jobs()?", err=True)
    click.echo(f"{_count(len(checked.jobs), 'job')}, {_count(len(checked.errors), 'load error')}.")


def _tell_job(job: dict[str, Any]) -> None:
    click.echo(f"{_text(job['grouping'])}: {_text(job['name'])}")
    click.echo(f"  {records.path_of(job)}, {job['file']}:{job['line']}")
    for variable in job["variables"]:
        click.echo(f"  {variable['name']}: {in_words(variable)}")
    for note in job["notes"]:
        click.echo(f"  Note: {_text(note)}")


def in_words(variable: dict[str, Any]) -> str:
    """What describe() says of a variable, in a few words."""
    told = [variable["type"], "required" if variable.get("required") else "optional"]
    told += [f"default {_json(variable['default'])}"] if variable.get("default") not in (None, "") else []
    return ", ".join(told)


def _place(error: LoadError) -> str:
    return error.file if error.line is None else f"{error.file}:{error.line}"


def _text(value: str) -> str:
    return without_colours(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
