"""Asking the loader what authors' functions compute. Whoever asks first starts it; no answer is waited for in vain."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from webapp.config import BadSetting
from webapp.jobs.live import Unanswered
from webapp.sources.answering import LARGEST_ANSWER, SECONDS, TOO_LATE
from webapp.sources.reaching import NOT_THERE, connected
from webapp.sources.warm_loader import ASK, FULL

GRACE = 0.5
IN_ALL = 4.0
"""Seconds that may pass for all the questions of one form."""
NOT_READ = "what came back could not be read"
NO_TIME = "the others took too long"
CROWDED = "too many others are being computed at the moment"


class _Lost(Exception):
    """The loader has ended in the middle."""


@dataclass
class Asker:
    """Asks about one job, as an Ask of the kit; questions that follow one another are answered by the same fork."""

    data_dir: Path
    jobs_root: Path
    class_path: str
    deadline: float = field(default_factory=lambda: time.monotonic() + IN_ALL)
    _line: socket.socket | None = None

    def __call__(self, name: str, option: str, values: Mapping[str, Any]) -> Any:
        """What the variable of that name computes for option.

        :raises Unanswered: it could not be found out, in time or at all.
        """
        if time.monotonic() >= self.deadline:
            raise Unanswered(NO_TIME)
        question = json.dumps({"name": name, "option": option, "values": dict(values)}).encode() + b"\n"
        try:
            answer = self._answered(question)
        except TimeoutError:
            self.close()
            raise Unanswered(TOO_LATE) from None
        except OSError:
            self.close()
            raise Unanswered(NOT_THERE) from None
        except BadSetting as problem:
            raise Unanswered(str(problem)) from None
        if "answer" not in answer:
            raise Unanswered(str(answer.get("problem", NOT_READ)))
        return answer["answer"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ask nothing more; whatever goes on for us is ended."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _answered(self, question: bytes) -> dict[str, Any]:
        """
        :raises OSError: the loader was lost twice, or does not answer in time (TimeoutError).
        :raises Unanswered: it has no time for this.
        """
        try:
            return self._exchanged(question)
        except (_Lost, ConnectionError):
            self.close()
        try:
            return self._exchanged(question)
        except _Lost:
            raise OSError(NOT_THERE) from None

    def _exchanged(self, question: bytes) -> dict[str, Any]:
        """
        :raises _Lost, OSError, Unanswered: as _answered() says.
        """
        if self._line is None:
            self._line = connected(self.data_dir, self.deadline)
            self._wait_for_turn(self._line)
            job = {"jobs_root": str(self.jobs_root), "class_path": self.class_path}
            self._line.sendall(json.dumps(job).encode() + b"\n")
        ends = min(time.monotonic() + SECONDS + GRACE, self.deadline)
        self._line.settimeout(max(ends - time.monotonic(), 0.001))
        self._line.sendall(question)
        answer = _read(_heard(self._line, ends))
        if "answer" not in answer:
            # Its process may be at its end.
            self.close()
        return answer

    def _wait_for_turn(self, line: socket.socket) -> None:
        """
        :raises Unanswered: it does not come in time, or too many wait already.
        :raises _Lost: nobody is there any more.
        """
        line.sendall(ASK)
        line.settimeout(max(self.deadline - time.monotonic(), 0.001))
        try:
            said = line.recv(1)
        except TimeoutError:
            said = FULL
        if said == FULL:
            self.close()
            raise Unanswered(CROWDED)
        if not said:
            raise _Lost


def _heard(line: socket.socket, ends: float) -> bytes:
    """The line that comes.

    :raises TimeoutError: it does not come in time.
    :raises _Lost: nobody is there any more.
    """
    heard = b""
    while not heard.endswith(b"\n") and len(heard) <= LARGEST_ANSWER:
        line.settimeout(max(ends - time.monotonic(), 0.001))
        piece = line.recv(65536)
        if not piece:
            raise _Lost
        heard += piece
    return heard


def _read(heard: bytes) -> dict[str, Any]:
    """The answer; one without anything if authors' code has scribbled on the line."""
    try:
        answer = json.loads(heard)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
