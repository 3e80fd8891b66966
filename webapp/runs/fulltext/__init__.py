"""Searching the logs of all runs: an index that is written behind them, and the page that asks it.

`finding.search` says how runs are found whose log has a line that fits.
"""

from __future__ import annotations

from flask import Flask
from sqlalchemy import event

from webapp.db import db, is_sqlite
from webapp.runs.fulltext.matching import teach


def init_app(app: Flask) -> None:
    """Let connections to SQLite know which lines fit."""
    with app.app_context():
        if is_sqlite():
            event.listen(db.engine, "connect", teach)
