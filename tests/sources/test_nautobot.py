"""What files written for Nautobot import from it, and what they hear of what is not there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from webapp import jobs
from webapp.config import PROJECT
from webapp.sources import nautobot
from webapp.sources.discovery import discover
from webapp.sources.loader import load
from webapp.sources.nautobot_names import INSTEAD, KIT, MODULES, JobResultStatusChoices, LogLevelChoices

JOB = "\n\nclass Good({base}):\n    def run(self):\n        pass\n\n\nregister_jobs(Good)\n"
GOOD = "from nautobot.apps.jobs import Job, register_jobs" + JOB.format(base="Job")


@pytest.fixture
def read(tmp_path):
    """What discovery says of a file: class names, or file, line and message of the error."""

    def discovered(text, environ=os.environ):
        (tmp_path / "mine.py").write_text(text)
        found = discover(tmp_path, environ=environ)
        if found.errors:
            return [(error.file, error.line, error.message) for error in found.errors]
        return [job["job_class_name"] for job in found.jobs]

    return discovered


@pytest.mark.parametrize(
    "imports",
    [
        "from nautobot.apps.jobs import Job, register_jobs",
        "from nautobot.extras.jobs import *",
        "from nautobot.extras.jobs import Job\nfrom nautobot.core.celery import register_jobs",
        "from nautobot.apps import jobs\nJob, register_jobs = jobs.Job, jobs.register_jobs",
        "import nautobot.extras.jobs as jobs\nJob, register_jobs = jobs.Job, jobs.register_jobs",
        "import nautobot.apps.jobs\nfrom nautobot import apps\nfrom nautobot.apps.jobs import Job, register_jobs",
        "from nautobot.extras.scripts import Script as Job, register_jobs",
        "from nautobot.extras.reports import Report as Job, register_jobs",
        "try:\n    from nautobot.dcim.models import Device\nexcept ImportError:\n    Device = None\n"
        "from nautobot.apps.jobs import Job, register_jobs",
    ],
)
def test_the_kit_is_found_wherever_it_used_to_be(read, imports):
    assert read(imports + JOB.format(base="Job")) == ["Good"]


def test_the_kit_is_whole_there():
    assert set(KIT) >= set(jobs.__all__)
    assert all(KIT[name] is getattr(jobs, name) for name in jobs.__all__)


OTHERS = "A job does not look up or start others."
DCIM = "Devices and other objects come from webapp.inventory: from webapp.inventory import Device, filter, get."


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "from nautobot.apps.jobs import Job\nfrom nautobot.dcim.models import Device\n",
            2,
            f"ModuleNotFoundError: Jobdeck does not have the module nautobot.dcim. {DCIM}",
        ),
        (
            "import nautobot.extras.models\n",
            1,
            "ModuleNotFoundError: Jobdeck does not have the module nautobot.extras.models. "
            f"self.job_result and self.user tell of the run. {DCIM}",
        ),
        (
            "from nautobot.apps.jobs import get_jobs\n",
            1,
            f"ImportError: Jobdeck does not have get_jobs of nautobot.apps.jobs. {OTHERS}",
        ),
        (
            "\nfrom nautobot.extras.jobs import (\n    Job,\n    ShinyVar,\n)\n",
            2,
            "ImportError: Jobdeck does not have ShinyVar of nautobot.extras.jobs.",
        ),
        ("from nautobot.apps import ui\n", 1, "ImportError: Jobdeck does not have ui of nautobot.apps."),
        (
            "import nautobot.apps.jobs\nnautobot.apps.jobs.get_job\n",
            2,
            f"ImportError: Jobdeck does not have get_job of nautobot.apps.jobs. {OTHERS}",
        ),
        ("import nautobot.shiny\n", 1, "ModuleNotFoundError: Jobdeck does not have the module nautobot.shiny."),
        (
            "from django.db import transaction\n",
            1,
            f"ModuleNotFoundError: No module named 'django'. {INSTEAD['django']}",
        ),
        (
            "from celery.exceptions import SoftTimeLimitExceeded\n",
            1,
            f"ModuleNotFoundError: No module named 'celery'. {INSTEAD['celery']}",
        ),
        ("import shiny_library\n", 1, "ModuleNotFoundError: No module named 'shiny_library'"),
    ],
)
def test_what_is_missing_is_named_with_its_place_and_what_to_use_instead(read, text, line, message):
    assert read(text) == [("mine.py", line, message)]


def test_an_installed_nautobot_comes_first(read, tmp_path):
    package = tmp_path / "site" / "nautobot"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("VERSION = 7\n")
    environ = {**os.environ, "PYTHONPATH": str(package.parent)}
    fine = "from webapp.jobs import Job, register_jobs\nfrom nautobot import VERSION" + JOB.format(base="Job")
    assert read(fine, environ) == ["Good"]
    [(file, line, message)] = read(GOOD, environ)
    assert (file, line) == ("mine.py", 1)
    assert message == "ModuleNotFoundError: No module named 'nautobot.apps'"


LATE = """
from nautobot.apps.jobs import Job, register_jobs


class Late(Job):
    def run(self):
        from nautobot.extras.choices import LogLevelChoices
        from nautobot.extras.jobs import Job as Again

        return LogLevelChoices.LOG_SUCCESS, Again is Job


register_jobs(Late)
"""


@pytest.fixture
def clean():
    """Nothing of Nautobot stays in the process of the tests."""
    path, finders = list(sys.path), list(sys.meta_path)
    yield
    sys.path[:], sys.meta_path[:] = path, finders
    for name in [name for name in sys.modules if name.partition(".")[0] == nautobot.TOP]:
        del sys.modules[name]


def test_a_running_job_finds_it_too(tmp_path, clean):
    (tmp_path / "late_importer.py").write_text(LATE)
    assert load(tmp_path, "late_importer.Late")().run() == ("success", True)


def test_only_processes_that_run_authors_code_have_it():
    ask = (
        "import importlib.util, webapp.app, webapp.worker.rq_worker, webapp.jobs.testing\n"
        "print(importlib.util.find_spec('nautobot'))"
    )
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert told.stdout.strip() == "None"


def test_it_is_set_up_once(clean):
    nautobot.set_up()
    nautobot.set_up()
    assert sum(type(finder) is nautobot.Stage for finder in sys.meta_path) == 1


def test_choices_name_what_runs_and_lines_have():
    assert set(LogLevelChoices.values()) == {"debug", "info", "success", "warning", "failure", "error", "critical"}
    assert LogLevelChoices.as_dict()["failure"] == "Failure"
    assert set(JobResultStatusChoices.values()) == {"PENDING", "STARTED", "SUCCESS", "FAILURE", "REVOKED"}


def test_every_module_has_its_packages():
    parents = {name.rpartition(".")[0] for name in MODULES} - {""}
    assert parents <= set(MODULES)
