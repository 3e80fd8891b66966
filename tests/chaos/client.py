"""`python -m tests.chaos.client`: submits the plan over HTTP, as a script would, and notes what it was told.

It may be killed at any moment and started again: what it was not told about, it sends once more with the same key. So
it ends in order only when it was told about everything that it ever began.
"""

from __future__ import annotations

import argparse
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import sqlalchemy as sa

from tests.chaos.plan import Submission, plan

MOST_OPEN = 40
"""Runs that it leaves waiting: a storm should hit runs at work, not a heap of waiting ones."""
PATIENCE = 30.0
AGAIN_SECONDS = 0.1
COME_AGAIN = 503


@dataclass(frozen=True)
class Answer:
    """Something was submitted, and what the client was told: a number, a refusal, or nothing yet."""

    token: str
    number: int | None
    refusal: str | None = None


class Notes:
    """The client's notes, a file that is only ever appended to; and whether they are to be the last ones."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = path.with_suffix(".last")

    def begin_nothing_new(self) -> None:
        """From now on only what was begun is to be submitted."""
        self._last.touch()

    @property
    def nothing_new(self) -> bool:
        """Whether begin_nothing_new() was called, by whatever process."""
        return self._last.exists()

    def write(self, answer: Answer) -> None:
        """Remember, also after a kill -9."""
        line = json.dumps([answer.token, answer.number, answer.refusal])
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{line}\n".encode())

    def read(self) -> Iterator[Answer]:
        """All that was noted, in order."""
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            yield Answer(*json.loads(line))


class Web(HTTPConnection):
    """A connection to the product's web server, which listens at a socket of the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self) -> None:
        """As HTTPConnection."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


@dataclass(frozen=True)
class Client:
    """Who submits, where, and the notes about it."""

    web: Path
    key: str
    notes: Notes

    def submit(self, submission: Submission) -> None:
        """Send it until there is an answer, always with the same key."""
        while True:
            self.notes.write(Answer(submission.token, None))
            try:
                self.notes.write(self._send(submission))
                return
            except (OSError, HTTPException):
                time.sleep(AGAIN_SECONDS)  # the web server is gone, went in the middle of it, or asks to come again

    def _send(self, submission: Submission) -> Answer:
        web, body = Web(self.web), json.dumps({"data": submission.inputs})
        headers = {"Authorization": f"Token {self.key}", "Content-Type": "application/json"}
        try:
            path = f"/api/extras/jobs/{submission.class_path}/run/"
            web.request("POST", path, body, {**headers, "Idempotency-Key": submission.token})
            answer = web.getresponse()
            text = answer.read().decode()
        finally:
            web.close()
        if answer.status == COME_AGAIN:
            raise HTTPException(text)
        if answer.status != 201:
            return Answer(submission.token, None, f"{answer.status} {text[:200]}")
        return Answer(submission.token, json.loads(text)["job_result"]["meta"]["number"])


def main() -> None:
    """Submit everything that has not been acknowledged yet."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.client")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--notes", type=Path, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--web", type=Path, required=True)
    parser.add_argument("--key", required=True)
    asked = parser.parse_args()
    engine, client = sa.create_engine(asked.database), Client(asked.web, asked.key, Notes(asked.notes))
    told = {answer.token for answer in client.notes.read() if answer.number is not None}
    begun = {answer.token for answer in client.notes.read()}
    with ThreadPoolExecutor(4) as pool:
        for submission in plan(asked.seed, asked.runs):
            if submission.token not in told:
                _wait_for_room(engine)
                if client.notes.nothing_new and submission.token not in begun:
                    break
                sent = [pool.submit(partial(client.submit, submission)) for _ in range(submission.times)]
                for one in sent:
                    one.result()


def _wait_for_room(engine: sa.Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(sa.text("SELECT count(*) FROM run WHERE ended_at IS NULL")) >= MOST_OPEN:
            time.sleep(0.05)


if __name__ == "__main__":
    main()
