"""The process in which a job's code runs: forked by a server, with nothing of the worker left in reach."""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import threading
import traceback
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from io import FileIO
from pathlib import Path
from typing import Any, NoReturn

from setproctitle import setproctitle

from webapp.errors import WebappError
from webapp.job_process import capture, frames
from webapp.job_process.interruptions import SOFT_LIMIT, Interruptions
from webapp.job_process.marks import Marker
from webapp.job_process.pacing import Paced
from webapp.job_process.printed_groups import said_by
from webapp.job_process.task import KEEPER, Task
from webapp.jobs import BaseJob, JobCancelled, SoftTimeLimitExceeded
from webapp.jobs.about import result_from
from webapp.jobs.changing import Inventory, Late
from webapp.jobs.files import JobFile
from webapp.jobs.logger import Line
from webapp.jobs.outputs import CreatedFile, Outputs
from webapp.jobs.progress import Progress
from webapp.jobs.running import Outcome, perform
from webapp.jobs.variables import load_all, variables_of
from webapp.prctl import end_with_parent
from webapp.sources import loader

LARGEST_MESSAGE = 1024 * 1024
"""Characters of one message that are sent; the log is no place for more."""
PIECE = 256 * 1024
"""Bytes of a file in one frame."""


def live(channel: int, out: int, err: int, paper: int, *files: int, parent: int) -> NoReturn:
    """The whole life of the process, on these descriptors; paper holds its Task, which names files.

    It leaves by os._exit(): nothing of its parent may be cleaned up twice.
    """
    code = 1
    try:
        task = Task(**json.loads(os.pread(paper, os.fstat(paper).st_size, 0)))
        os.close(paper)
        _settle(task, out, err, parent)
        code = _work(task, _Channel(socket.socket(fileno=channel)), files)
    except BaseException:  # nobody is above this: what is not told here is lost
        os.write(2, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _settle(task: Task, out: int, err: int, parent: int) -> None:
    end_with_parent(parent, signal.SIGKILL)
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(SOFT_LIMIT, signal.SIG_IGN)
    for source, target in ((out, 1), (err, 2)):
        os.dup2(source, target)
        os.close(source)
    setproctitle(f"jobdeck: job #{task.number}")


def _work(task: Task, channel: _Channel, files: Sequence[int]) -> int:
    """Load the class, wait for leave to begin, run it; gives the exit code."""
    capture.begin(channel.log)
    try:
        job_class = loader.load(Path(task.jobs_root), task.class_path)
        inputs = load_all(variables_of(task.declared), task.inputs)
        inputs |= {name: JobFile(FileIO(file), inputs[name]) for name, file in zip(task.files, files, strict=True)}
        inventory = _inventory(task, channel)
        if task.objects:
            given = importlib.import_module(KEEPER).given
            inputs |= {name: given(told) for name, told in task.objects.items()}
    except WebappError as refusal:
        channel.send(frames.REFUSED, refusal.message, None)
        return 0
    except Exception as error:
        reason = f"{task.class_path} could not be prepared: {type(error).__name__}: {error}"
        channel.send(frames.REFUSED, reason, traceback.format_exc())
        return 0
    channel.send(frames.READY)
    if channel.wait() != frames.GO:
        return 0
    channel.finish(_performed(job_class, inputs, task, channel, inventory))
    return 0


def _inventory(task: Task, channel: _Channel) -> Inventory:
    """The objects that the job acts on."""
    shield = channel.interruptions.shield
    late = Late(lambda: importlib.import_module(KEEPER).inventory_of(task, shield), shield, dry=task.dry)
    if "webapp.db" in sys.modules:
        late.made()
    return late


def _performed(
    job_class: type[BaseJob], inputs: dict[str, Any], task: Task, channel: _Channel, inventory: Inventory
) -> Outcome:
    """How the job went, with the signals that may interrupt it."""
    try:
        channel.interruptions.allow()
        outputs = Outputs(channel.file, task.most_output, f"/runs/{task.number}/files/")
        outcome = perform(
            job_class,
            inputs,
            channel.log,
            kwargs=task.inputs,
            idempotency_key=task.id,
            outputs=outputs,
            job_result=result_from(task.job_result),
            tell=channel.progress,
            inventory=inventory,
        )
    except JobCancelled:  # before the job began, or when it was over
        outcome = Outcome("cancelled")
    except SoftTimeLimitExceeded:
        outcome = Outcome("timed_out")
    channel.interruptions.end()
    capture.flush()
    channel.paced.flush()
    return outcome


class _Channel:
    """Sends frames, whole ones also from several threads, and only from the job's own process."""

    def __init__(self, channel: socket.socket) -> None:
        self.interruptions = Interruptions()
        self._socket = channel
        self._lock = threading.Lock()
        self._pid, self._marker = os.getpid(), Marker()
        self.paced = Paced(lambda told: self.send(frames.PROGRESS, told.done, told.total, told.text))

    def send(self, kind: str, *content: Any, marked: object = False) -> None:
        frame = frames.pack(kind, *content)
        with self._lock, self.interruptions.shield():
            self._socket.sendall(frame)
            if marked:
                self._marker.leave()

    def wait(self) -> bytes:
        return self._socket.recv(1)

    def log(self, line: Any) -> None:
        if os.getpid() != self._pid:
            # A fork of the job's: two writers would mix their frames, but the pipes have room for both.
            stream = 2 if line["level"] in ("warning", "failure", "error", "critical") else 1
            os.write(stream, f"{line['message']}\n".encode("utf-8", "replace"))
            return
        self.send(
            frames.LOG,
            line["at"],
            line["level"],
            line["grouping"],
            line["message"][:LARGEST_MESSAGE],
            line["object"],
            line["url"],
            *_place(line),
            marked=said_by(line["grouping"], line["message"]),
        )

    def progress(self, progress: Progress) -> None:
        if os.getpid() == self._pid:
            self.paced.tell(progress)

    def file(self, made: CreatedFile, content: bytes) -> None:
        """
        :raises RuntimeError: this is a fork of the job's: two writers would mix their frames.
        """
        if os.getpid() != self._pid:
            raise RuntimeError("create_file() works in the job's own process only.")
        self.send(frames.FILE, made.id, made.name, made.size)
        for start in range(0, len(content), PIECE):
            self.send(frames.PIECE, made.id, b64encode(content[start : start + PIECE]).decode())

    def finish(self, outcome: Outcome) -> None:
        content = asdict(outcome)
        if len(frames.pack(frames.FINISHED, content)) > frames.LARGEST:
            content["result"] = None
            content["reason"] = "The result was too large to be kept."
        self.send(frames.FINISHED, content)


def _place(line: Line) -> Sequence[Any]:
    """What belongs behind the texts of line: its group, its mark, and that it is Markdown, as far as it says so."""
    if "markdown" in line:
        return line.get("group", 0), line.get("mark", ()), True
    if "mark" in line:
        return line["group"], line["mark"]
    return (line["group"],) if "group" in line else ()
