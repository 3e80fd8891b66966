"""Python programs started by a fork of this process, which has most of their code in memory already.

Four interpreters that each load the application take two seconds and 80 MB apiece on two cores; forks take none of
the time, and share most of the memory.
"""

from __future__ import annotations

import gc
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
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


def start(arguments: Sequence[str], env: Mapping[str, str], log: IO[bytes], without: Sequence[int] = ()) -> Forked:
    """Run `python -m` with arguments, whose first is the module; env is added to our environment.
    It does not keep our descriptors that without names.

    Its output goes to log, and it leads a process group of its own. No thread, no lock and no connection to a database
    may be open in this process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    # What is alive now stays where it is: the collector does not touch, and so copy, what the fork shares with us.
    gc.collect()
    gc.freeze()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        for number in without:
            os.close(number)
        _be(arguments, env, log, parent)
    return Forked(pid)


def _be(arguments: Sequence[str], env: Mapping[str, str], log: IO[bytes], parent: int) -> NoReturn:
    code = 1
    try:
        _settle(env, log, parent)
        sys.argv = list(arguments)
        # The application is made anew, of the environment that is now ours.
        sys.modules.pop("wsgi", None)
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _settle(env: Mapping[str, str], log: IO[bytes], parent: int) -> None:
    end_with_parent(parent)
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log.fileno(), 1), (log.fileno(), 2)):
        os.dup2(source, target)
    os.environ.update(env)
