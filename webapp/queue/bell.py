"""Ringing: workers are told which runs wait.

What is told here is also in the database, so a lost ring only costs time. Nothing in here raises when Redis
is away, and nothing takes longer than 0.2 s: after a failure the next second's calls give up at once.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from flask import Flask, Response, after_this_request, current_app, has_request_context
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.utils import as_text

from webapp.config import BadSetting, Settings
from webapp.queue.connection import Role, connect
from webapp.queue.pointer import new_id, run_number

EPOCH = "jobdeck:epoch"
SILENCE = 1.0
"""Seconds after a failure in which Redis is not asked again."""

log = logging.getLogger(__name__)
T = TypeVar("T")


class Bell:
    """A client that remembers when Redis failed to answer."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self.silent_until = 0.0

    def ask(self, question: Callable[[Redis], T]) -> T | None:
        """What question returns; None if Redis does not answer, or did not a moment ago."""
        if time.monotonic() < self.silent_until:
            return None
        try:
            answer = question(self.client)
        except (RedisError, OSError, BadSetting) as problem:
            self._give_up(problem)
            return None
        self._answered()
        return answer

    def _give_up(self, problem: Exception) -> None:
        # Said once for an outage, not once a second.
        log.log(logging.DEBUG if self.silent_until else logging.WARNING, "Redis does not answer: %s", problem)
        self.silent_until = time.monotonic() + SILENCE

    def _answered(self) -> None:
        if self.silent_until:
            log.info("Redis answers again")
        self.silent_until = 0.0


def init_app(app: Flask, settings: Settings, role: Role = "web") -> None:
    """Keep a client with app, as patient as role may be; it connects when it is first used."""
    client = connect(settings, role)
    app.extensions["redis"] = client
    app.extensions["bell"] = Bell(client)


def ring(number: int, queue: str) -> bool:
    """Tell the workers of queue that run number waits; whether Redis has taken it."""
    return ring_all([(number, queue)])


def ring_soon(number: int, queue: str) -> None:
    """The same; where somebody waits for a page, behind the answer to them, which does not depend on it."""
    if not has_request_context():
        ring(number, queue)
        return
    bell = _bell()

    def behind(response: Response) -> Response:
        response.call_on_close(lambda: _tell(bell, [(number, queue)]))
        return response

    after_this_request(behind)


def ring_all(runs: Iterable[tuple[int, str]]) -> bool:
    """Tell the workers of all these (number, queue) in one round trip; whether Redis has taken it."""
    return _tell(_bell(), runs)


def _tell(bell: Bell, runs: Iterable[tuple[int, str]]) -> bool:
    ids = defaultdict(list)
    for number, queue in runs:
        ids[queue].append(new_id(number))

    def push(client: Redis) -> bool:
        with client.pipeline(transaction=False) as pipe:
            for queue, waiting in ids.items():
                pipe.sadd(Queue.redis_queues_keys, queue_key(queue))
                pipe.rpush(queue_key(queue), *waiting)
            pipe.execute()
        return True

    return bool(bell.ask(push))


def waiting(queue: str) -> set[int] | None:
    """The numbers of the runs whose ring no worker of queue has heard yet; None while Redis is away."""
    ids = _bell().ask(lambda client: cast(list[bytes], client.lrange(queue_key(queue), 0, -1)))
    return None if ids is None else {number for id in ids if (number := _number(id))}


def epoch() -> str | None:
    """A word that changes when Redis has lost its memory; None while Redis is away."""

    def read(client: Redis) -> str:
        with client.pipeline(transaction=False) as pipe:
            pipe.set(EPOCH, uuid.uuid4().hex, nx=True)
            pipe.get(EPOCH)
            return as_text(pipe.execute()[1])

    return _bell().ask(read)


def ping() -> bool:
    """Whether Redis answers."""
    return bool(_bell().ask(lambda client: client.ping()))


def queue_key(queue: str) -> str:
    """The key of the list from which RQ's workers of queue take ids."""
    return f"{Queue.redis_queue_namespace_prefix}{queue}"


def _number(id: bytes) -> int | None:
    try:
        return run_number(id.decode(errors="replace"))
    except NoSuchJobError:
        return None


def _bell() -> Bell:
    found: Bell = current_app.extensions["bell"]
    return found
