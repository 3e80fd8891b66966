"""The catalogue from the shell."""

from __future__ import annotations

import click
from flask import Flask, current_app

from webapp.accounts import roles
from webapp.catalogue import refreshing
from webapp.catalogue.jobs_cli import jobs
from webapp.errors import NotPossible
from webapp.migrating import upgrade


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(post_upgrade)
    app.cli.add_command(jobs)


@click.command("post-upgrade")
def post_upgrade() -> None:
    """Bring the database and the job records up to date with the code."""
    upgrade()
    roles.ensure_roles()
    try:
        report(refreshing.refresh(current_app.extensions["settings"].jobs_root))
    except NotPossible as refusal:
        raise click.ClickException(refusal.message) from None


def report(refreshed: refreshing.Refreshed) -> None:
    """Say what a refresh did, a line for each job made or gone and for each load error."""
    for path in refreshed.made:
        click.echo(f"New job {path}, switched off")
    for path in refreshed.back:
        click.echo(f"Job {path} is back")
    for path in refreshed.gone:
        click.echo(f"Job {path} is gone and can no longer be run")
    for error in refreshed.errors:
        where = error.file if error.line is None else f"{error.file}, line {error.line}"
        click.echo(f"Cannot load {error.module_name} ({where}): {error.message}", err=True)
    known = len(refreshed.made) + len(refreshed.kept)
    mistakes = len(refreshed.errors)
    click.echo(f"{known} jobs, {mistakes} load {'error' if mistakes == 1 else 'errors'}.")
