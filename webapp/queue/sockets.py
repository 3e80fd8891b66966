"""Where the embedded Redis, and what else serves one installation, listens; and whether it does."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from webapp.config import BadSetting

LONGEST = 107
"""Bytes that Linux allows in the address of a Unix socket."""


def socket_path(data_dir: Path, name: str = "redis.sock") -> Path:
    """The socket of that name, for what serves data_dir; its folder, in the temporary directory, is this user's alone.

    :raises BadSetting: somebody else owns that folder, or the path is too long.
    """
    mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    place = Path(f"jobdeck-{os.getuid()}-{mark}", name)
    for temporary in (Path(tempfile.gettempdir()), Path("/tmp")):
        path = temporary / place
        if len(os.fsencode(path)) <= LONGEST:
            _make_private(path.parent)
            return path
    raise BadSetting(f"{path} is too long for a socket; set TMPDIR to a shorter path, or JOBDECK_REDIS_URL.")


def is_listening(path: Path) -> bool:
    """Whether a server takes connections at path, however busy it is."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0.1)
        try:
            probe.connect(os.fspath(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except (TimeoutError, BlockingIOError):
            pass
    return True


def has_read_its_data(path: Path) -> bool:
    """Whether the server at path answers, and not that it still reads what it had written down."""
    with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
        line.settimeout(0.1)
        line.connect(os.fspath(path))
        line.sendall(b"PING\r\n")
        return line.recv(64).startswith(b"+PONG")
    return False


def say(path: Path, words: bytes) -> None:
    """Send one command to the server at path, if there is one, and wait up to a second until it hangs up."""
    with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
        line.settimeout(1.0)
        line.connect(os.fspath(path))
        line.sendall(words + b"\r\n")
        while line.recv(1024):
            pass


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise BadSetting(f"{folder} is not a private folder of this user; remove it, or set JOBDECK_REDIS_URL.")
