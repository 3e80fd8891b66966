"""`flask jobs`: looking at records, switching jobs, and checking files without a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.product import on_sqlite
from webapp.app import create_app
from webapp.db import db, transaction

GOOD = '''
from webapp.jobs import IntegerVar, Job, register_jobs

name = "Lab"

class Count(Job):
    """Counts."""
    limit = IntegerVar(default=3, description="How many.")

    def run(self, limit):
        pass

class Again(Job):
    class Meta:
        name = "Count"

    def run(self):
        pass

register_jobs(Count, Again)
'''
BAD = "from webapp.jobs import Job\n\nraise ValueError('no lab today')\n"


@pytest.fixture
def jobs(app):
    """Calls `flask jobs` with arguments; gives exit code, output and errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        done = app.test_cli_runner().invoke(args=["jobs", *arguments])
        db.session.rollback()
        return done.exit_code, done.stdout, done.stderr

    return call


@pytest.fixture
def check(tmp_path, settings_of_nobody):
    """Calls `flask jobs check` where there is no database."""
    app = create_app(settings_of_nobody)

    def call(*arguments: object) -> tuple[int, str, str]:
        with app.app_context():
            done = app.test_cli_runner().invoke(args=["jobs", "check", *map(str, arguments)])
        return done.exit_code, done.stdout, done.stderr

    yield call
    assert not list(tmp_path.glob("data/*.sqlite"))


@pytest.fixture
def settings_of_nobody(tmp_path):
    """Settings of an installation that nobody has made yet."""
    from tests.product import settings_for  # noqa: PLC0415 -- pytest has it as a plugin

    return settings_for(tmp_path / "data", redis_url="redis://127.0.0.1:1/0")


def test_jobs_are_listed_by_grouping_and_as_json(jobs, job):
    with transaction():
        job("Echo").hidden = True
        job("Talk").enabled = False
    code, told, _ = jobs("list", "--group", "Plain things")
    assert (code, told.splitlines()[0]) == (0, "Plain things")
    assert "plain.Echo" not in told
    assert next(line for line in told.splitlines() if "plain.Talk" in line).endswith("off")
    told = json.loads(jobs("list", "--all", "--json")[1])
    assert {"name": "Echo", "enabled": True, "hidden": True}.items() <= next(
        row.items() for row in told if row["class_path"] == "plain.Echo"
    )
    assert jobs("list", "--group", "nothing")[:2] == (0, "There are no such jobs.\n")


@on_sqlite
def test_one_job_is_shown_by_name_class_path_or_id(jobs, job):
    by_name, by_path, by_id = (jobs("show", text) for text in ("Echo", "plain.Echo", str(job("Echo").id)))
    assert by_name == by_path == by_id
    assert "class path: plain.Echo\n" in by_name[1]
    assert "variable text: StringVar, required\n" in by_name[1]
    told = json.loads(jobs("show", "Echo", "--json")[1])
    assert (told["queues"], told["overridden"], told["load_error"]) == (["default"], [], None)
    assert jobs("show", "nobody") == (1, "", "Error: There is no job called nobody.\n")


@on_sqlite
def test_what_the_job_leaves_to_the_installation_is_shown_with_its_value(jobs, job):
    told = jobs("show", "Echo")[1]
    assert "keep days: 365, the installation's\n" in told
    assert "keep runs: 0, which keeps all, the installation's\n" in told
    assert "variable count: IntegerVar, required, default 3\n" in told
    with transaction():
        job("Echo").keep_days = 7
    assert "keep days: 7\n" in jobs("show", "Echo")[1]
    assert json.loads(jobs("show", "Echo", "--json")[1])["keep_runs"] is None


@on_sqlite
def test_a_name_may_be_given_in_any_case_where_one_job_fits(jobs, job):
    assert jobs("show", "eCHO") == jobs("show", "Echo")
    assert jobs("disable", "echo")[0] == 0
    with transaction():
        job("Talk").name = "ECHO"
    assert jobs("show", "echo") == (1, "", "Error: There is no job called echo, but there are: ECHO, Echo.\n")
    assert "class path: plain.Talk" in jobs("show", "ECHO")[1]


@on_sqlite
def test_several_jobs_are_switched_at_once_or_not_at_all(jobs, job):
    code, told, _ = jobs("disable", "Echo", "plain.Talk")
    assert (code, told) == (0, "Echo (plain.Echo) is switched off.\nTalk (plain.Talk) is switched off.\n")
    assert jobs("disable", "Echo")[1] == "Echo (plain.Echo) was already switched off.\n"
    assert jobs("enable", "Echo", "nobody") == (1, "", "Error: There is no job called nobody.\n")
    with transaction():
        job("Talk").installed = False
    code, told, refused = jobs("enable", "Echo", "Talk")
    assert (code, told) == (1, "")
    assert refused.startswith("Error: Talk: Its code is not installed")
    assert (job("Echo").enabled, jobs("enable", "Echo")[0]) == (False, 0)
    assert job("Echo").enabled
    assert jobs("enable")[0] == 2


def test_a_file_is_checked_without_a_database(check, tmp_path):
    file = tmp_path / "lab.py"
    file.write_text(GOOD)
    (tmp_path / "broken.py").write_text(BAD)
    code, told, errors = check(file)
    assert (code, errors) == (0, "")
    assert f"Lab: Count\n  lab.Count, {file}:6\n  limit: IntegerVar, required, default 3\n" in told
    assert "Note: Another job has this name; it would be called Count (2).\n" in told
    assert told.endswith("2 jobs, 0 load errors.\n")


def test_a_folder_is_checked_and_what_does_not_load_is_told_with_its_line(check, tmp_path):
    folder = tmp_path / "jobs"
    package = folder / "tools"
    package.mkdir(parents=True)
    (folder / "lab.py").write_text(GOOD)
    (package / "__init__.py").write_text("")
    (package / "broken.py").write_text(BAD)
    code, told, errors = check(folder)
    assert (code, errors) == (1, f"{package}/broken.py:3: ValueError: no lab today\n")
    assert told.endswith("2 jobs, 1 load error.\n")
    told = json.loads(check("--json", package)[1])
    assert (told["jobs"], told["errors"][0]["module_name"]) == ([], "tools.broken")
    assert check(package / "__init__.py")[0] == 0


def test_what_could_hold_no_jobs_is_refused_in_one_line(check, tmp_path):
    odd = tmp_path / "my-jobs.py"
    odd.write_text(GOOD)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert check(tmp_path / "nowhere") == (1, "", f"Error: There is no file or folder {tmp_path}/nowhere.\n")
    code, told, refused = check(odd)
    assert (code, told) == (1, "")
    assert refused.startswith(f"Error: {odd} is not looked at: jobs are in files whose names end with .py")
    assert check(empty)[:2] == (0, "0 jobs, 0 load errors.\n")
    assert check()[0] == 2


def test_the_examples_load(check):
    code, told, errors = check(Path(__file__).parents[2] / "jobs_root")
    assert (code, errors) == (0, "")
    assert "hello.Hello" in told
