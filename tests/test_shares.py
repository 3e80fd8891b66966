"""What belongs together is given to one process of pytest-xdist."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests import conftest
from tests.shares import SHORT, TOGETHER, WAITING, share_of, turn_of
from webapp.config import PROJECT


def test_tests_of_one_product_are_one_share_and_others_are_given_out_singly():
    ids = ["tests/browser/test_jobs.py::test_a", "tests/browser/test_run_form.py::test_b[x@y]"]
    assert {share_of(id) for id in ids} == {"tests/browser/"}
    assert share_of("tests/browser/test_every_page.py::test_a[jobs]") == "tests/browser/test_every_page.py"
    assert share_of("tests/test_db.py::test_a[sqlite]") == "tests/test_db.py::test_a[sqlite]"


@pytest.mark.parametrize("place", TOGETHER + WAITING + SHORT)
def test_the_places_are_there(place):
    assert (PROJECT / place).exists()


def test_what_waits_comes_soon_and_what_is_short_comes_last():
    ids = [
        "tests/jobs/test_a.py::test_a",
        "tests/test_db.py::test_a",
        "tests/worker/test_a.py::test_a",
        "tests/browser/",
    ]
    assert sorted(ids, key=turn_of) == ids[::-1]


def test_the_shares_hold_for_the_command_of_make_test(monkeypatch):
    made = []
    monkeypatch.setattr("tests.shares.Shares", lambda config, log: made.append(config) or "shares")
    for dist, wanted in (("loadgroup", "shares"), ("load", None)):
        config = SimpleNamespace(getvalue={"dist": dist}.get)
        assert conftest.pytest_xdist_make_scheduler(config, None) == wanted
    assert len(made) == 1
    assert "--dist loadgroup" in (PROJECT / "Makefile").read_text()
