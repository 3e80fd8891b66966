"""One way to Redis for every process: connect(), with time limits that fit the caller's role."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, Literal

from redis import Redis
from redis.backoff import AbstractBackoff, ExponentialBackoff, NoBackoff
from redis.connection import ConnectionPool, UnixDomainSocketConnection
from redis.retry import Retry

from webapp.config import BadSetting, Settings
from webapp.queue import embedded

Role = Literal["web", "worker", "scheduler"]


class EmbeddedConnection(UnixDomainSocketConnection):
    """A connection to the Redis of a data directory, which it starts if nobody listens."""

    def __init__(self, *, data_dir: Path, patience: float, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.data_dir = data_dir
        self.patience = patience

    def _connect(self) -> socket.socket:
        self.path = str(embedded.ensure(self.data_dir, self.patience))
        connected: socket.socket = super()._connect()  # type: ignore[no-untyped-call]
        return connected


def connect(settings: Settings, role: Role) -> Redis:
    """A client of the Redis that settings name, else of the embedded one; it connects with the first command.

    In the web process one attempt takes at most 0.2 s, in the scheduler 1 s. Workers try again for about half a
    second, no longer: their loop must look at other things as well.

    :raises BadSetting: the address cannot be read.
    """
    options = _options(role)
    if settings.redis_url is None:
        patience = 0.15 if role == "web" else 5.0
        pool = ConnectionPool(EmbeddedConnection, data_dir=settings.data_dir, patience=patience, **options)
        return Redis(connection_pool=pool)
    try:
        return Redis(connection_pool=ConnectionPool.from_url(settings.redis_url, **options))
    except ValueError as problem:
        raise BadSetting(f"JOBDECK_REDIS_URL cannot be used: {problem}") from None


def _options(role: Role) -> dict[str, Any]:
    """What redis-py must be told: its own defaults wait 4 s for a dead port and repeat silently."""
    if role == "web":
        return _limits(0.1, NoBackoff(), 0)
    if role == "scheduler":
        # It watches over runs as well, and must not look away for long.
        return _limits(0.5, NoBackoff(), 0)
    return _limits(5.0, ExponentialBackoff(cap=0.5, base=0.05), 3) | {"health_check_interval": 30}


def _limits(seconds: float, backoff: AbstractBackoff, retries: int) -> dict[str, Any]:
    return {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": Retry(backoff, retries),
        # RESP3 and the driver's introduction would cost three round trips with each new connection.
        "protocol": 2,
        "driver_info": None,
    }
