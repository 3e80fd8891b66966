"""Jobs that leave their traces in a ledger outside the product: each line says who was where in which job, and when."""

import os
import time
from pathlib import Path

from webapp.jobs import Concurrency, IntegerVar, Job, StringVar, register_jobs

LEDGER = Path(__file__).parents[1] / "ledger"
"""Beside the folder into which a test copies this file."""
PULSE = 0.02


def note(token, event):
    """Append one line in one write, so that lines of several processes never mix."""
    line = f"{token} {os.getpid()} {event} {time.monotonic():.4f}\n"
    ledger = os.open(LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(ledger, line.encode())
    finally:
        os.close(ledger)


class Once(Job):
    """Work for so many milliseconds, and say so in the ledger."""

    token = StringVar()
    work = IntegerVar(min_value=0)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, token, work, **_):
        note(token, "start")
        self.logger.info("%s begins", token)
        until = time.monotonic() + work / 1000
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, PULSE))
            note(token, "goes")
        self.logger.info("%s is done", token)
        note(token, "end")
        return token


class Alone(Once):
    """The same; no two of these at once."""

    class Meta(Once.Meta):
        is_singleton = True


class Again(Once):
    """The same; it may be begun three times."""

    class Meta(Once.Meta):
        idempotent = True
        max_attempts = 3
        retry_backoff = 0


class Keyed(Once):
    """The same; no more than two at once at one site."""

    site = StringVar()

    class Meta(Once.Meta):
        concurrency = Concurrency(limit=2, key="site:{site}", on_conflict="queue")


register_jobs(Once, Alone, Again, Keyed)
