"""A job that leaves more behind than it should."""

import subprocess
import time

from webapp.jobs import Job, StringVar, register_jobs


class Daemon(Job):
    """Start a program in a session of its own, write its number to a file, and go on."""

    file = StringVar(max_length=4096)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, file):
        daemon = subprocess.Popen(["sleep", "600"], start_new_session=True)
        with open(file, "w") as paper:
            paper.write(f"{daemon.pid}\n")
        time.sleep(600)


register_jobs(Daemon)
