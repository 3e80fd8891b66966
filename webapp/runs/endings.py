"""How a run ended, told from what its process said and how it left."""

from __future__ import annotations

import os
import signal
from typing import Any

from webapp.job_process.frames import ProtocolError
from webapp.jobs.plain import plain, storable
from webapp.jobs.running import Outcome
from webapp.runs.models import State

TELLABLE = (State.SUCCESS, State.FAILURE, State.ERRORED, State.TIMED_OUT, State.CANCELLED)
Ending = tuple[State, dict[str, Any]]
"""A final state and the values that go with it: result, error, reason, traceback."""


def told(outcome: Any, soft_limit: int) -> Ending:
    """The ending that the job's process announces before it leaves in order.

    :raises ProtocolError: that is no ending.
    """
    try:
        said = Outcome(**outcome)
    except TypeError:
        raise ProtocolError("it told an end that is none.") from None
    if said.state not in TELLABLE:
        raise ProtocolError(f"it told the end {said.state!r}.")
    reason = said.reason or None
    if said.state == State.TIMED_OUT:
        reason = f"It was stopped after its soft time limit of {soft_limit} s."
    texts = {"reason": reason, "traceback": said.traceback}
    stored = {name: storable(str(text)) if text else None for name, text in texts.items()}
    return State(said.state), {"result": plain(said.result), "error": plain(said.error), **stored}


def refused(reason: object, traceback: object = None) -> Ending:
    """The ending of a run that could not go its way, and why."""
    texts = {"reason": reason, "traceback": traceback}
    return State.ERRORED, {name: storable(str(text)) if text else None for name, text in texts.items()}


def untold(exit_status: int, memory: int, *, starved: bool) -> Ending:
    """The ending of a process that left without a word.

    exit_status is what waitpid() gives, memory the most that it had, in bytes; starved says that the kernel has killed
    for lack of memory meanwhile.
    """
    code = os.waitstatus_to_exitcode(exit_status)
    if code == -signal.SIGKILL:
        cause = "because memory ran out" if starved else "by signal 9 (often: out of memory)"
        return State.LOST, {"reason": f"Its process was killed {cause}. It had used {memory / 1e6:,.0f} MB of memory."}
    if code < 0:
        return State.ERRORED, {"reason": f"Its process crashed with signal {-code} ({signal.strsignal(-code)})."}
    return State.ERRORED, {"reason": f"Its process exited with code {code} before the job had finished."}
