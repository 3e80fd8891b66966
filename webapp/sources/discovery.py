"""Finding the jobs in authors' files without loading any of them into this process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webapp.config import PREFIX, PROJECT
from webapp.sources.loader import relative
from webapp.sources.versions import modules_below

SECONDS_PER_MODULE = 10
SECONDS_TO_START = 20


@dataclass(frozen=True)
class LoadError:
    """Why a module, or one of its classes, gives no job."""

    module_name: str
    file: str
    """Relative to the jobs root; empty if nobody knows."""
    line: int | None
    message: str
    traceback: str


@dataclass(frozen=True)
class Discovery:
    """What was found: jobs as describe() of the kit tells them, but with file relative to the jobs root, and errors."""

    jobs: list[dict[str, Any]] = field(default_factory=list)
    errors: list[LoadError] = field(default_factory=list)


def discover(
    jobs_root: Path,
    *,
    environ: Mapping[str, str],
    seconds_per_module: float = SECONDS_PER_MODULE,
    only: Container[str] | None = None,
) -> Discovery:
    """Read every module below jobs_root, or only some, in a process of its own; it sees environ without our settings.

    A module that does not load within seconds_per_module, or at all, is an error and disturbs no other; so is a
    jobs_root that cannot be read.
    """
    jobs_root = jobs_root.resolve()
    try:
        modules = modules_below(jobs_root)
    except OSError as error:
        message = f"The folder with the jobs cannot be read: {error.strerror} ({error.filename})."
        return Discovery(errors=[LoadError("", "", None, message, "")])
    files = {name: relative(str(file), jobs_root) for name, file in modules.items()}
    wanted = [name for name in files if only is None or name in only]
    return _gathered(files, wanted, _reports(jobs_root, environ, seconds_per_module, wanted))


def _reports(jobs_root: Path, environ: Mapping[str, str], seconds: float, names: list[str]) -> list[dict[str, Any]]:
    """The reports of the modules of these names; not all of them if the process that reads them was ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "webapp.sources.child", str(jobs_root), str(seconds), *names],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
        env={name: value for name, value in environ.items() if not name.startswith(PREFIX)},
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=SECONDS_TO_START + len(names) * (seconds + 1))
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
    return [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith(b"\n")]


def _gathered(files: Mapping[str, str], names: list[str], reports: list[dict[str, Any]]) -> Discovery:
    """Each job of the modules of these names once, in their order, and whatever went wrong, at least with the module's
    file."""
    by_module = {report["module_name"]: report for report in reports}
    jobs: dict[tuple[str, str], dict[str, Any]] = {}
    errors: dict[tuple[str, str], LoadError] = {}
    for module_name in names:
        report = by_module.get(module_name) or _unread(module_name)
        for job in report["jobs"]:
            if job["module_name"] in files:
                jobs.setdefault((job["module_name"], job["job_class_name"]), job)
            else:
                report["errors"].append(_foreign(module_name, job))
        for error in report["errors"]:
            told = LoadError(**{**error, "file": error["file"] or files[module_name]})
            errors.setdefault((told.module_name, told.message), told)
    return Discovery(list(jobs.values()), list(errors.values()))


def _unread(module_name: str) -> dict[str, Any]:
    message = "The process that reads the jobs was ended before it had read this module."
    return {"jobs": [], "errors": [_error(module_name, message)]}


def _foreign(module_name: str, job: Mapping[str, Any]) -> dict[str, Any]:
    path = f"{job['module_name']}.{job['job_class_name']}"
    return _error(
        module_name, f"{path} is defined outside the folder with the jobs; derive a class of your own from it."
    )


def _error(module_name: str, message: str) -> dict[str, Any]:
    return {"module_name": module_name, "file": "", "line": None, "message": message, "traceback": ""}
