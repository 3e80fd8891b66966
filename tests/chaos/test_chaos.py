"""A short storm over each database; `make chaos` lets longer ones go."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.product import DATABASES
from tests.sizes import LOST_AFTER, SECONDS
from webapp.config import PROJECT
from webapp.demo.processes import ending_with_parent


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database", DATABASES)
def test_the_ledger_survives_a_storm(request, database):
    if database == "postgresql":
        request.getfixturevalue("postgres")  # says what is lacking, where it cannot be had
    # A process of its own: the storm takes every orphan for one of its installation.
    told = ["--seconds", str(SECONDS), "--lost-after", str(LOST_AFTER), "--on", database]
    line = [sys.executable, "-m", "tests.chaos", *told]
    done = subprocess.run(
        line,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=ending_with_parent(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
