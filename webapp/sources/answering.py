"""What a fork of the loader does: it loads one job, and answers what somebody wants its author's functions to compute.

The first line that comes names the job; each line after it is a question, and gets a line back. All are JSON.
"""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NoReturn

from webapp.errors import NotPossible
from webapp.jobs import BaseJob, legacy
from webapp.jobs.tracebacks import shortened
from webapp.sources import limits, loader

SECONDS = 2.0
"""For one question, and for loading the job with the first one."""
LARGEST_ANSWER = 1024 * 1024
LONGEST_REASON = 300
CHANGED = "the code is not what it was when the jobs were read; an administrator has to let them be read again"
TOO_LARGE = "the answer is larger than 1 MB"
TOO_LATE = f"it took longer than {SECONDS:g} seconds"

Answer = dict[str, Any]


def converse(line: socket.socket) -> NoReturn:
    """Answer the questions that come over line until nobody asks any more, as the last thing that this process does."""
    try:
        limits.limit(SECONDS)
        with line.makefile("rb") as heard:
            _answer_all(heard, line)
    finally:
        os._exit(1)


def _answer_all(heard: IO[bytes], line: socket.socket) -> None:
    me, job = os.getpid(), json.loads(heard.readline())
    load, jobs_root = _once(job), Path(job["jobs_root"])
    for question in heard:
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        answer = _answer(load, json.loads(question), jobs_root)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if os.getpid() != me:
            return  # the author's function came back in a fork of its own as well
        line.sendall(_told(answer))
    os._exit(0)


def _once(job: Answer) -> Callable[[], type[BaseJob]]:
    found: list[type[BaseJob]] = []

    def load() -> type[BaseJob]:
        if not found:
            found.append(loader.load(Path(job["jobs_root"]), job["class_path"]))
        return found[0]

    return load


def _answer(load: Callable[[], type[BaseJob]], question: Answer, jobs_root: Path) -> Answer:
    try:
        variable = legacy.variables_of(load()).get(question["name"])
        if variable is None or question["option"] not in variable.computed():
            return {"problem": CHANGED}
        return {"answer": variable.compute(question["option"], question["values"])}
    except NotPossible as refusal:
        return {"problem": _shortened(refusal.message)}
    except limits.TookTooLong as late:
        return {"problem": TOO_LATE + _place(loader.problem_of(late, jobs_root))}
    except BaseException as error:
        limits.relax()
        problem = loader.problem_of(error, jobs_root)
        return {"problem": _shortened(problem.message) + _place(problem)}


def _place(problem: loader.Problem) -> str:
    return f" ({problem.file}, line {problem.line})" if problem.line else ""


def _shortened(text: str) -> str:
    return shortened(" ".join(text.split()), LONGEST_REASON).replace("\n", " ")


def _told(answer: Answer) -> bytes:
    content = json.dumps(answer).encode() + b"\n"
    return content if len(content) <= LARGEST_ANSWER else _told({"problem": TOO_LARGE})
