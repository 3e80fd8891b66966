"""Whether the frame of a run's page says anything new: told by the row of the run, which who asks has read anyway."""

from __future__ import annotations

import time
from zlib import crc32

from webapp.runs.models import Run, State
from webapp.runs.page import usual

SAID_FOR_IT = 1
"""Lines that a log begins with whatever its job says."""
SILENT_FOR = 10.0
"""Seconds after which a run that has said nothing is asked about."""
WAITING_SECONDS, OTHER_SECONDS = 2, 20
"""After which the frame counts as new in any case: why a run waits, whether the worker of one that says nothing is
there, and how many files it has, other rows say."""


def version(run: Run) -> str:
    """A word that is another one once what the frame says of run may have changed."""
    ages = WAITING_SECONDS if run.state is State.QUEUED or silent(run) else OTHER_SECONDS
    told = (
        (run.state_version, run.worker, run.kill_at, run.pinned_at),
        (run.warning_count, run.error_count, run.progress_words, run.last_seq > SAID_FOR_IT),
        (run.item_count, run.item_success_count, run.item_failure_count, run.item_skipped_count),
        None if run.finished else int(time.time() / ages),
    )
    return f"{crc32(repr(told).encode()):08x}"


def silent(run: Run) -> bool:
    """Whether run goes on and has said nothing for a while."""
    return run.state is State.RUNNING and run.last_seq <= SAID_FOR_IT and usual.elapsed(run) >= SILENT_FOR
