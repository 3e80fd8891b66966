"""Loading a job's class for a run. Each test has modules of its own name: a process keeps what it has loaded."""

import os
import sys
from importlib.util import cache_from_source
from itertools import count
from pathlib import Path

import pytest

from webapp.errors import NotPossible
from webapp.jobs import SoftTimeLimitExceeded
from webapp.sources import bytecode
from webapp.sources.loader import conflict, import_module, load

NUMBERS = count()
GOOD = """
from webapp.jobs import Job, register_jobs


class Good(Job):
    def run(self):
        return 1


register_jobs(Good)
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module below tmp_path and gives its name; the search path is put back afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(text, folder=""):
        name = f"loaded_{next(NUMBERS)}"
        (tmp_path / folder / f"{name}.py").write_text(text)
        return name

    return write


def refusal(jobs_root, class_path):
    with pytest.raises(NotPossible) as caught:
        load(jobs_root, class_path)
    return str(caught.value)


def test_a_class_is_loaded_by_its_path(tmp_path, module):
    name = module(GOOD)
    assert load(tmp_path, f"{name}.Good")().run() == 1


def test_a_class_in_a_package_is_loaded_with_its_neighbours(tmp_path, module):
    (tmp_path / "loaded_pack").mkdir()
    (tmp_path / "loaded_pack" / "__init__.py").touch()
    base = module(GOOD, "loaded_pack")
    name = module(f"from .{base} import Good\nclass Better(Good):\n    pass\n", "loaded_pack")
    assert load(tmp_path, f"loaded_pack.{name}.Better")().run() == 1


def test_a_class_that_only_the_registry_knows_is_found(tmp_path, module):
    name = module(GOOD.replace("register_jobs(Good)", "register_jobs(type('Made', (Good,), {}))"))
    assert load(tmp_path, f"{name}.Made")().run() == 1


def test_loading_leaves_no_compiled_code(tmp_path, module):
    before = sys.dont_write_bytecode
    load(tmp_path, f"{module(GOOD)}.Good")
    assert not (tmp_path / "__pycache__").exists()
    assert sys.dont_write_bytecode is before


def test_an_edit_of_the_same_size_and_time_is_seen(tmp_path, module):
    name = module(GOOD)
    file, compiled = tmp_path / f"{name}.py", Path(cache_from_source(tmp_path / f"{name}.py"))
    load(tmp_path, f"{name}.Good")
    bytecode.keep(tmp_path)
    before = file.stat()
    file.write_text(GOOD.replace("return 1", "return 2"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    del sys.modules[name]
    assert compiled.exists()
    assert import_module(tmp_path, name).Good().run() == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = (\n", "{name}.py, line 1: SyntaxError: '(' was never closed ({name}.py, line 1)"),
        ("\n\n1 / 0\n", "{name}.py, line 3: ZeroDivisionError: division by zero"),
        ("import no_such_thing\n", "{name}.py, line 1: ModuleNotFoundError: No module named 'no_such_thing'"),
        ("import sys\nsys.exit(3)\n", "{name}.py, line 2: The module called sys.exit(3) while it was loaded."),
        ("raise KeyboardInterrupt\n", "{name}.py, line 1: KeyboardInterrupt"),
    ],
)
def test_a_module_that_does_not_load_says_where_and_why(tmp_path, module, text, reason):
    name = module(text)
    assert refusal(tmp_path, f"{name}.Job") == f"{name} cannot be loaded: {reason.format(name=name)}"


def test_a_soft_limit_while_loading_gets_through(tmp_path, module):
    name = module("from webapp.jobs import SoftTimeLimitExceeded\nraise SoftTimeLimitExceeded\n")
    with pytest.raises(SoftTimeLimitExceeded):
        load(tmp_path, f"{name}.Job")


@pytest.mark.parametrize("class_name", ["Missing", "SIZE", "register_jobs"])
def test_a_name_that_is_no_job_is_refused(tmp_path, module, class_name):
    name = module(GOOD + "SIZE = 5\n")
    assert refusal(tmp_path, f"{name}.{class_name}") == f"There is no job called {class_name} in {name}."


@pytest.mark.parametrize("class_path", ["Good", "", ".", "..x.y", "a-b.C", "../etc/passwd.X"])
def test_what_is_no_path_is_refused(tmp_path, class_path):
    assert refusal(tmp_path, class_path) == f"{class_path!r} is not the path of a job; that is module.Class."


def test_a_module_that_is_not_there_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    expected = "no_such_module cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"
    assert refusal(tmp_path, "no_such_module.Good") == expected


@pytest.mark.parametrize("name", ["json", "sys", "flask", "webapp", "flask.views"])
def test_the_name_of_another_module_is_refused(tmp_path, name):
    assert "rename the file" in refusal(tmp_path, f"{name}.Job")


def test_a_folder_that_is_no_package_is_no_conflict(tmp_path, monkeypatch):
    (tmp_path / "elsewhere" / "my_jobs").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    assert conflict(tmp_path / "jobs", "my_jobs") is None
    (tmp_path / "elsewhere" / "my_jobs" / "__init__.py").touch()
    assert conflict(tmp_path / "jobs", "my_jobs") is not None
