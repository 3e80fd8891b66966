"""`python -m webapp.queue.keeper DATA_DIR`: this process becomes the Redis of DATA_DIR.

For a supervisor of processes. A server that somebody else has started there is stopped first; its append-only
file is read by the new one. Whoever leaves spares this server, because it counts as a user itself.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from webapp.config import BadSetting
from webapp.queue import server
from webapp.queue.embedded import START, USERS
from webapp.queue.locks import EXCLUSIVE, SHARED, held, seize
from webapp.queue.sockets import socket_path

PATIENCE = 30.0


def become(data_dir: Path) -> None:
    """Replace this process by the server of data_dir; comes back only if that cannot be.

    :raises BadSetting: there is no redis-server, or no place for its socket, or another server does not end.
    """
    server.folder(data_dir).mkdir(parents=True, exist_ok=True)
    line = server.arguments(data_dir, socket_path(data_dir))
    users = seize(data_dir / USERS, SHARED, PATIENCE)
    with held(data_dir / START, EXCLUSIVE, PATIENCE) as alone:
        lock = seize(data_dir / server.LOCK, EXCLUSIVE)
        if lock is None and alone:
            server.stop(data_dir)
            lock = seize(data_dir / server.LOCK, EXCLUSIVE)
        if users is None or lock is None:
            raise BadSetting(f"Another Redis uses {data_dir} and does not end.")
        for inherited in (users, lock):
            os.set_inheritable(inherited, True)
        os.execv(line[0], line)


if __name__ == "__main__":
    try:
        become(Path(sys.argv[1]).resolve())
    except BadSetting as problem:
        sys.exit(str(problem))
