"""`flask demo`: from a fresh checkout to a running product, all processes in one terminal."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import socket

import click
from flask import Flask, current_app
from setproctitle import setproctitle

from webapp.accounts import service as accounts
from webapp.catalogue import service as catalogue
from webapp.config import BadSetting, Settings
from webapp.db import AWAY, db
from webapp.demo import service, warm
from webapp.demo.processes import LOOK_EVERY, Process, Supervisor, free_place, redis
from webapp.errors import WebappError
from webapp.launch import following
from webapp.launch import service as launch
from webapp.queue import bell, embedded
from webapp.queue.locks import EXCLUSIVE, seize
from webapp.runs import processes
from webapp.runs.models import State
from webapp.worker.upkeep import Upkeep

EXAMPLE = "hello.Hello"
EXAMPLE_INPUTS = {"person": "World", "times": 3}
GUNICORN = (
    *("--name", "jobdeck", "--preload", "--no-control-socket"),
    *("--workers", "2", "--worker-class", "gthread", "--threads", "16"),
)
READY_SECONDS = 30
DRAIN_SECONDS = 1
RUN_SECONDS = 60


def init_app(app: Flask) -> None:
    """Add the command to `flask`."""
    app.cli.add_command(demo)


@click.command()
@click.option("--once", is_flag=True, help="Run the example job, then end: exit 0 only if it succeeded.")
def demo(once: bool) -> None:
    """Set everything up, start all processes, run an example job, and serve until Ctrl-C."""
    setproctitle("jobdeck: demo")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(int(once)))
    # Scripts that start it in the background hand it a Ctrl-C that is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings: Settings = current_app.extensions["settings"]
    lock = seize(settings.data_dir / "demo.lock", EXCLUSIVE)
    if lock is None:
        raise click.ClickException(f"A demonstration runs in {settings.data_dir} already; choose another DATA_DIR.")
    try:
        place = free_place(settings.host, settings.port)
    except BadSetting as error:
        raise click.ClickException(str(error)) from None
    settings = _settled(settings, place.getsockname()[1])
    try:
        if warm.aside(_prepare).wait():
            raise SystemExit(1)
        _warm_up()
        with Supervisor(_processes(settings, place), settings.data_dir / "logs", click.echo) as supervisor:
            succeeded = _try_out(supervisor, settings)
            if once:
                raise SystemExit(0 if succeeded else 1)
            _welcome(settings.data_dir)
            supervisor.serve()
    except KeyboardInterrupt:
        click.echo("\nStopped.")
        raise SystemExit(int(once)) from None


def _settled(settings: Settings, port: int) -> Settings:
    """The settings of all processes, in the environment and in the application that they share."""
    os.environ.update(
        JOBDECK_DATA_DIR=str(settings.data_dir),
        JOBDECK_REDIS_URL=settings.redis_url or embedded.url(settings.data_dir),
        JOBDECK_PORT=str(port),
        # Whoever presses Ctrl-C does not want to wait for runs: they are cancelled, with time to clean up.
        JOBDECK_DRAIN_SECONDS=str(min(settings.drain_seconds, DRAIN_SECONDS)),
        TZ="UTC",
    )
    settings = Settings.from_environment()
    current_app.extensions["settings"] = settings
    bell.init_app(current_app, settings)
    return settings


def _prepare() -> bool:
    """Fill the database, and say what scripts need to know; whether that was possible."""
    settings: Settings = current_app.extensions["settings"]
    try:
        signs = service.prepare(settings)
    except (BadSetting, WebappError) as error:
        click.echo(f"Error: {error}", err=True)
        return False
    except AWAY as away:
        click.echo(f"Error: The database does not answer: {away}", err=True)
        return False
    service.write(settings, f"http://{settings.host}:{settings.port}", signs)
    return True


def _warm_up() -> None:
    """Do what processes do again and again: what that loads and compiles, they share from now on."""
    settings: Settings = current_app.extensions["settings"]
    Upkeep(processes.SCHEDULER, [], settings.lost_after, settings.data_dir).rehearse()
    current_app.test_client().get("/healthz")
    db.session.remove()
    db.engine.dispose()
    warm.settle()


def _processes(settings: Settings, place: socket) -> list[Process]:
    """The processes of the product."""
    flask = ["flask", "--app", "wsgi"]
    gunicorn = ["gunicorn", "--bind", f"fd://{place.fileno()}", *GUNICORN, "wsgi:app"]
    worker = [*flask, "worker", "--processes", "2"]
    patience = DRAIN_SECONDS + settings.cancel_grace + 5
    apart = (place.fileno(),)
    ours = [redis(settings.data_dir)] if settings.redis_url == embedded.url(settings.data_dir) else []
    return [
        *ours,
        Process("web", gunicorn, warm=True),
        Process("worker", worker, warm=True, without=apart, heirs=True, patience=patience),
        Process("scheduler", [*flask, "scheduler"], warm=True, without=apart),
    ]


def _try_out(supervisor: Supervisor, settings: Settings) -> bool:
    """Whether everything came up and the example job went through the real queue to its end."""
    if not supervisor.wait_until(lambda: _is_ready(settings.host, settings.port), READY_SECONDS):
        click.echo(f"Not everything is ready after {READY_SECONDS} s; the logs are in {supervisor.logs}", err=True)
        return False
    example = warm.aside(_run_example)
    status = supervisor.see_through(example, RUN_SECONDS)
    if status is None:
        click.echo(f"It has not ended after {RUN_SECONDS} s.", err=True)
        example.kill()
    return status == 0


def _run_example() -> bool:
    """Whether a run of the example job succeeded, which is followed to its end."""
    run = launch.start(catalogue.by_class_path(EXAMPLE), accounts.named("ann"), EXAMPLE_INPUTS)
    click.echo(f"Run #{run.number} of {run.job_name}, through the queue {run.queue}:")
    follower = following.Follower(run.number)
    while not follower.look():
        time.sleep(LOOK_EVERY)
    return follower.close() == State.SUCCESS


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _welcome(data_dir: Path) -> None:
    url, signs = service.read(data_dir)
    click.echo(f"\nJobdeck serves at {url}  (Ctrl-C ends it)\nSign in as:")
    for name, sign in signs.items():
        role = "superuser" if name == service.SUPERUSER else service.USERS[name][0]
        click.echo(f"  {name:6} {sign['password']}   {role}")
    click.echo("Tokens for scripts are in demo.json of the data directory. For commands in another terminal:")
    click.echo(f"  . .venv/bin/activate; export JOBDECK_DATA_DIR={shlex.quote(str(data_dir))}")
