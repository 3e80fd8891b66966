"""The process in which a job's code runs: forked by the supervisor, with nothing of the worker left in reach."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from setproctitle import setproctitle

from webapp.errors import WebappError
from webapp.inputs import values
from webapp.jobs import BaseJob, JobCancelled, SoftTimeLimitExceeded
from webapp.jobs.running import Outcome, perform
from webapp.prctl import end_with_parent
from webapp.runs import capture, frames
from webapp.runs.interruptions import SOFT_LIMIT, Interruptions
from webapp.sources import loader

LARGEST_MESSAGE = 1024 * 1024
"""Characters of one message that are sent; the log is no place for more."""


@dataclass(frozen=True)
class Task:
    """What the process needs to know; ready for JSON."""

    number: int
    id: str
    jobs_root: str
    class_path: str
    declared: list[dict[str, Any]]
    inputs: dict[str, Any]


def live(channel: int, out: int, err: int, paper: int, *, parent: int) -> NoReturn:
    """The whole life of the process, on these descriptors; paper holds its Task.

    It leaves by os._exit(): nothing of its parent may be cleaned up twice.
    """
    code = 1
    try:
        task = Task(**json.loads(os.pread(paper, os.fstat(paper).st_size, 0)))
        os.close(paper)
        _settle(task, out, err, parent)
        code = _work(task, _Channel(socket.socket(fileno=channel)))
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


def _work(task: Task, channel: _Channel) -> int:
    """Load the class, wait for leave to begin, run it; gives the exit code."""
    capture.begin(channel.log)
    try:
        job_class = loader.load(Path(task.jobs_root), task.class_path)
        inputs = values.load(values.variables_of(task.declared), task.inputs)
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
    channel.finish(_performed(job_class, inputs, task.id, channel))
    return 0


def _performed(job_class: type[BaseJob], inputs: dict[str, Any], key: str, channel: _Channel) -> Outcome:
    """How the job went, with the signals that may interrupt it."""
    try:
        channel.interruptions.allow()
        outcome = perform(job_class, inputs, channel.log, idempotency_key=key)
    except JobCancelled:  # before the job began, or when it was over
        outcome = Outcome("cancelled")
    except SoftTimeLimitExceeded:
        outcome = Outcome("timed_out")
    channel.interruptions.end()
    capture.flush()
    return outcome


class _Channel:
    """Sends frames, whole ones also from several threads, and only from the job's own process."""

    def __init__(self, channel: socket.socket) -> None:
        self.interruptions = Interruptions()
        self._socket = channel
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def send(self, kind: str, *content: Any) -> None:
        frame = frames.pack(kind, *content)
        with self._lock, self.interruptions.shield():
            self._socket.sendall(frame)

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
        )

    def finish(self, outcome: Outcome) -> None:
        content = asdict(outcome)
        if len(frames.pack(frames.FINISHED, content)) > frames.LARGEST:
            content["result"] = None
            content["reason"] = "The result was too large to be kept."
        self.send(frames.FINISHED, content)
