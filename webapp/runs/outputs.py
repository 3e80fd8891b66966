"""The files that a job makes, as its supervisor keeps them: bounded, in short transactions, and patient while the
database is away."""

from __future__ import annotations

import logging
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid5

import sqlalchemy as sa

from webapp.db import AWAY, transaction, utcnow
from webapp.files import chunks, service
from webapp.jobs.files import cleaned_name
from webapp.jobs.outputs import MOST_OUTPUTS, MOST_TIMES_THE_LARGEST
from webapp.runs.attachments import run_files
from webapp.runs.clocks import NEVER, Clocks
from webapp.runs.ledger import Ledger
from webapp.runs.log_writer import FIRST_PAUSE, LONGEST_PAUSE
from webapp.runs.output_spool import Spooled

log = logging.getLogger(__name__)


class Outputs:
    """Takes the files of one attempt, and sets the clock by which they have to be written."""

    def __init__(
        self, ledger: Ledger, clocks: Clocks, data_dir: Path, largest: int, complain: Callable[[str], object]
    ) -> None:
        """complain is called with what the run's log should say of a file that cannot be kept."""
        self._ledger, self._clocks, self._data_dir, self._largest = ledger, clocks, data_dir, largest
        self._complain = complain
        self._coming: dict[str, Spooled | None] = {}
        """By id; None where it cannot be kept."""
        self._whole: list[Spooled] = []
        self._known: set[UUID] = set()
        self._count = self._size = 0
        self._pause = FIRST_PAUSE

    def __len__(self) -> int:
        """How many whole files wait to be written."""
        return len(self._whole)

    def begin(self, id: str, name: str, size: int) -> None:
        """The job makes a file.

        :raises ValueError, TypeError: no job may say that.
        """
        if not (isinstance(id, str) and isinstance(name, str) and type(size) is int):
            raise TypeError("a file has an id, a name and a size")
        self._count, self._size = self._count + 1, self._size + size
        if not 0 <= size <= self._largest or self._size > MOST_TIMES_THE_LARGEST * self._largest:
            raise ValueError("a file is too large")
        if (known := UUID(id)) in self._known:
            raise ValueError("a file is announced twice")
        self._known.add(known)
        if self._count > MOST_OUTPUTS:
            raise ValueError("there are too many files")
        number, attempt = self._ledger.number, self._ledger.attempt
        try:
            self._coming[id] = Spooled.new(self._data_dir, number, attempt, known, cleaned_name(name), size)
        except OSError as problem:
            self._give_up(id, name, problem)
        self._look(id)

    def add(self, id: str, piece: str) -> None:
        """The next piece of a file, in base 64.

        :raises ValueError, LookupError: no job may say that.
        """
        spooled = self._coming[id]
        if spooled is None:
            return
        try:
            spooled.add(b64decode(piece, validate=True))
        except OSError as problem:
            spooled.drop()
            self._give_up(id, spooled.name, problem)
        self._look(id)

    def flush(self) -> bool:
        """Write one chunk, in no case later than the next limit; whether the database took it.

        :raises Fenced: the attempt does not count any more.
        """
        if self._ledger.ask(self.write, self._clocks.limit):
            self._pause = FIRST_PAUSE
            self._clocks.files = time.monotonic() if self._whole else NEVER
            return True
        self._clocks.files = time.monotonic() + self._pause if self._whole else NEVER
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        return False

    def write(self) -> bool:
        """Write one chunk of the first file that waits; safe to be said again.

        :raises Fenced: the attempt does not count any more.
        """
        spooled = self._whole[0]
        try:
            piece = spooled.chunk()
        except OSError as problem:
            self._whole.pop(0).drop()
            self._miss(spooled.name, problem)
            # Whoever asks takes the answer for a sign that the database is there.
            return self._ledger.beat()
        last = spooled.next + 1 >= chunks.count(spooled.size)
        try:
            with transaction():
                self._ledger.beat()
                put(spooled, piece, self._ledger.number, self._ledger.attempt, last=last)
        except AWAY:
            raise
        except sa.exc.DBAPIError as problem:
            log.exception("run #%s: the database refuses a file", self._ledger.number)
            self._complain(f"{spooled.name} could not be kept: {type(problem).__name__}. The worker's log says more.")
            last = True
        spooled.next += 1
        if last:
            self._whole.pop(0).drop()
        return True

    def leave(self) -> None:
        """Whoever finds what is whole brings it in."""
        for spooled in self._whole:
            try:
                spooled.leave()
            except OSError:
                log.exception("run #%s: %s is not whole", self._ledger.number, spooled.path)
        self._whole.clear()
        self.drop()

    def drop(self) -> None:
        """Let go of everything."""
        for spooled in (*self._whole, *self._coming.values()):
            if spooled is not None:
                spooled.drop()
        self._whole.clear()
        self._coming.clear()

    def _look(self, id: str) -> None:
        spooled = self._coming.get(id)
        if spooled is not None and spooled.whole:
            self._whole.append(spooled)
            del self._coming[id]
            if self._clocks.files is NEVER:
                self._clocks.files = time.monotonic()

    def _give_up(self, id: str, name: str, problem: OSError) -> None:
        self._coming[id] = None
        self._miss(cleaned_name(name), problem)

    def _miss(self, name: str, problem: OSError) -> None:
        self._complain(f"{name} could not be kept: {problem.strerror}.")


def put(spooled: Spooled, piece: bytes, number: int, attempt: int, *, last: bool) -> None:
    """Keep piece, the next chunk of a file, and with the last one the file itself. Belongs inside a transaction."""
    # Not the id that the job has chosen, which might be that of somebody else's file.
    id = uuid5(spooled.id, f"{number}-{attempt}")
    if spooled.next == 0:
        service.begin(spooled.stored(id))
    if piece:
        chunks.put(id, spooled.next, piece)
    if last:
        service.complete(id, bound=True)
        made = {"id": spooled.id, "run_number": number, "file_id": id, "attempt": attempt}
        chunks.insert_once(run_files, {**made, "variable": None, "created_at": utcnow()})
