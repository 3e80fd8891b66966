"""The demonstration: `flask demo`, which `make demo` calls."""

from __future__ import annotations

from flask import Flask

from webapp.demo import cli


def init_app(app: Flask) -> None:
    """Add the command to `flask`."""
    cli.init_app(app)
