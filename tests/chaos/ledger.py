"""The ledger: what jobs themselves saw, in a file outside database and Redis that is only ever appended to.

jobs_root/ledgered.py writes it: token of the submission, process, what (`start`, `goes` every 20 ms, `end`) and the
machine's monotonic clock.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

JOBS = Path(__file__).parent / "jobs_root"


@dataclass
class Entry:
    """One entering of a job's run(), by one process."""

    token: str
    pid: int
    began: float
    seen: float
    """When it was last seen at work; one that was killed went on no longer than a pulse after this."""
    ended: bool = False

    def overlaps(self, other: Entry) -> bool:
        """Whether both were at work at one moment."""
        return self.began < other.seen and other.began < self.seen


def jobs_beside(ledger: Path) -> Path:
    """A copy of the jobs that write to ledger, as a folder to be served."""
    return Path(shutil.copytree(JOBS, ledger.with_name("jobs"), ignore=shutil.ignore_patterns("__pycache__")))


def read(path: Path) -> list[Entry]:
    """What stands in the ledger at path, in the order in which jobs began; nothing if there is none."""
    return entries(path.read_text().splitlines()) if path.exists() else []


def entries(lines: Iterable[str]) -> list[Entry]:
    """What lines tell, in the order in which jobs began."""
    told: list[Entry] = []
    open_entries: dict[tuple[str, int], Entry] = {}
    for line in lines:
        token, pid, event, at = line.split()
        if event == "start":
            open_entries[token, int(pid)] = entry = Entry(token, int(pid), float(at), float(at))
            told.append(entry)
            continue
        entry = open_entries[token, int(pid)]
        entry.seen, entry.ended = float(at), event == "end"
    return sorted(told, key=lambda entry: entry.began)
