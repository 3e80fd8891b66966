"""A process of a run is killed between any two of its steps, and the run ends as it must.

Faults 3, 4 and 5 of the catalogue at every place where they can happen; 63 for the web process.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis import Redis

from tests.chaos import evidence, ledger
from tests.chaos.check import Check
from tests.chaos.client import Answer
from tests.chaos.crashing import Point, crash
from tests.chaos.evidence import Evidence, Fault, Row
from tests.chaos.plan import Submission
from tests.product import settings_for
from webapp.accounts import service as accounts
from webapp.catalogue import refreshing
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.config import Settings
from webapp.db import db, transaction
from webapp.launch import service as launch
from webapp.runs import reconciler
from webapp.runs.models import Run, State
from webapp.runs.reconciler import Reconciler
from webapp.runs.supervisor import supervise

LOST_AFTER = 5
WORK = 150
"""Milliseconds: long enough for a batch of log lines to be written meanwhile."""

pytestmark = pytest.mark.timeout(300)


class Clock:
    """A monotonic clock that goes on when it is told."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str) -> Settings:
    """An installation with the jobs that write to a ledger."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
    jobs = ledger.jobs_beside(tmp_path / "ledger")
    return settings_for(tmp_path, database_url=database_url, redis_url=redis_url, jobs_root=jobs, lost_after=LOST_AFTER)


class Lives:
    """Submits runs, crashes what works on them, and lets healthy processes finish what is left."""

    def __init__(self, folder: Path, work: Callable[[], object], clock: Clock) -> None:
        self.folder, self.work, self.clock = folder, work, clock
        self.count = 0

    def submission(self, kind: str) -> Submission:
        self.count += 1
        return Submission(f"t{self.count}", kind, WORK, None, 1)

    def submit(self, wanted: Submission) -> Run:
        job = catalogue.by_class_path(wanted.class_path)
        return launch.start(job, accounts.named("ann"), wanted.inputs, idem_key=wanted.token)

    def crash(self, number: int, end: Point | None) -> list[Point]:
        """Supervise the run in another process until that point; gives the points on the way."""
        return crash(lambda: supervise(number, "worker@crash"), "supervisor", end, self.folder / "points")

    def recover(self) -> None:
        """What schedulers and workers do in the time after which a silent run counts as lost, and then some."""
        watch = Reconciler(LOST_AFTER)
        for _ in range(LOST_AFTER + 4):
            watch.reconcile()
            self.clock.now += 1
        self.work()

    def row(self, wanted: Submission) -> Row | None:
        db.session.rollback()
        return next((row for row in evidence.rows() if row.token == wanted.token), None)

    def entries(self, wanted: Submission) -> list[ledger.Entry]:
        return [entry for entry in ledger.read(self.folder / "ledger") if entry.token == wanted.token]

    def complaints(self, wanted: Submission) -> list[str]:
        """What the judge of storms has to say about the run; how long it took is not for a clock that we turn."""
        row = self.row(wanted)
        seen = Evidence(
            plan=[wanted],
            answers=[Answer(wanted.token, row.number if row else None)],
            entries=self.entries(wanted),
            rows=[row] if row else [],
            events=[event for event in evidence.events() if row and event.run == row.number],
            lost_after=LOST_AFTER,
            calm=float("inf"),
            faults=[Fault(0.0, "worker")],
        )
        return [f"{question}: {case}" for question, found in Check(seen).judge().items() for case in found]


@pytest.fixture
def lives(app, settings, tmp_path, work, monkeypatch) -> Lives:
    refreshing.refresh(settings.jobs_root)
    with transaction() as session:
        session.execute(sa.update(Job).values(enabled=True))
    clock = Clock()
    monkeypatch.setattr(reconciler, "time", clock)
    return Lives(tmp_path, work, clock)


def points_of(lives: Lives, kind: str, process: str) -> list[Point]:
    """The points that process passes in an undisturbed run."""
    passed = lives.crash(lives.submit(lives.submission(kind)).number, None)
    return [point for point in passed if point.process == process]


def crashed(lives: Lives, kind: str, end: Point) -> tuple[Submission, str]:
    """A new run that something has crashed, and the state that the crash left behind."""
    wanted = lives.submission(kind)
    lives.crash(lives.submit(wanted).number, end)
    return wanted, lives.row(wanted).state


OUTCOMES = {State.QUEUED: State.SUCCESS, State.CLAIMED: State.SUCCESS, State.RUNNING: State.LOST}
"""What must become of a run whose supervisor dies in that state; in any other one it has ended, and stays so."""


def test_fault_3_4_5_a_supervisor_that_dies_at_any_point(lives):
    points, left = points_of(lives, "Once", "supervisor"), []
    # A run that takes longer than the first one passes more points: the last of them as well.
    while len(left) < len(points) or State.SUCCESS not in {state for _, state in left}:
        left.append(crashed(lives, "Once", Point("supervisor", len(left) + 1)))
    lives.recover()
    wrong = []
    for n, (wanted, state) in enumerate(left, start=1):
        wrong += [f"supervisor {n}: {case}" for case in lives.complaints(wanted)]
        if (last := lives.row(wanted).state) != OUTCOMES.get(state, state):
            wrong.append(f"supervisor {n}: it was left {state}, and ended {last}")
    assert wrong == []
    assert {state for _, state in left} == {State.QUEUED, State.CLAIMED, State.RUNNING, State.SUCCESS}


def test_a_supervisor_of_what_may_be_repeated_dies_at_any_point(lives):
    points = points_of(lives, "Again", "supervisor")
    left = [crashed(lives, "Again", point) for point in points]
    lives.recover()
    wrong = []
    for point, (wanted, state) in zip(points, left, strict=True):
        wrong += [f"{point}: {case}" for case in lives.complaints(wanted)]
        if (last := lives.row(wanted).state) != State.SUCCESS:
            wrong.append(f"{point}: it was left {state}, and ended {last}")
    assert wrong == []


@pytest.mark.parametrize("process", ["forks", "job"])
def test_a_process_below_the_supervisor_dies_at_any_point(lives, process):
    points = points_of(lives, "Once", process)
    left = [crashed(lives, "Once", point) for point in points]
    lives.recover()
    wrong, ends, stories = [], set(), evidence.events()
    for point, (wanted, _) in zip(points, left, strict=True):
        row = lives.row(wanted)
        ends.add(row.state)
        wrong += [f"{point}: {case}" for case in lives.complaints(wanted)]
        story = [event.to for event in stories if event.run == row.number]
        # Author's code that was entered is not entered again; what was not is as if nothing had happened.
        again = story.count(State.CLAIMED) > 1
        if again == (State.RUNNING in story[: story.index(State.QUEUED, 1) if again else None]):
            wrong.append(f"{point}: {' > '.join(story)}")
    assert wrong == []
    assert ends == {State.SUCCESS, State.LOST}


def test_fault_63_a_web_process_that_dies_at_any_point_of_a_submission(lives):
    notes = lives.folder / "points"
    undisturbed = lives.submission("Once")
    points = crash(lambda: lives.submit(undisturbed), "web", None, notes)
    left, submissions = [], []
    for point in points:
        wanted = lives.submission("Once")
        crash(lambda: lives.submit(wanted), "web", point, notes)  # noqa: B023 -- it is called at once
        row = lives.row(wanted)
        left.append(row is not None)
        number = lives.submit(wanted).number
        assert row is None or row.number == number, point
        submissions.append(wanted)
    lives.recover()
    for point, wanted in zip(points, submissions, strict=True):
        assert lives.row(wanted).state == State.SUCCESS, point
        assert lives.complaints(wanted) == [], point
    committed = [point.what for point in points].index("after commit")
    assert left == [n >= committed for n in range(len(points))]
