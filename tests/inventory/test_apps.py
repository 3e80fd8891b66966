"""A kind that an app brings along is a kind like all others."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from webapp.config import PROJECT


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_objects_of_an_app_are_made_changed_and_deleted_by_the_same_rules(app, tmp_path):
    line = [sys.executable, "-m", "tests.inventory.with_an_app", str(tmp_path)]
    done = subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "made": ["ams01", "fibre"],
        "second": {"name": ["There is a circuit called line 1 at ams01 already."]},
        "lacking": {"location": ["This field is required."], "status": ["This field is required."]},
        "wrong": {"type": ["“wood” is none of fibre, copper."]},
        "not allowed": "sam may not add any circuit: the permission app.add_circuit is missing.",
        "needed": "1 circuit is at ams01: change or delete what needs it first.",
        "changes": [["create", "fibre"], ["update", "copper"], ["delete", None]],
    }
