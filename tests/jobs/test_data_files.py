"""Files that lie beside a job's own."""

import importlib
import sys
import types

import pytest

from webapp.jobs import Job
from webapp.jobs.data_files import NO_YAML
from webapp.jobs.testing import run_job


@pytest.fixture
def reading(tmp_path):
    """Gives what a job, defined in a file of tmp_path, reads by one of its methods."""
    module = types.ModuleType("authors_module")
    module.__file__ = str(tmp_path / "authors_module.py")
    sys.modules["authors_module"] = module

    def read(method, name):
        def run(self):
            return getattr(self, method)(name)

        return run_job(type("Reading", (Job,), {"run": run, "__module__": "authors_module"}))

    yield read
    del sys.modules["authors_module"]


def test_json_and_yaml_are_read_from_beside_the_jobs_file(reading, tmp_path):
    (tmp_path / "sites.json").write_text('{"sites": ["ÅMS"]}', encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sites.yaml").write_text("sites: [ÅMS]\n", encoding="utf-8")
    assert reading("load_json", "sites.json").result == {"sites": ["ÅMS"]}
    assert reading("load_yaml", "data/sites.yaml").result == {"sites": ["ÅMS"]}


def test_what_cannot_be_read_is_told_with_file_and_place(reading, tmp_path):
    (tmp_path / "bad.json").write_text('{"sites": }')
    (tmp_path / "bad.yaml").write_text("sites: [")
    (tmp_path / "latin.json").write_bytes(b'"\xe9"')
    for method, name, word in [
        ("load_json", "bad.json", "line 1 column 11"),
        ("load_yaml", "bad.yaml", "line 1, column 9"),
        ("load_json", "latin.json", "utf-8"),
    ]:
        reason = reading(method, name).reason
        assert reason.startswith(f"ValueError: {tmp_path / name} is no ")
        assert word in reason
    assert reading("load_json", "none.json").error["exc_type"] == "FileNotFoundError"


def test_yaml_makes_nothing_but_data(reading, tmp_path):
    (tmp_path / "evil.yaml").write_text("!!python/object/apply:os.system ['true']")
    assert "is no YAML" in reading("load_yaml", "evil.yaml").reason


def test_without_pyyaml_the_author_hears_what_to_do(reading, tmp_path, monkeypatch):
    (tmp_path / "sites.yaml").write_text("a: 1")

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert reading("load_yaml", "sites.yaml").reason == f"ImportError: {NO_YAML}"
