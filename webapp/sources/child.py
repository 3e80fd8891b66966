"""`python -m webapp.sources.child JOBS_ROOT SECONDS MODULE…`: reads these modules, each in a process of its own.

What a module does when it is imported (raise, exit, loop, eat memory, print without end) ends its own process and no
other. Standard output is the reports, one JSON document a line; the modules themselves write to nowhere. Only the
standard library, the author kit and this package are loaded, and the inventory where a module speaks of it.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from webapp.errors import NotPossible
from webapp.jobs import BaseJob, legacy
from webapp.jobs.describing import describe, file_of, line_of
from webapp.jobs.registry import doubles, registered
from webapp.prctl import adopt_orphans, end_with_parent
from webapp.sources import bytecode, limits
from webapp.sources.loader import import_module, problem_of, relative
from webapp.sources.versions import modules_below

STDOUT = 1
LARGEST_REPORT = 4 * 1024**2
GRACE = 0.5
"""Seconds between the exception that ends a slow import politely and the kill."""
AT_ONCE = 2
INVENTORY = "webapp.inventory"

DOUBLE = "another class of this file has the same name, and was registered before; only that one counts"

Report = dict[str, Any]


def main(jobs_root: Path, seconds: float, names: list[str]) -> None:
    """Write the reports of the modules of these names to standard output; none takes longer than seconds."""
    end_with_parent(os.getppid(), signal.SIGKILL)
    adopt_orphans()
    _load_inventory(jobs_root, names)
    for report in reports(jobs_root, names, seconds):
        _write(STDOUT, report)
    limits.end_orphans()


def _load_inventory(jobs_root: Path, names: list[str]) -> None:
    """Load it once, where each process would: it takes a second, and the reader of a module has few."""
    files = [file for name, file in modules_below(jobs_root).items() if name in names]
    if any(INVENTORY.encode() in file.read_bytes() for file in files):
        importlib.import_module(INVENTORY)


def reports(jobs_root: Path, names: list[str], seconds: float) -> Iterator[Report]:
    """A report for each module, in the order in which they come in; two modules are read at a time."""
    waiting, reading = list(reversed(names)), dict[int, Reading]()
    while waiting or reading:
        while waiting and len(reading) < AT_ONCE:
            started = Reading(jobs_root, waiting.pop(), seconds)
            reading[started.ended] = started
        patience = min(one.deadline for one in reading.values()) - time.monotonic()
        ended, _, _ = select.select(list(reading), [], [], max(patience, 0))
        late = [one.ended for one in reading.values() if time.monotonic() >= one.deadline]
        for done in {*ended, *late}:
            yield reading.pop(done).report()


class Reading:
    """The process that reads one module. It is the first of its own process group, so that all of it can be ended."""

    def __init__(self, jobs_root: Path, module_name: str, seconds: float) -> None:
        self.module_name = module_name
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds + GRACE
        self.paper = os.memfd_create("report")
        reader = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            self._read_and_exit(jobs_root, reader)
        self.ended = os.pidfd_open(self.pid)

    def report(self) -> Report:
        """What the process found out, or why it did not; afterwards nothing of it is left."""
        late = time.monotonic() >= self.deadline
        # The process is not reaped yet, so its id still belongs to it and its group.
        _kill_group(self.pid)
        _, status = os.waitpid(self.pid, 0)
        content = os.pread(self.paper, LARGEST_REPORT + 1, 0)
        os.close(self.paper)
        os.close(self.ended)
        if status == 0 and len(content) <= LARGEST_REPORT and (report := _readable(content)):
            return report
        return _failed(self.module_name, self._reason(status, late, len(content)))

    def _reason(self, status: int, late: bool, size: int) -> str:
        if late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM)):
            return f"Loading the module took longer than {self.seconds:g} seconds."
        if size > LARGEST_REPORT:
            return "The module declares more than can be kept."
        if os.WIFSIGNALED(status):
            return f"Loading the module ended its process ({signal.Signals(os.WTERMSIG(status)).name})."
        return f"Loading the module ended its process with exit code {os.waitstatus_to_exitcode(status)}."

    def _read_and_exit(self, jobs_root: Path, reader: int) -> NoReturn:
        try:
            os.setsid()
            end_with_parent(reader, signal.SIGKILL)
            os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
            limits.limit(self.seconds)
            _write(self.paper, read(jobs_root, self.module_name))
            os._exit(0)
        finally:
            os._exit(1)


def read(jobs_root: Path, module_name: str) -> Report:
    """Import a module here and tell what it has registered, and what is wrong with it."""
    try:
        module = import_module(jobs_root, module_name)
        jobs = registered() + legacy.unregistered(module)
        bytecode.keep(jobs_root)
    except NotPossible as refusal:
        return _failed(module_name, refusal.message)
    except BaseException as error:
        limits.relax()
        return _report(module_name, errors=[_error(module_name, error, jobs_root)])
    return _told(module_name, jobs, jobs_root)


def _told(module_name: str, job_classes: list[type[BaseJob]], jobs_root: Path) -> Report:
    jobs, errors = [], []
    for job_class in job_classes:
        try:
            job = describe(job_class)
            jobs.append({**job, "file": relative(job["file"] or "", jobs_root)})
        except BaseException as error:
            errors.append(_misdeclared(job_class, error, jobs_root))
    errors += [_doubled(double, jobs_root) for double in doubles()]
    limits.relax()
    return _report(module_name, jobs, errors)


def _misdeclared(job_class: type[BaseJob], error: BaseException, jobs_root: Path) -> Report:
    """What is wrong with one class; where nothing in the author's files raised it, the place is that of the class."""
    told = _error(job_class.__module__, error, jobs_root)
    if told["line"] is None:
        told |= {"file": relative(file_of(job_class) or "", jobs_root), "line": line_of(job_class)}
    return {**told, "message": f"{job_class.__name__}: {told['message']}"}


def _doubled(job_class: type[BaseJob], jobs_root: Path) -> Report:
    file, line = relative(file_of(job_class) or "", jobs_root), line_of(job_class)
    told = {"module_name": job_class.__module__, "file": file, "line": line, "traceback": ""}
    return {**told, "message": f"{job_class.__name__}: {DOUBLE}"}


def _error(module_name: str, error: BaseException, jobs_root: Path) -> Report:
    told = vars(problem_of(error, jobs_root))
    if isinstance(error, limits.TookTooLong):
        told = {**told, "message": str(error)}
    return {"module_name": module_name, **told}


def _failed(module_name: str, message: str) -> Report:
    error = {"module_name": module_name, "file": "", "line": None, "message": message, "traceback": ""}
    return _report(module_name, errors=[error])


def _report(module_name: str, jobs: list[Report] | None = None, errors: list[Report] | None = None) -> Report:
    return {"module_name": module_name, "jobs": jobs or [], "errors": errors or []}


def _readable(content: bytes) -> Report | None:
    """The report, unless the module has scribbled on it."""
    try:
        report = json.loads(content)
    except ValueError:
        return None
    return report if isinstance(report, dict) and set(report) == set(_report("")) else None


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        # It died before it had a group of its own.
        os.kill(leader, signal.SIGKILL)


def _write(channel: int, document: Report) -> None:
    content = json.dumps(document).encode() + b"\n"
    while content:
        content = content[os.write(channel, content) :]


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
