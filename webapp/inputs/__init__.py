"""The inputs of a run: declared variables as forms, and what people typed as values."""

from __future__ import annotations

from webapp.inputs import objects, uploads  # noqa: F401 -- make the fields of objects and files known
from webapp.inputs.patterns import search
from webapp.jobs import patterns


def init_app() -> None:
    """From now on authors' patterns are searched with a limit of time."""
    patterns.plug(search)
