"""`python -m bench.bare_rq URL QUEUE`: a worker of RQ as it comes, in a process that has loaded what ours have."""

from __future__ import annotations

import sys

from redis import Redis
from rq import Worker

import webapp.app  # noqa: F401 -- a fork of RQ's copies the same memory as one of ours


def nothing() -> None:
    """What the jobs do that it works on."""


if __name__ == "__main__":
    Worker([sys.argv[2]], connection=Redis.from_url(sys.argv[1])).work(logging_level="ERROR")
