"""How long changes are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from webapp.changes import cleaning
from webapp.changes.models import Action, Change
from webapp.db import db, transaction, utcnow


@pytest.fixture
def past(app):
    """Changes of so many days ago, and nothing else."""
    with transaction() as session:
        session.execute(sa.delete(Change))
        for days in (0, 89, 91, 400):
            values = {"kind": "extras.role", "row_id": str(days), "row_name": "x", "action": Action.DELETE}
            session.add(Change(**values, user_name="x", at=utcnow() - timedelta(days=days)))


def kept() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Change.row_id).order_by(Change.number)))


def test_changes_go_after_ninety_days_a_few_at_a_time(past, monkeypatch):
    monkeypatch.setattr(cleaning, "AT_ONCE", 1)
    assert cleaning.count_due() == 2
    assert list(cleaning.clean()) == [1, 1]
    assert kept() == ["0", "89"]
    assert (cleaning.count_due(), list(cleaning.clean())) == (0, [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("days", "left"), [(0, 4), (1, 1), (500, 4), (10**9, 4)])
def test_an_installation_says_how_long_and_nothing_stands_for_ever(app, past, days, left):
    app.extensions["settings"] = replace(app.extensions["settings"], changes_days=days)
    list(cleaning.clean())
    assert len(kept()) == left


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_counts_changes_beside_runs(app, past):
    run = app.test_cli_runner().invoke
    assert run(args=["cleanup", "--dry-run"]).output.splitlines() == [
        "(changes): 2 changes",
        "2 changes would be deleted.",
    ]
    assert len(kept()) == 4
    assert run(args=["cleanup"]).output.splitlines() == ["(changes): 2 changes", "2 changes deleted."]
    assert len(kept()) == 2
