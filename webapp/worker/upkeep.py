"""What a worker does between runs, and a scheduler all the time: signs of life, and the reconciler's rounds."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from webapp.db import SCHEMA, db, schema
from webapp.runs import attachments, leftovers, processes, reports
from webapp.runs.fulltext import indexing
from webapp.runs.reconciler import PROMPT_SECONDS, Reconciler
from webapp.runs.retention import Cleaner
from webapp.worker.chores import Chore, Loop

RECONCILE_SECONDS = 1.0
LEFT_SECONDS = 10.0
SWEEP_SECONDS = 300.0
FORGET_SECONDS = 3.0
CLEAN_SECONDS = 5.0
INDEX_SECONDS = 2.0
INDEXES_FOR = {processes.SCHEDULER: 0.5, processes.WORKER: 0.05}
"""Seconds at a time: a worker may be waited for."""

log = logging.getLogger(__name__)


class Upkeep:
    """The chores of a process of kind that serves queues.

    A worker reconciles only while no scheduler does.
    """

    def __init__(self, kind: str, queues: list[str], lost_after: float, data_dir: Path) -> None:
        self.fits = True
        """Whether the database has the version that this code is made for, as far as is known."""
        self.chores = Loop(
            [
                Chore("the sign of life", processes.BEAT_SECONDS, self._look),
                Chore("reconciling", RECONCILE_SECONDS, self._reconcile),
                Chore("what was left on disk", LEFT_SECONDS, self._bring_in),
                Chore("files that no run has", SWEEP_SECONDS, self._sweep),
                Chore("files given in confidence", FORGET_SECONDS, self._forget),
                Chore("runs that are not kept any more", CLEAN_SECONDS, self._clean),
                Chore("logs that are not in the index", INDEX_SECONDS, self._index),
            ]
        )
        self._kind, self._queues, self._data_dir = kind, queues, data_dir
        self.reconciler = Reconciler(lost_after)
        self._cleaner = Cleaner()
        self._alone = False

    def beat(self) -> None:
        """A sign of life during a run, when there is no time for more."""
        try:
            processes.beat(self._kind, self._queues)
        finally:
            db.session.remove()

    def rehearse(self, times: int = 3) -> None:
        """Do so often what needs neither Redis nor a sign of life: forks of this process then have it in memory."""
        self._alone = True
        looks = (lambda: processes.alive(self._kind), lambda: self._compare(schema()))
        acts = (*looks, self._bring_in, self._sweep, self._forget, self._clean, self._index)
        for _ in range(times):
            Loop([Chore("rehearsing", 0, act) for act in acts]).turn()

    def _look(self) -> None:
        self._beat()
        self._compare(schema())
        others = [] if self._kind == processes.SCHEDULER else processes.alive(processes.SCHEDULER)
        self._alone = self.fits and not any(scheduler.fits for scheduler in others)

    def _beat(self) -> None:
        """A sign of life; who cannot write one in time does not judge others by theirs."""
        began, prompt = time.monotonic(), False
        try:
            processes.beat(self._kind, self._queues)
            prompt = time.monotonic() - began < PROMPT_SECONDS
        finally:
            if not prompt:
                self.reconciler.begin_afresh()

    def _compare(self, found: str | None) -> None:
        fits = found == SCHEMA
        if self.fits and not fits:
            log.error(
                "the database has version %s, and this process is made for %s: it does nothing until it is restarted",
                found,
                SCHEMA,
            )
        self.fits = fits

    def _reconcile(self) -> None:
        if self._alone:
            self.reconciler.reconcile()

    def _bring_in(self) -> None:
        if self.fits:
            leftovers.bring_in(self._data_dir)
            reports.bring_in(self._data_dir)

    def _sweep(self) -> None:
        if self._alone:
            attachments.sweep()

    def _forget(self) -> None:
        if self._alone:
            attachments.forget()

    def _clean(self) -> None:
        if self._alone:
            self._cleaner.turn()

    def _index(self) -> None:
        if self._alone:
            indexing.for_a_while(INDEXES_FOR[self._kind])
