"""Files that jobs had made when their supervisors were killed, or could not wait for the database any longer: found on
disk and brought in. What is brought in twice does no harm."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from webapp.db import AWAY, transaction, writing
from webapp.files import chunks
from webapp.runs import steps
from webapp.runs.output_spool import Spooled, left
from webapp.runs.outputs import put

REFUSED = ".refused"
"""What a file is called that cannot be brought in; it stays for whoever wants to look."""

log = logging.getLogger(__name__)


def bring_in(data_dir: Path) -> None:
    """Bring in the whole files in data_dir whose supervisors are gone; all of them are removed but what is refused."""
    for path, file in left(data_dir):
        try:
            _bring_in(path, file)
        except AWAY:
            raise
        except Exception:
            path.rename(path.with_suffix(REFUSED))
            log.exception("%s cannot be brought in", path)
        else:
            path.unlink()


def _bring_in(path: Path, file: IO[bytes]) -> None:
    number, attempt = map(int, path.stem.split("-")[:2])
    spooled = Spooled.found(path, file)
    if spooled is None or not _is_there(number):
        return
    total = max(1, chunks.count(spooled.size))
    for spooled.next in range(total):
        with transaction():
            put(spooled, spooled.chunk(), number, attempt, last=spooled.next == total - 1)
    log.warning("run #%s, attempt %s: its file %s was found on disk", number, attempt, spooled.name)


def _is_there(number: int) -> bool:
    with transaction():
        return writing().scalar(sa.select(steps.runs.c.number).where(steps.runs.c.number == number)) is not None
