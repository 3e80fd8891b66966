"""A storm from its beginning to its judgement."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import sqlalchemy as sa

from tests.chaos import evidence, family, ledger
from tests.chaos.check import REAPER, SLACK, Check, Judgement
from tests.chaos.evidence import Evidence
from tests.chaos.installation import Installation, installed
from tests.chaos.nemesis import Nemesis
from tests.chaos.plan import plan
from tests.conftest import memory
from webapp.config import PROJECT
from webapp.db import db
from webapp.runs.models import FINAL, Run

KEPT = PROJECT / "build" / "chaos"
LOOK_EVERY = 0.02
START, EACH = 60.0, 0.5
"""Seconds that a start, and each submission, may take before the storm is given up."""
LOSSES, SETTLE = 3, SLACK + 20
"""How many times the lost-after time, and seconds besides, after the storm in which everything should have ended; what
has not by then has no terminal state."""
STOPPING = 15.0


@dataclass(frozen=True)
class Storm:
    """What a storm came to."""

    database: str
    seed: int
    seconds: float
    settled: float
    latest: float
    """The longest time that a run took to its end."""
    evidence: Evidence
    judgement: Judgement
    deaths: Counter[str]
    kept: Path | None
    """Where everything of a storm lies that went wrong."""

    @property
    def faults(self) -> Counter[str]:
        return Counter(fault.kind for fault in self.evidence.faults)

    @property
    def ends(self) -> Counter[str]:
        return Counter(row.state for row in self.evidence.rows)

    @property
    def wrong(self) -> int:
        return sum(len(found) for found in self.judgement.values())


def storm(
    database: str, seed: int, runs: int, seconds: float | None, lost_after: int, say: Callable[[str], object]
) -> Storm:
    """Let a storm go over an installation on database ("sqlite" or "postgresql") while runs are submitted.

    It ends when all are, or after so many seconds. lost_after is the setting, in seconds.
    """
    family.found()
    folder = Path(tempfile.mkdtemp(prefix="jobdeck-chaos-", dir=memory()))
    try:
        with ExitStack() as stack:
            place = stack.enter_context(installed(database, folder, seed, runs, lost_after))
            stack.callback(_end_all)
            return _blow(place, database, seed, runs, seconds, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _blow(
    place: Installation, database: str, seed: int, runs: int, seconds: float | None, say: Callable[[str], object]
) -> Storm:
    # What never came up cannot be hit.
    _until(lambda: bool(ledger.read(place.ledger)), place, lambda: None, START)
    nemesis, began = Nemesis(place, Random(f"faults {seed}")), time.monotonic()
    _until(lambda: _all_submitted(place), place, nemesis.turn, seconds or START + EACH * runs)
    nemesis.calm()
    stormed = time.monotonic() - began
    if seconds:
        place.notes.begin_nothing_new()
    _until(lambda: _all_submitted(place) and place.services.up, place, lambda: None, START)
    calm = time.monotonic()
    wanted = [one for one in plan(seed, runs) if one.token in {answer.token for answer in place.notes.read()}]
    say(f"{database}: {len(wanted)} runs submitted under {len(nemesis.faults)} faults in {stormed:.0f} s")
    with place.app.app_context():
        _until(_all_over, place, lambda: None, LOSSES * place.lost_after + SETTLE)
        settled = time.monotonic() - calm
        outlived = family.titles(family.members("job")) if _all_over() else []
        place.services.stop(STOPPING)
        _until(lambda: not _left(), place, lambda: None, STOPPING)
        seen = Evidence(
            plan=wanted if seconds else plan(seed, runs),
            answers=list(place.notes.read()),
            entries=ledger.read(place.ledger),
            rows=evidence.rows(),
            events=evidence.events(),
            lost_after=place.lost_after,
            calm=calm,
            faults=nemesis.faults,
            returns=place.services.returns(REAPER),
            left_behind=[*outlived, *_left()],
        )
        db.session.remove()
        db.engine.dispose()
    check = Check(seen)
    judgement = check.judge()
    deaths = Counter({program.log.stem: program.deaths for program in place.services.programs})
    kept = _keep(place, seen, judgement, f"{database}-{seed}") if any(judgement.values()) else None
    return Storm(database, seed, stormed, settled, check.longest(), seen, judgement, deaths, kept)


def _until(condition: Callable[[], bool], place: Installation, meanwhile: Callable[[], object], most: float) -> None:
    """Come back once condition is true, or after most seconds: the judge will see what is lacking."""
    deadline = time.monotonic() + most
    while not condition() and time.monotonic() < deadline:
        place.services.look()
        meanwhile()
        time.sleep(LOOK_EVERY)


def _all_submitted(place: Installation) -> bool:
    client = next(program for program in place.services.programs if program.kind == "client")
    return client.finished and client.pid is None


def _all_over() -> bool:
    """Whether every run has ended."""
    query = sa.select(sa.func.count()).select_from(Run).where(Run.state.not_in(FINAL))
    unfinished = db.session.scalar(query)
    db.session.rollback()
    return not unfinished


def _left() -> list[str]:
    return family.titles(pid for pid in family.everybody() if family.title(pid).startswith(family.OURS))


def _end_all() -> None:
    """Leave none of the product's processes behind; servers are ended by those who started them."""
    for pid in family.everybody():
        if (
            family.title(pid).startswith(family.OURS)
            or " -m " in family.title(pid)
            or "redis-server" in family.title(pid)
        ):
            family.tell(pid, signal.SIGKILL)


def _keep(place: Installation, seen: Evidence, judgement: Judgement, name: str) -> Path:
    """Copy everything to where it outlives this process, with the evidence as JSON."""
    kept = KEPT / name
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(place.folder, kept, ignore=shutil.ignore_patterns("*.sock", ".s.PGSQL*"))
    (kept / "evidence.json").write_text(json.dumps(asdict(seen), indent=1))
    (kept / "judgement.json").write_text(json.dumps(judgement, indent=1))
    return kept
