"""Python programs started by a fork of this process, which has their application in memory already.

Four interpreters that each load the application take two seconds and 80 MB apiece on two cores; forks take none of
the time, and share most of the memory: for as long as this process does nothing, of which each page that it touches
would be one more. What it has to do, it does in forks as well.
"""

from __future__ import annotations

import gc
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import IO, NoReturn

from webapp.prctl import end_with_parent


class Forked:
    """A process as subprocess.Popen knows it, as far as its supervisor asks."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def wait(self) -> int:
        """Reap the process: its exit status, or less than 0, the signal that ended it."""
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def kill(self) -> None:
        """End it at once, and reap it."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()


def settle() -> None:
    """What is alive now stays where it is: the collector does not touch, and so copy, what the forks share with us."""
    gc.collect()
    gc.freeze()


def start(arguments: Sequence[str], log: IO[bytes], without: Sequence[int] = ()) -> Forked:
    """Run `python -m` with arguments, whose first is the module; it does not keep our descriptors that without names.

    Its output goes to log, and it leads a process group of its own. No thread, no lock and no connection to a database
    may be open in this process.
    """
    return _fork(partial(_be, arguments, log, without))


def aside(act: Callable[[], object]) -> Forked:
    """Do act in a fork, in our group and with our output. Its exit status is 0 if act gives something true, else 1."""
    return _fork(lambda: sys.exit(0 if act() else 1))


def _fork(act: Callable[[], object]) -> Forked:
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _live(act, parent)
    return Forked(pid)


def _live(act: Callable[[], object], parent: int) -> NoReturn:
    code = 1
    try:
        end_with_parent(parent)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        act()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _be(arguments: Sequence[str], log: IO[bytes], without: Sequence[int]) -> None:
    for number in without:
        os.close(number)
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log.fileno(), 1), (log.fileno(), 2)):
        os.dup2(source, target)
    sys.argv = list(arguments)
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
