"""Jobs of RQ that are nothing but an id: whoever can write to Redis cannot make a worker run code.

RQ reads function, arguments, callbacks and webhooks of a job from Redis and calls what it finds there. A
PointerJob takes none of it: its id names a run, and everything else about a run is in the database.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any

from redis import Redis
from rq.exceptions import NoSuchJobError
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job
from rq.serializers import JSONSerializer

ID = re.compile(r"run_([1-9][0-9]{0,17})_[0-9a-f]{6}", re.ASCII)


class PointerJob(Job):
    """A run's place in RQ's queue, made from its id alone."""

    def __init__(self, id: str, connection: Redis, serializer: object = None) -> None:
        self.number = run_number(id)
        super().__init__(id, connection, JSONSerializer)
        self.description = f"run #{self.number}"
        self.timeout = -1

    @classmethod
    def fetch(cls, id: str, connection: Redis | None = None, serializer: object = None) -> PointerJob:
        """The job that id names, without asking Redis.

        :raises NoSuchJobError: id is not one of ours.
        """
        if connection is None:
            raise TypeError("A PointerJob needs a connection")
        return cls(id, connection)

    @classmethod
    def fetch_many(cls, job_ids: Iterable[str], connection: Redis, serializer: object = None) -> list[Job | None]:
        """The jobs that job_ids name, without asking Redis."""
        return [cls(id, connection) for id in job_ids]

    def refresh(self) -> None:
        """Nothing: Redis knows no more than the id."""

    def restore(self, raw_data: object) -> None:
        """Nothing: what stands in Redis under this job's key is not ours."""

    def perform(self) -> Any:
        """Never: runs are performed by our worker's supervisor.

        :raises RuntimeError: always.
        """
        raise RuntimeError(f"{self.id} is a pointer; only `flask worker` can perform run #{self.number}")


def new_id(number: int) -> str:
    """A fresh id for another ring of run number."""
    return f"run_{number}_{secrets.token_hex(3)}"


def run_number(job_id: str) -> int:
    """The number of the run that job_id names.

    :raises NoSuchJobError: job_id is not one of ours.
    """
    match = ID.fullmatch(job_id)
    if match is None:
        raise NoSuchJobError("Not the id of a run")
    return int(match[1])


def forget(connection: Redis, queue_key: str, job_id: str) -> None:
    """Take job_id out of the list in which RQ keeps what a worker has fetched and not yet begun."""
    connection.lrem(IntermediateQueue.get_intermediate_queue_key(queue_key), 0, job_id)
