"""The nemesis: one fault after the other, drawn from a seed, as long as the client submits."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from redis import Redis as Client
from redis.exceptions import RedisError

from tests.chaos import family
from tests.chaos.evidence import Fault
from tests.chaos.installation import Installation

EVERY = 0.55
"""Seconds from one draw to the next, on average; some find nobody whom they could hit."""
PAUSES = 1.0, 8.0
"""Seconds for which Redis stands still."""
SILENCES = 0.2, 1.6
"""How many times the lost-after time a worker stands still: it comes back before its run is taken from it, or after."""
LOOKED_FOR = 0.3
DOUBLED = 20
QUEUE = "rq:queue:default"
AWAY = 0.1, 2.0
"""Seconds for which Redis stays away."""
WEIGHTS = {
    "job": 32,
    "worker": 20,
    "forks": 10,
    "master": 3,
    "scheduler": 8,
    "web": 4,
    "client": 2,
    "pause worker": 7,
    "pause redis": 2,
    "redis: flushall": 5,
    "redis: doubled": 4,
    "redis: empty": 3,
    "redis: old data": 2,
    "redis: snapshot": 3,
}


@dataclass
class Nemesis:
    """What one storm does to an installation. The dice decide what and when; whom it hits depends on who is there."""

    installation: Installation
    dice: Random
    faults: list[Fault] = field(default_factory=list)
    next_at: float = 0.0
    paused: list[tuple[float, int]] = field(default_factory=list)
    """Process ids, each with the moment at which it goes on."""

    def turn(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        for due in [one for one in self.paused if one[0] <= now]:
            self.paused.remove(due)
            family.tell(due[1], signal.SIGCONT)
        if now >= self.next_at:
            self.next_at = max(self.next_at, now - EVERY) + self.dice.expovariate(1 / EVERY)
            self._strike()

    def calm(self) -> None:
        """Let everything go on that was paused."""
        for _, pid in self.paused:
            family.tell(pid, signal.SIGCONT)
        self.paused.clear()

    def _strike(self) -> None:
        """One fault; none where there is nobody to be hit, or what is down would never come up again."""
        kind = self.dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        hit = FAULTS[kind](self)
        if hit is not None:
            self.faults.append(Fault(time.monotonic(), kind, hit))

    def _victim(self, kind: str) -> int | None:
        """A process of that kind; None if there is none for a while."""
        deadline = time.monotonic() + LOOKED_FOR
        while not (pids := self._processes(kind)) and time.monotonic() < deadline:
            self.installation.services.look()
            time.sleep(0.002)
        return self.dice.choice(pids) if pids else None

    def _processes(self, kind: str) -> list[int]:
        services = self.installation.services
        return family.members(kind, services.of("master")) if kind in family.KINDS else services.of(kind)

    def _kill(self, kind: str) -> int | None:
        pid = self._victim(kind)
        if pid is not None:
            family.tell(pid, signal.SIGKILL)
        return pid

    def _pause(self, kind: str) -> int | None:
        most, pid = PAUSES if kind == "redis" else self._silences(), self._victim(kind)
        seconds = self.dice.uniform(*most)
        if pid is not None:
            family.tell(pid, signal.SIGSTOP)
            self.paused.append((time.monotonic() + seconds, pid))
        return pid

    def _silences(self) -> tuple[float, ...]:
        return tuple(times * self.installation.lost_after for times in SILENCES)

    def _flush(self) -> int | None:
        return self._ask_redis(lambda client: client.flushall())

    def _ask_redis(self, question: Callable[[Client], object]) -> int | None:
        try:
            with Client.from_url(self.installation.redis.url, socket_timeout=0.5) as client:
                question(client)
        except RedisError:
            return None  # down or paused
        return self._victim("redis")

    def _double(self) -> int | None:
        """Ring for runs that were submitted lately, whatever has become of them: once for each worker."""
        told = [answer.number for answer in self.installation.notes.read() if answer.number is not None]
        rings = [f"run_{number}_{self.dice.randrange(16**6):06x}" for number in told[-DOUBLED:] for _ in range(4)]
        return self._ask_redis(lambda client: client.lpush(QUEUE, *rings)) if rings else None

    def _restart(self, prepare: Callable[[], object]) -> int | None:
        pid = self._kill("redis")
        if pid is None:
            return None
        while self.installation.redis.service.pid == pid:
            self.installation.services.reap()
            time.sleep(0.005)
        prepare()
        self.installation.redis.service.start_at = time.monotonic() + self.dice.uniform(*AWAY)
        return pid

    def _snapshot(self) -> int | None:
        """Take one for later, or come back with the one that was taken."""
        redis = self.installation.redis
        if not redis.snapshot.exists():
            redis.remember()
            return self._victim("redis")
        return self._restart(redis.recall)


FAULTS: dict[str, Callable[[Nemesis], int | None]] = {
    **{
        kind: partial(Nemesis._kill, kind=kind)
        for kind in ("job", "worker", "forks", "master", "scheduler", "web", "client")
    },
    "pause worker": partial(Nemesis._pause, kind="worker"),
    "pause redis": partial(Nemesis._pause, kind="redis"),
    "redis: flushall": Nemesis._flush,
    "redis: doubled": Nemesis._double,
    "redis: empty": lambda nemesis: nemesis._restart(nemesis.installation.redis.forget),
    "redis: old data": lambda nemesis: nemesis._restart(lambda: None),
    "redis: snapshot": Nemesis._snapshot,
}
