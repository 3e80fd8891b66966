"""What the documents say is what the code does."""

from __future__ import annotations

import pkgutil
import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.product import on_sqlite
from webapp import jobs
from webapp.config import PROJECT, Settings
from webapp.runs.models import WORDS, State

DOCS = PROJECT / "docs"


def read(name: str) -> str:
    return (PROJECT / name).read_text()


def test_every_setting_is_described_and_every_described_setting_exists():
    described = set(re.findall(r"^\| `JOBDECK_([A-Z_]+)` \|", read("docs/settings.md"), re.MULTILINE))
    assert described == {field.name.upper() for field in fields(Settings)}


def test_the_defaults_of_numbers_are_those_of_the_code(tmp_path):
    settings = Settings.from_environment({"JOBDECK_DATA_DIR": str(tmp_path)})
    for name, default in re.findall(r"^\| `JOBDECK_([A-Z_]+)` \| `(\d+)`", read("docs/settings.md"), re.MULTILINE):
        assert getattr(settings, name.lower()) == int(default), name


def test_nobody_but_the_settings_reads_the_environment():
    readers = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "webapp").rglob("*.py")
        if re.search(r"os\.environ\b(?!\.(clear|update)\b)|os\.getenv", path.read_text())
    }
    assert readers <= {"webapp/config.py", "webapp/demo/processes.py"}


def test_a_run_goes_from_form_to_end_in_at_most_eight_steps():
    steps = re.findall(r"^(\d)\. \*\*", read("docs/internals.md"), re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(steps) + 1)]
    assert 5 <= len(steps) <= 8


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z_]+\.[a-z_]+\.\w+)`", read("docs/internals.md")))))
def test_what_the_story_of_a_run_names_is_there(name):
    assert pkgutil.resolve_name(f"webapp.{name}") is not None


def test_the_states_are_told_with_the_words_that_pages_use():
    text = read("docs/internals.md")
    for state in State:
        row = next(line for line in text.splitlines() if line.startswith("|") and f"`{state}`" in line)
        assert WORDS[state] in row


def test_the_order_of_imports_is_the_one_that_is_checked():
    drawn = re.search(r"```\n(app -> .*?)```", read("docs/internals.md"), re.DOTALL)
    assert drawn is not None
    checked = read("pyproject.toml")
    order = re.findall(r"\((\w+)\)", checked.partition("\nlayers = [")[2].partition("\n]")[0])
    there = [
        name for name in order if (PROJECT / "webapp" / name).is_dir() or (PROJECT / f"webapp/{name}.py").is_file()
    ]
    assert re.findall(r"\w+", drawn[1]) == there


def test_authors_find_every_name_of_the_kit():
    text = read("docs/authors.md")
    missing = [name for name in jobs.__all__ if name != "BaseJob" and f"{name}" not in text]
    assert missing == []


@pytest.mark.parametrize("name", ["README.md", *(f"docs/{path.name}" for path in DOCS.glob("*.md"))])
def test_links_lead_somewhere(name):
    here = PROJECT / name
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", here.read_text()):
        assert (here.parent / target).exists(), target


def test_every_decision_is_in_the_list():
    listed = set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", read("docs/decisions/README.md")))
    assert listed == {path.name for path in (DOCS / "decisions").glob("0*.md")}


@on_sqlite
def test_the_procfile_and_the_readme_call_commands_that_exist(app: Flask):
    with app.test_request_context():
        context = click.Context(app.cli)
        known = set(app.cli.list_commands(context))
    for name in re.findall(r"flask --app wsgi ([a-z-]+)", read("Procfile") + read("README.md")):
        assert name in known, name


def test_what_make_offers_is_what_the_readme_says():
    rules = set(re.findall(r"^([a-z]+):.*##", read("Makefile"), re.MULTILINE))
    assert rules == {"demo", "test", "chaos", "bench", "lint", "help"}
    for name in re.findall(r"^make (\w+) ", read("README.md"), re.MULTILINE):
        assert name in rules


def test_continuous_integration_runs_what_people_run():
    script = Path(PROJECT / ".ci/run")
    assert "make test" in script.read_text()
    assert script.stat().st_mode & 0o111
