"""The benchmarks hang together; they are not run here."""

from __future__ import annotations

import subprocess
import sys

from bench.budgets import BUDGETS, Figure
from bench.report import Report
from bench.subjects import NAMES
from webapp.config import PROJECT


def test_every_subject_has_a_budget_and_every_budget_a_subject():
    assert {budget.subject for budget in BUDGETS} == set(NAMES)
    assert len({budget.key for budget in BUDGETS}) == len(BUDGETS)


def test_the_table_has_a_line_for_each_budget_and_the_worse_share_of_its_goal():
    report = Report()
    for budget in BUDGETS:
        report.add("SQLite", Figure(budget.key, 20.0, "a note"))
        report.add("PostgreSQL", Figure(budget.key, 10.0))
    lines = report.table().splitlines()
    for budget in BUDGETS:
        line = next(line for line in lines if line.startswith(f"{budget.work} "))
        assert "20 |" in line and "10 |" in line
    assert next(line for line in lines if line.startswith("job list, HTML")).endswith("0.80")
    assert next(line for line in lines if line.startswith("log lines")).endswith("2500.00")


def test_the_command_says_what_can_be_measured():
    line = [sys.executable, "-m", "bench", "--list"]
    done = subprocess.run(line, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in done.stdout.splitlines()] == [budget.subject for budget in BUDGETS]
