"""The process that forks the processes of jobs, and sweeps up after them.

It never touches the database. Were the supervisor itself to fork, each run would cost it the copying of every page that
it touches afterwards, and a new connection to the database. What a job leaves behind is re-parented to this process,
which kills it.

One that is a fork of a template has nothing in memory but what every job needs.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import struct
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn

from setproctitle import setproctitle

from webapp.job_process import capture, life
from webapp.jobs.files import MOST_FILES
from webapp.prctl import adopt_orphans, children, is_zombie

BORN = struct.Struct(">I")
"""A process id, beside which travels its descriptor: what the server answers, and what it says of itself."""
ENDED = struct.Struct(">iQI")
"""What it says when the job and all below it are gone: the status of waitpid(), the most memory, in bytes, and how many
processes the job had left behind."""
FORK = b"f"
OWN_DESCRIPTORS = 4
"""That every job's process gets: its channel, its two streams, its task. Those of its files come behind."""


def serve(
    supervisor: socket.socket,
    whose: str,
    environment: Mapping[str, str] | None = None,
    settle: Callable[[], object] = gc.collect,
) -> NoReturn:
    """Be the server of the supervisor at the other end, until that is gone; whose is for the title, environment what
    jobs see, by default that of this process. settle comes first of all."""
    try:
        settle()
        # It ends when its supervisor does, which it sees; signals to a whole group are not for it.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        _blind_inherited(supervisor)
        adopt_orphans()
        setproctitle(f"jobdeck: forks for {whose}")
        if environment is not None:
            # Behind the title, which is written where it was; here, because each job would pay for it again.
            os.environ.clear()
            os.environ.update(environment)
        capture.prepare()
        # A collection would write to every page, and each would be copied.
        gc.freeze()
        while (job := _born(supervisor)) is not None:
            _attend(supervisor, *job)
    except BaseException:  # nobody is above this
        traceback.print_exc()
    finally:
        os._exit(0)


def _blind_inherited(supervisor: socket.socket) -> None:
    """Point every inherited descriptor but ours and standard error at nothing: none of them is for jobs.

    Closing them would free their numbers: an object of the worker that is collected later would then close a file
    that a job opened under the same number.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 -- without an object for each
        number = int(name)
        if number not in (1, 2, null, supervisor.fileno()):
            with suppress(OSError):  # the descriptor of the listing itself
                os.dup2(null, number, inheritable=number == 0)
    os.close(null)


def _born(supervisor: socket.socket) -> tuple[int, int] | None:
    """The next job's process and its descriptor; None when the supervisor is gone."""
    word, descriptors, _, _ = socket.recv_fds(supervisor, 1, OWN_DESCRIPTORS + MOST_FILES)
    if word != FORK or len(descriptors) < OWN_DESCRIPTORS:
        return None
    server = os.getpid()
    pid = os.fork()
    if pid == 0:
        supervisor.close()
        life.live(*descriptors, parent=server)
    for descriptor in descriptors:
        os.close(descriptor)
    pidfd = os.pidfd_open(pid)
    with suppress(OSError):  # gone meanwhile, as is seen next
        socket.send_fds(supervisor, [BORN.pack(pid)], [pidfd])
    return pid, pidfd


def _attend(supervisor: socket.socket, pid: int, pidfd: int) -> None:
    """Wait for the end of the job, or of the supervisor, and leave nothing of the job alive."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    poll.register(supervisor, select.POLLIN)
    if pidfd not in {descriptor for descriptor, _ in poll.poll()}:
        # The supervisor says nothing while a job runs: it is gone.
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    left = [child for child in children() if child != pid and not is_zombie(child)]
    # Before it is reaped its number, and its group's, cannot be anybody else's.
    with suppress(ProcessLookupError, PermissionError):  # the group is empty already
        os.killpg(pid, signal.SIGKILL)
    _, status, used = os.wait4(pid, 0)
    os.close(pidfd)
    _sweep()
    with suppress(OSError):
        supervisor.send(ENDED.pack(status, used.ru_maxrss * 1024, len(left)))


def _sweep() -> None:
    """Kill the children of this process, and what is re-parented to it by that, until none is left."""
    others: set[int] = set()
    while found := set(children()) - others:
        # All of them first: who is waited for meanwhile, forks on.
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            except PermissionError:
                others.add(pid)  # of another user, by sudo: not ours to end
        for pid in found - others:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
