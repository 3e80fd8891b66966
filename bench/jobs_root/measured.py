"""Jobs to measure with."""

import time

from webapp.jobs import IntegerVar, Job, register_jobs

name = "Measured"


class Noop(Job):
    """Do nothing."""

    class Meta:
        has_sensitive_variables = False

    def run(self) -> None:
        """Nothing."""


class Lines(Job):
    """Log so many lines as fast as it goes."""

    count = IntegerVar(default=100_000)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, count: int) -> None:
        """Log."""
        for number in range(count):
            self.logger.info("This is line %d of many", number)


class Clock(Job):
    """Log the time of day about three times a second."""

    seconds = IntegerVar(default=20)

    class Meta:
        has_sensitive_variables = False
        task_queues = ["default", "watched"]

    def run(self, *, seconds: int) -> None:
        """Log; the pauses differ, so that lines fall anywhere between two looks of a page."""
        end, turn = time.time() + seconds, 0
        while time.time() < end:
            self.logger.info("%.4f", time.time())
            turn += 1
            time.sleep(0.35 + turn * 37 % 100 / 1000)


register_jobs(Noop, Lines, Clock)
