"""The worker and the scheduler: entry points of processes, without pages."""

from __future__ import annotations

from flask import Flask

from webapp.worker import cli


def init_app(app: Flask) -> None:
    """`flask worker` and `flask scheduler`."""
    cli.init_app(app)
