"""What authors import, and what that brings along."""

import subprocess
import sys

import webapp.jobs
from webapp.config import PROJECT

SHOW = """
import sys
before = set(sys.modules)
import webapp.jobs, webapp.jobs.testing, webapp.jobs.describing
tops = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(tops - sys.stdlib_module_names))
"""


def test_the_kit_needs_nothing_but_the_standard_library():
    shown = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert shown.stdout.split() == ["webapp"]


def test_everything_that_is_promised_can_be_imported():
    assert all(hasattr(webapp.jobs, name) for name in webapp.jobs.__all__)
