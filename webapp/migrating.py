"""Migrations of the database, by Flask-Migrate.

It brings Alembic, Mako and more along, a tenth of all memory and of the time that a process takes to begin. Few
processes ever migrate, so those load it that do.
"""

from __future__ import annotations

import click
from flask import Flask, current_app

from webapp.config import PROJECT
from webapp.db import db

FOLDER = PROJECT / "webapp" / "migrations"


def init_app(app: Flask) -> None:
    """Add `flask db`."""
    app.cli.add_command(commands)


def upgrade() -> None:
    """Bring the current application's database to the newest version."""
    prepare()
    from flask_migrate import upgrade as to_the_newest  # noqa: PLC0415 -- as the module says

    to_the_newest()


def prepare() -> None:
    """Make what Flask-Migrate has work on the current application's database."""
    from flask_migrate import Migrate  # noqa: PLC0415 -- as the module says

    if "migrate" not in current_app.extensions:
        Migrate(directory=str(FOLDER)).init_app(current_app, db, render_as_batch=True, compare_type=True)


@click.command("db", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def commands(words: tuple[str, ...]) -> None:
    """Perform database migrations."""
    prepare()
    from flask_migrate.cli import db as theirs  # noqa: PLC0415 -- as the module says

    theirs.main(list(words), prog_name="flask db")
