"""Files that lie beside a job's own: `self.load_json()` and `self.load_yaml()`."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

NO_YAML = "load_yaml() needs PyYAML: add PyYAML to jobs_root/requirements.txt and install it."


def load_json(job_class: type, name: str) -> Any:
    """What the JSON file of that name holds; the name is relative to the folder of the file that defines job_class.

    :raises FileNotFoundError: there is no such file.
    :raises ValueError: it is no JSON; the text says where.
    """
    path = beside(job_class, name)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from None


def load_yaml(job_class: type, name: str) -> Any:
    """The same with YAML, of which nothing but plain data is read.

    :raises ImportError: PyYAML is not installed.
    """
    path = beside(job_class, name)
    try:
        # Not by a statement: the kit itself needs nothing but the standard library.
        yaml = importlib.import_module("yaml")
    except ImportError:
        raise ImportError(NO_YAML) from None
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{path} is no YAML: {error}") from None


def beside(job_class: type, name: str) -> Path:
    """The file of that name beside the one that defines job_class; beside nothing, in the present folder."""
    here = getattr(sys.modules.get(job_class.__module__), "__file__", None)
    return Path(here).parent / name if here else Path(name)
