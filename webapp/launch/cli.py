"""`flask runjob`: start a job and follow its log on the terminal."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask
from setproctitle import setproctitle

from webapp.accounts import service as accounts
from webapp.accounts.models import User
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.errors import WebappError
from webapp.files import service as files
from webapp.jobs.files import FileVar
from webapp.jobs.numbers import Written
from webapp.jobs.variables import variables_of
from webapp.launch import commits, following, service
from webapp.runs import processes
from webapp.runs.models import Run, State, Trigger
from webapp.runs.supervisor import supervise

ASK_SECONDS = 0.1
INTERRUPTED = 130
"""The exit code of what Ctrl-C has ended."""


class CannotStart(click.ClickException):
    """The job was not started; nothing has run."""

    exit_code = 2


def init_app(app: Flask) -> None:
    """Add the command to `flask`."""
    app.cli.add_command(runjob)


@click.command()
@click.argument("class_path")
@click.option("-u", "--username", required=True, help="Who runs it.")
@click.option("-l", "--local", is_flag=True, help="Run it in this process, without a worker.")
@click.option(
    "-d", "--data", default="{}", help="The inputs, as a JSON object, or - for standard input; @path for a file."
)
@click.option("-q", "--queue", help="One of the job's queues; by default its first.")
@click.option("--dry-run", is_flag=True, help="As a dry run, if the job offers it.")
def runjob(class_path: str, username: str, local: bool, data: str, queue: str | None, dry_run: bool) -> None:
    """Run the job CLASS_PATH (module.Class) and follow its log.

    Exits with 0 when the job succeeded, 1 when it did not, 2 when it could not be started. Ctrl-C ends the following,
    with 130, but not the run; with --local it ends the run.
    """
    run = _start(class_path, username, _inputs(data, dry_run), queue, local)
    end = _run_here(run) if local else _follow(run)
    raise SystemExit(0 if end == State.SUCCESS else 1)


def _run_here(run: Run) -> State:
    """Be the run's worker, and print its log meanwhile; gives its final state."""
    follower = _announce(run)
    # Besides naming the process it wipes what the job could read in /proc of its environment, secrets among it.
    setproctitle("jobdeck: runjob")
    with _interruptions() as times:
        name = processes.name_of("runjob")
        supervise(run.number, name, on_lines=following.print_lines, interruptions=lambda: len(times))
    return follower.close()


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Collects inside how often Ctrl-C was pressed: an exception in the middle of a run could end its supervision."""
    times: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: times.append(number))
    try:
        yield times
    finally:
        signal.signal(signal.SIGINT, before)


def _follow(run: Run) -> State:
    """Print the log until the run is over; gives its final state. Interrupted, it leaves the run to its worker."""
    number = run.number
    try:
        follower = _announce(run)
        while not follower.look():
            time.sleep(ASK_SECONDS)
        return follower.close()
    except KeyboardInterrupt:
        click.echo(f"Run #{number} goes on. Cancel it on its page", err=True)
        raise SystemExit(INTERRUPTED) from None


def _announce(run: Run) -> following.Follower:
    click.echo(f"Run #{run.number} of {run.job_name}")
    return following.Follower(run.number)


def _inputs(data: str, dry_run: bool) -> dict[str, Any]:
    try:
        # Where secrets are among them, they should not stand in the list of processes.
        inputs = json.loads(sys.stdin.read() if data == "-" else data, parse_float=Written)
    except (RecursionError, ValueError) as error:
        raise CannotStart(f"Invalid JSON data: {error}") from None
    if not isinstance(inputs, dict):
        raise CannotStart("Invalid job data: give a JSON object.")
    return inputs | ({"dryrun": True} if dry_run else {})


def _start(class_path: str, username: str, inputs: dict[str, Any], queue: str | None, local: bool) -> Run:
    if "." not in class_path:
        raise CannotStart('Job must be specified in the Python module form: "<module_name>.<JobClassName>"')
    user = accounts.by_name(username)
    if user is None:
        raise CannotStart("No such user")
    try:
        job = catalogue.by_class_path(class_path)
        data = commits.understood(job, inputs | _files(job, user, inputs))
        return service.start(job, user, data, queue=queue, local=local, trigger=Trigger.RUNJOB)
    except WebappError as error:
        raise CannotStart(error.message) from None


def _files(job: Job, user: User, inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs that name a file, as "@path", taken in.

    :raises CannotStart: it cannot be read.
    """
    found: dict[str, Any] = {}
    for name, variable in variables_of(job.variables).items():
        given = inputs.get(name)
        if isinstance(variable, FileVar) and isinstance(given, str) and given.startswith("@"):
            path = Path(given[1:])
            try:
                if path.exists() and not path.is_file():  # a device may have no end
                    raise ValueError(f"{path} is no regular file")
                with path.open("rb") as stream:
                    found[name] = files.keep(stream, given, user, sealed=job.has_sensitive_variables)
            except (OSError, ValueError) as problem:
                raise CannotStart(f"{name}: {problem}") from None
    return found
