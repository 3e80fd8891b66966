"""Chores that come round every so many seconds, none of which can stop the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from webapp.db import AWAY, db, patiently

LONGEST_PAUSE = 0.5

log = logging.getLogger(__name__)


@dataclass
class Chore:
    """Something to do every seconds."""

    name: str
    seconds: float
    act: Callable[[], object]
    due: float = 0.0


class Loop:
    """Does its chores when they are due."""

    def __init__(self, chores: list[Chore]) -> None:
        self.chores = chores

    @property
    def due(self) -> bool:
        """Whether there is something to do."""
        return any(chore.due <= time.monotonic() for chore in self.chores)

    def turn(self) -> None:
        """Do what is due. A chore that fails is logged and comes round again."""
        for chore in self.chores:
            if chore.due <= time.monotonic():
                chore.due = time.monotonic() + chore.seconds
                self._do(chore)
        db.session.remove()

    def _do(self, chore: Chore) -> None:
        try:
            with patiently():
                chore.act()
        except AWAY:
            db.session.rollback()
            log.warning("%s: the database does not answer", chore.name)
        except Exception:
            db.session.rollback()
            log.exception("%s failed; it is tried again in %s s", chore.name, chore.seconds)

    def pause(self) -> float:
        """Seconds until the next chore, at most LONGEST_PAUSE, so that a signal to stop is soon seen."""
        next_due = min(chore.due for chore in self.chores)
        return max(0.0, min(LONGEST_PAUSE, next_due - time.monotonic()))
