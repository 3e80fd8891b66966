"""Threads that do something at the same moment, again and again, each with a connection of its own."""

from __future__ import annotations

import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import sqlalchemy as sa
from flask import Flask

from tests.sizes import RACES
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.runs.event_models import RunEvent
from webapp.runs.models import Run

SWITCH_SECONDS = 0.0001
ON_YOUR_MARKS = 0.0005
"""Seconds between the moment when all are there and the start, for each lane: they are woken one after the other."""
STEP, STRIDE, WIDEST = 0.0001, 0.0016, 0.05
"""Seconds by which the head start of a side changes from round to round, at least and at most, and which it has at
most."""

Act = Callable[[], object]


class Track:
    """Where they race: as many threads as there are lanes, each inside the application."""

    def __init__(self, app: Flask, lanes: int) -> None:
        self._app, self._lanes, self._barrier = app, lanes, Barrier(lanes, self._all_are_there)
        self._pool = ThreadPoolExecutor(lanes)
        self.overlaps = 0
        """Rounds in which one had not finished when the last one began."""

    def __enter__(self) -> Track:
        # By default Python lets a thread run for 5 ms, in which one side is often over before the other has begun.
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setswitchinterval(self._interval)
        self._pool.shutdown()

    def _all_are_there(self) -> None:
        self._start = time.monotonic() + ON_YOUR_MARKS * self._lanes

    def race(self, acts: Sequence[Act], head_start: float = 0.0) -> list[Any]:
        """What acts give, begun at once; the first has a head start of so many seconds, or the second if negative."""
        begun, over = [0.0] * len(acts), [0.0] * len(acts)

        def at_once(lane: int) -> object:
            with self._app.app_context():
                self._barrier.wait(30)
                moment = self._start + max(0.0, head_start if lane else -head_start)
                # Looked for, not slept for: a sleeper wakes up when the act of the other is over.
                while time.monotonic() < moment:
                    time.sleep(0)
                begun[lane] = time.monotonic()
                try:
                    return acts[lane]()
                finally:
                    over[lane] = time.monotonic()

        told = list(self._pool.map(at_once, range(len(acts))))
        self.overlaps += min(over) > max(begun)
        return told


class HeadStart:
    """Lets two sides meet: who has just won begins a little later next time, and later still if it wins again."""

    def __init__(self) -> None:
        self.seconds, self._step = 0.0, STEP
        self.wins: Counter[int] = Counter()
        self._last: int | None = None

    def won(self, side: int) -> None:
        """Side 0 or 1 was faster."""
        self.wins[side] += 1
        # A machine that is slower for a while moves the place where they meet, by more than many small steps.
        self._step = min(STRIDE, self._step * 2) if side == self._last else STEP
        self._last = side
        self.seconds = min(WIDEST, max(-WIDEST, self.seconds + (self._step if side else -self._step)))


def assert_they_met(track: Track, head: HeadStart, rounds: int = RACES) -> None:
    """It was a race: both sides have won often enough, and were often enough under way at the same time."""
    assert min(head.wins[0], head.wins[1]) >= rounds // 10, head.wins
    assert track.overlaps >= rounds // 5, track.overlaps


def assert_stories_are_whole() -> None:
    """Each run's events are numbered without a gap, each begins where the one before ended, and the last one alone is
    the run's end, in its state.
    """
    db.session.rollback()
    rows = db.session.execute(sa.select(RunEvent.__table__).order_by(RunEvent.run_number, RunEvent.n)).all()
    told = {number: list(events) for number, events in itertools.groupby(rows, lambda event: event.run_number)}
    for run in db.session.execute(sa.select(Run.number, Run.state, Run.state_version)):
        events = told[run.number]
        assert [event.n for event in events] == list(range(1, run.state_version + 1)), run
        assert [event.from_state for event in events] == [None, *(event.to_state for event in events[:-1])], run
        assert [event.final for event in events] == [False] * (len(events) - 1) + [True], run
        assert events[-1].to_state == run.state, run


def state_on_its_job(number: int) -> str | None:
    """The state that the job of run number shows as that of its last run, which it is."""
    db.session.rollback()
    known = sa.select(Job.last_run_number, Job.last_run_state).join(Run, Run.job_id == Job.id)
    last, state = db.session.execute(known.where(Run.number == number)).one()
    assert last == number
    return state
