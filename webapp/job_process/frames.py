"""What a job's process and its supervisor tell each other: JSON lists behind their length, on a socket."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

from webapp.errors import WebappError

LENGTH = struct.Struct(">I")
LARGEST = 16 * 1024 * 1024
"""Bytes of one frame; a process that announces more does not speak this language."""

READY, LOG, PROGRESS, FINISHED, REFUSED = "ready", "log", "progress", "finished", "refused"
FILE, PIECE = "file", "piece"
"""The id, the name and the size of a file that the job makes; then, by its id, its content in base 64."""
GO = b"g"
DECODE = json.JSONDecoder().decode
ENCODE = json.JSONEncoder(separators=(",", ":")).encode


class ProtocolError(WebappError):
    """The other side sent something that is no frame."""


def pack(kind: str, *content: Any) -> bytes:
    """One frame, as bytes."""
    body = ENCODE((kind, *content)).encode()
    return LENGTH.pack(len(body)) + body


class Reader:
    """Puts frames together again from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[list[Any]]:
        """The frames that are complete now, each as [kind, …].

        :raises ProtocolError: what came is no frame.
        """
        self._buffer += piece
        start = 0
        while len(self._buffer) - start >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._buffer, start)
            if length > LARGEST:
                raise ProtocolError(f"The job's process announced a message of {length} bytes.")
            if len(self._buffer) - start - LENGTH.size < length:
                break
            start += LENGTH.size + length
            yield _frame(self._buffer[start - length : start])
        del self._buffer[:start]


def _frame(body: bytes | bytearray) -> list[Any]:
    try:
        frame = DECODE(body.decode())
    except (ValueError, RecursionError):
        raise ProtocolError("The job's process sent something that cannot be read.") from None
    if not isinstance(frame, list) or not frame or not isinstance(frame[0], str):
        raise ProtocolError("The job's process sent something that is no message.")
    return frame
