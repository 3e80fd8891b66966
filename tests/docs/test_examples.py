"""The examples in the documents for authors are jobs that load and run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest

from webapp import jobs
from webapp.config import PROJECT
from webapp.jobs import Job, JobButtonReceiver, JobHookReceiver
from webapp.jobs.describing import describe
from webapp.jobs.testing import run_job
from webapp.jobs.variables import collect

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
INPUTS: dict[str, dict[str, Any]] = {"Label": {"rack": "A-1"}}
"""Of examples whose variables have no defaults."""
STATES = {"Backup": "failure"}
"""In which examples end that do not succeed."""


def blocks(name: str) -> list[str]:
    return BLOCK.findall((PROJECT / "docs" / name).read_text())


AUTHORS = [block for block in blocks("authors.md") if re.search(r"^class \w+\(Job", block, re.MULTILINE)]


@pytest.mark.parametrize("source", AUTHORS, ids=[re.search(r"^class (\w+)", block, re.M)[1] for block in AUTHORS])
def test_an_example_for_authors_loads_and_runs(source, tmp_path, monkeypatch):
    names = {name: getattr(jobs, name) for name in jobs.__all__}
    path = tmp_path / "example.py"
    path.write_text(source)
    (tmp_path / "sites.json").write_text("[1]")
    (tmp_path / "racks.yaml").write_text("[2]")
    module = type(sys)("example_of_the_documents")
    module.__dict__.update(names, __file__=str(path))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, str(path), "exec"), module.__dict__)
    found = [one for name, one in vars(module).items() if name not in names and isinstance(one, type)]
    examples = [one for one in found if issubclass(one, Job)]
    assert examples
    for example in examples:
        describe(example)
        if not issubclass(example, JobHookReceiver | JobButtonReceiver) and runnable(example):
            ran = run_job(example, **INPUTS.get(example.__name__, {}))
            assert (ran.state, ran.reason) == (STATES.get(example.__name__, "success"), ran.reason)


def runnable(example: type[Job]) -> bool:
    given = INPUTS.get(example.__name__, {})
    return all(
        name in given or not variable.required or variable.default is not None
        for name, variable in collect(example).items()
    )


def test_the_project_of_the_document_on_tests_passes_its_tests(tmp_path):
    for block in blocks("testing-jobs.md"):
        path = tmp_path / re.match(r"# (\S+)\n", block)[1]
        path.parent.mkdir(exist_ok=True)
        path.write_text(block)
    environment = {**os.environ, "PYTHONPATH": f"jobs_root:{PROJECT}"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "my_tests"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "5 passed" in done.stdout) == (0, True), done.stdout + done.stderr
