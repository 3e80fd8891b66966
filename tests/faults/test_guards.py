"""The tests notice when a guard is taken out: each is removed from a copy of the source, and a test there must fail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.product import TEMPLATE
from webapp.config import PROJECT

COPIED = ("webapp", "tests", "templates", "static", "jobs_root", "wsgi.py", "pyproject.toml")
PLUGINS = ("-p", "no:cacheprovider", "-p", "pytest_timeout")
FAILED = 1
"""What pytest says when tests were run and some did not pass."""


@dataclass(frozen=True)
class Guard:
    """Something that keeps a run honest; without it the named test has to fail."""

    name: str
    file: str
    there: str
    instead: str
    test: str


GUARDS = (
    Guard(
        "a run is claimed only while it is queued",
        "runs/states.py",
        "IS_DUE = sa.and_(WAITS, ",
        "IS_DUE = sa.and_(THIS, ",
        "runs/test_states.py::test_nothing_happens_to_a_run_that_is_not_where_the_step_starts_from",
    ),
    Guard(
        "nothing is claimed in a paused queue",
        "runs/states.py",
        "MAY_START = sa.and_(IS_DUE, in_open_queue())",
        "MAY_START = IS_DUE",
        "runs/test_queues.py::test_a_claim_is_refused_although_the_run_was_looked_at_before_the_pause",
    ),
    Guard(
        "every transition carries the attempt",
        "runs/states.py",
        'HELD = sa.and_(THIS, runs.c.attempt == sa.bindparam("of_attempt"), runs',
        "HELD = sa.and_(THIS, runs",
        "runs/test_states.py",
    ),
    Guard(
        "every sign of life carries the attempt",
        "runs/states.py",
        'ALIVE = sa.and_(THIS, runs.c.attempt == sa.bindparam("of_attempt"), runs',
        "ALIVE = sa.and_(THIS, runs",
        "runs/test_states.py",
    ),
    Guard(
        "a heartbeat saves a run from being lost",
        "runs/states.py",
        'SILENT = sa.and_(HELD, runs.c.heartbeat == sa.bindparam("of_heartbeat"))',
        "SILENT = HELD",
        "runs/test_states.py",
    ),
    Guard(
        "a slot is held by one run",
        "migrations/versions/0002_a_ledger_that_survives.py",
        '["concurrency_key", "slot"],\n        unique=True,',
        '["concurrency_key", "slot"],\n        unique=False,',
        "runs/test_stopping.py::test_a_slot_that_two_claims_want_goes_to_one",
    ),
    Guard(
        "the database refuses to change an end",
        "migrations/versions/0002_a_ledger_that_survives.py",
        "    for statement in _fix_ends():\n        op.execute(statement)\n",
        "",
        "faults/test_final_rows.py",
    ),
    Guard(
        "lines go behind the last one that is known",
        "runs/states.py",
        'ALIVE_AND_WRITTEN = sa.and_(ALIVE, runs.c.last_seq == sa.bindparam("of_last_seq"))',
        "ALIVE_AND_WRITTEN = ALIVE",
        "runs/test_ledger.py",
    ),
    Guard(
        "success needs an exit in order",
        "runs/supervisor.py",
        "if self.account.told is not None and self.exit_status == 0:",
        "if self.account.told is not None:",
        "runs/test_supervisor.py::test_a_job_that_announces_success_and_leaves_in_disorder_has_not_succeeded",
    ),
    Guard(
        "the permission is asked for again at the claim",
        "runs/claims.py",
        "    require_runnable(run.job, run.user)\n",
        "",
        "runs/test_supervisor.py::test_permission_is_asked_again_at_the_claim",
    ),
    Guard(
        "a run that somebody wants to stop does not begin",
        "runs/states.py",
        "HELD_AND_UNASKED = sa.and_(HELD, UNASKED)",
        "HELD_AND_UNASKED = HELD",
        "runs/test_states.py::test_a_run_that_somebody_wants_to_stop_does_not_begin",
    ),
    Guard(
        "an outage of the database is no death of a worker",
        "runs/reconciler.py",
        "            self.begin_afresh()\n            db.session.rollback()\n",
        "            db.session.rollback()\n",
        "runs/test_reconciler.py::test_an_outage_of_the_database_says_nothing_about_the_workers",
    ),
)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_without_it_the_tests_fail(guard, tmp_path, template, warm):
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            # With what is compiled: Python takes it only for a source of the same time and size.
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copy(source, tmp_path)
    path = tmp_path / "webapp" / guard.file
    text = path.read_text()
    assert text.count(guard.there) == 1, "the guard has moved: say where it is now"
    path.write_text(text.replace(guard.there, guard.instead))
    # A database that is ready saves most of the time; where the guard is a migration, its own has to be made.
    ready = {} if guard.file.startswith("migrations/") else {TEMPLATE: template("sqlite")}
    code, told = warm(tmp_path, guard.test, ready)
    assert code == FAILED, told[-3000:]
    assert " failed" in told.splitlines()[-1], "a test could not begin: this says nothing of the guard"


@pytest.fixture(scope="session")
def warm() -> Iterator[Callable[[Path, str, dict[str, str]], tuple[int, str]]]:
    """Runs tests on SQLite in a folder, until the first one fails; gives what pytest says, and what it prints."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "JOBDECK"))}
    # The plugins that are not needed take longer to load than the tests take.
    environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    line = [sys.executable, str(PROJECT / "tests" / "faults" / "warm.py")]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forks:
        assert forks.stdin and forks.stdout

        def test(folder: Path, name: str, ready: dict[str, str]) -> tuple[int, str]:
            words = ["-q", "-x", *PLUGINS, f"tests/{name}", "-k", "sqlite"]
            told = {"folder": str(folder), "words": words, "environ": environ | ready, "output": str(folder / "told")}
            print(json.dumps(told), file=forks.stdin, flush=True)
            return int(forks.stdout.readline()), (folder / "told").read_text()

        yield test
