"""`flask demo`: from a fresh checkout to a running product, all processes in one terminal."""

from __future__ import annotations

import shlex
import signal
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import socket

import click
from flask import Flask, current_app
from setproctitle import setproctitle

from webapp.accounts import service as accounts
from webapp.catalogue import service as catalogue
from webapp.config import BadSetting, Settings
from webapp.db import db
from webapp.demo import service
from webapp.demo.processes import Process, Supervisor, free_place, redis
from webapp.errors import WebappError
from webapp.launch import following
from webapp.launch import service as launch
from webapp.queue import embedded
from webapp.queue.locks import EXCLUSIVE, seize
from webapp.runs.models import State

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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Scripts that start it in the background hand it a Ctrl-C that is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings: Settings = current_app.extensions["settings"]
    lock = seize(settings.data_dir / "demo.lock", EXCLUSIVE)
    if lock is None:
        raise click.ClickException(f"A demonstration runs in {settings.data_dir} already; choose another DATA_DIR.")
    try:
        place = free_place(settings.host, settings.port)
        signs = service.prepare(settings)
    except (BadSetting, WebappError) as error:
        raise click.ClickException(str(error)) from None
    port = place.getsockname()[1]
    url = f"http://{settings.host}:{port}"
    service.write(settings, url, signs)
    try:
        with Supervisor(_processes(settings, place), settings.data_dir / "logs", click.echo) as supervisor:
            succeeded = _try_out(supervisor, settings.host, port)
            if once:
                raise SystemExit(0 if succeeded else 1)
            _welcome(url, signs, settings.data_dir)
            supervisor.serve()
    except KeyboardInterrupt:
        click.echo("\nStopped.")


def _processes(settings: Settings, place: socket) -> list[Process]:
    """The processes of the product; only Redis is told nothing, as the others hear from it where it listens."""
    env = {
        "JOBDECK_DATA_DIR": str(settings.data_dir),
        "JOBDECK_REDIS_URL": settings.redis_url or embedded.url(settings.data_dir),
        "JOBDECK_PORT": str(place.getsockname()[1]),
        "TZ": "UTC",
    }
    # Whoever presses Ctrl-C does not want to wait for runs: they are cancelled, with time to clean up.
    drained = {**env, "JOBDECK_DRAIN_SECONDS": str(min(settings.drain_seconds, DRAIN_SECONDS))}
    patience = DRAIN_SECONDS + settings.cancel_grace + 5
    flask = ["flask", "--app", "wsgi"]
    gunicorn = ["gunicorn", "--bind", f"fd://{place.fileno()}", *GUNICORN, "wsgi:app"]
    apart = (place.fileno(),)
    ours = [] if settings.redis_url else [redis(settings.data_dir)]
    return [
        *ours,
        Process("web", gunicorn, env, warm=_let_go),
        Process(
            "worker",
            [*flask, "worker", "--processes", "2"],
            drained,
            warm=_let_go,
            without=apart,
            heirs=True,
            patience=patience,
        ),
        Process("scheduler", [*flask, "scheduler"], env, warm=_let_go, without=apart),
    ]


def _let_go() -> None:
    """Close what a fork must not share."""
    db.session.remove()
    db.engine.dispose()


def _try_out(supervisor: Supervisor, host: str, port: int) -> bool:
    """Whether everything came up and the example job went through the real queue to its end."""
    if not supervisor.wait_until(lambda: _is_ready(host, port), READY_SECONDS):
        click.echo(f"Not everything is ready after {READY_SECONDS} s; the logs are in {supervisor.logs}", err=True)
        return False
    ann = accounts.named("ann")
    run = launch.start(catalogue.by_class_path(EXAMPLE), ann, EXAMPLE_INPUTS)
    click.echo(f"Run #{run.number} of {run.job_name}, through the queue {run.queue}:")
    follower = following.Follower(run.number)
    if not supervisor.wait_until(follower.look, RUN_SECONDS):
        click.echo(f"It has not ended after {RUN_SECONDS} s.", err=True)
        return False
    state = follower.close()
    db.session.remove()
    return state == State.SUCCESS


def _is_ready(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _welcome(url: str, signs: service.Signs, data_dir: Path) -> None:
    click.echo(f"\nJobdeck serves at {url}  (Ctrl-C ends it)\nSign in as:")
    for name, sign in signs.items():
        role = "superuser" if name == service.SUPERUSER else service.USERS[name][0]
        click.echo(f"  {name:6} {sign['password']}   {role}")
    click.echo("Tokens for scripts are in demo.json of the data directory. For commands in another terminal:")
    click.echo(f"  . .venv/bin/activate; export JOBDECK_DATA_DIR={shlex.quote(str(data_dir))}")
