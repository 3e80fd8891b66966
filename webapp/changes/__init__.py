"""Changes: who changed which row when, from what to what."""

from __future__ import annotations

from flask import Flask

from webapp.accounts.permissions import Kind, register
from webapp.changes.actors import acting
from webapp.changes.models import Change
from webapp.changes.recording import record

__all__ = ["acting", "init_app", "record"]


def init_app(app: Flask) -> None:
    """Make changes a kind that permissions can name."""
    register(app, Kind("extras.objectchange", Change, "change"))
