"""The process in which a job's code runs: forked by the supervisor, with nothing of the worker left in reach."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from setproctitle import setproctitle

from webapp.config import author_environment
from webapp.errors import WebappError
from webapp.inputs import values
from webapp.jobs import SoftTimeLimitExceeded
from webapp.jobs.running import Outcome, perform
from webapp.prctl import end_with_parent
from webapp.queue import embedded
from webapp.runs import capture, frames
from webapp.sources import loader

SOFT_LIMIT_SIGNAL = signal.SIGUSR1
LARGEST_MESSAGE = 1024 * 1024
"""Characters of one message that are sent; the log is no place for more."""


@dataclass(frozen=True)
class Task:
    """What the process needs to know."""

    number: int
    jobs_root: Path
    class_path: str
    declared: list[dict[str, Any]]
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Pipes:
    """The supervisor's ends."""

    pid: int
    channel: socket.socket
    """Frames from the job; the supervisor sends frames.GO once."""
    stdout: int
    stderr: int
    pidfd: int
    """Readable once the process has ended."""


def fork(task: Task) -> Pipes:
    """Start the process for task. No database connection may be open in this process."""
    ours, theirs = socket.socketpair()
    out, err = os.pipe(), os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        # Not before the fork: what a worker holds at each run would never be collected again.
        gc.freeze()
        _live(task, theirs, out[1], err[1], parent)
    theirs.close()
    os.close(out[1])
    os.close(err[1])
    return Pipes(pid, ours, out[0], err[0], os.pidfd_open(pid))


def _live(task: Task, channel: socket.socket, out: int, err: int, parent: int) -> NoReturn:
    """The whole life of the process. It leaves by os._exit(): nothing of the worker may be cleaned up twice."""
    code = 1
    try:
        _settle(task, channel, out, err, parent)
        code = _work(task, _Channel(channel))
    except BaseException:  # nobody is above this: what is not told here is lost
        os.write(2, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _settle(task: Task, channel: socket.socket, out: int, err: int, parent: int) -> None:
    end_with_parent(parent, signal.SIGKILL)
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    signal.signal(SOFT_LIMIT_SIGNAL, signal.SIG_IGN)
    embedded.disown()
    null = os.open(os.devnull, os.O_RDWR)
    for source, target in ((null, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    _blind_inherited(null, keep={0, 1, 2, channel.fileno()})
    os.environ.clear()
    os.environ.update(author_environment())
    setproctitle(f"jobdeck: job #{task.number}")


def _blind_inherited(null: int, keep: set[int]) -> None:
    """Point every inherited descriptor at nothing.

    Closing them would free their numbers: an object of the worker that is collected later would then close a file
    that the job opened under the same number.
    """
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 -- each run pays for it, and this is five times as fast
        number = int(name)
        if number not in keep and number != null:
            try:
                os.dup2(null, number, inheritable=False)
            except OSError:
                continue  # the descriptor of the listing itself


def _work(task: Task, channel: _Channel) -> int:
    """Load the class, wait for leave to begin, run it; gives the exit code."""
    capture.begin(channel.log)
    try:
        job_class = loader.load(task.jobs_root, task.class_path)
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
    signal.signal(SOFT_LIMIT_SIGNAL, _raise_soft_limit)
    outcome = perform(job_class, inputs, channel.log)
    signal.signal(SOFT_LIMIT_SIGNAL, signal.SIG_IGN)
    capture.flush()
    channel.finish(outcome)
    return 0


def _raise_soft_limit(_number: int, _frame: FrameType | None) -> None:
    raise SoftTimeLimitExceeded


class _Channel:
    """Sends frames, whole ones also from several threads, and only from the job's own process."""

    def __init__(self, channel: socket.socket) -> None:
        self._socket = channel
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def send(self, kind: str, *content: Any) -> None:
        frame = frames.pack(kind, *content)
        with self._lock:
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
