"""A Redis of one test alone, which may be killed, emptied, starved, and come back with what it once knew."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from redis import Redis

from tests import servers


class OwnRedis:
    """It keeps its data in a folder only when it is told to."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, ExitStack()
        self.url = ""
        self.start()

    def start(self) -> None:
        """Let it come up, with what lies in its folder."""
        self.url = self._stack.enter_context(servers.redis(self._folder))

    def kill(self) -> None:
        """Let it go as by a failure of power."""
        self._stack.close()

    def remember(self) -> bytes:
        """Write everything down, as it would for a later start; gives what it wrote."""
        with self.client() as client:
            client.config_set("rdbcompression", "no")
            client.save()
        return (self._folder / "dump.rdb").read_bytes()

    def forget(self) -> None:
        """While it is down: it will come back empty."""
        (self._folder / "dump.rdb").unlink(missing_ok=True)

    def client(self) -> Redis:
        """Somebody who may write and read everything."""
        return Redis.from_url(self.url)
