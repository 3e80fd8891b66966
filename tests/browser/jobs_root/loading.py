"""A job whose code takes as long to load as a file says that is beside it."""

import time
from pathlib import Path

from webapp.jobs import Job, register_jobs

name = "On screen"
HOLD = Path(__file__).with_suffix(".hold")

while HOLD.exists():
    time.sleep(0.02)


class Heavy(Job):
    """Do nothing, once all the code is there."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        return None


register_jobs(Heavy)
