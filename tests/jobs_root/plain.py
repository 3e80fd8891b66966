"""Jobs that tests run: each does one thing that a run can do."""

import logging
import os
import signal
import subprocess
import sys
import time

from webapp.jobs import (
    BooleanVar,
    ChoiceVar,
    Concurrency,
    DryRunVar,
    IntegerVar,
    Job,
    SoftTimeLimitExceeded,
    StringVar,
    TextVar,
    register_jobs,
)

name = "Plain things"


class Echo(Job):
    """Give the inputs back.

    The second paragraph is only on the job's page.
    """

    text = StringVar(max_length=20, description="Anything short.")
    count = IntegerVar(min_value=0, max_value=10, default=3)
    loud = BooleanVar()
    colour = ChoiceVar(choices=[("r", "Red"), ("g", "Green")], default="r")
    note = TextVar(required=False)
    dryrun = DryRunVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, **inputs):
        self.logger.info("text is %s", inputs["text"])
        return inputs


class NoInputs(Job):
    """Do nothing at all."""

    class Meta:
        name = "No inputs"
        has_sensitive_variables = False

    def run(self):
        return None


class Secretive(Job):
    """Keep what it was given to itself, as jobs do by default."""

    password = StringVar()

    def run(self, *, password):
        return len(password)


class Talk(Job):
    """Say something at every level, and through every other door."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        for level in ("debug", "info", "success", "warning", "failure", "error", "critical"):
            getattr(self.logger, level)("this is %s", level)
        print("printed")
        print("printed to stderr", file=sys.stderr)
        logging.getLogger("some.library").warning("logged by a library")
        subprocess.run(["echo", "said by a child"], check=True)
        self.logger.info("about a thing", extra={"object": "sw1", "grouping": "own group"})
        self.logger.info("NUL \0 and surrogate \ud800 end")


class Fail(Job):
    """Say itself that it failed."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        self.fail("%s things are wrong", 2)
        return {"wrong": 2}


class Raise(Job):
    """Raise an exception."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        self.logger.info("before")
        raise ValueError("bad rack", 7)


class Leave(Job):
    """Leave in a way that is not the end of run()."""

    how = ChoiceVar(choices=["sys.exit", "os._exit(0)", "os._exit(3)", "kill", "abort", "junk"])

    class Meta:
        has_sensitive_variables = False

    def run(self, *, how):
        self.logger.info("leaving by %s", how)
        if how == "sys.exit":
            sys.exit(3)
        if how.startswith("os._exit"):
            os._exit(int(how[9]))
        if how == "junk":
            for entry in os.listdir("/proc/self/fd"):
                try:
                    os.write(int(entry), b"\xff" * 100)
                except OSError:
                    continue
        os.kill(os.getpid(), signal.SIGKILL if how == "kill" else signal.SIGABRT)


class Sleep(Job):
    """Sleep, and say so; whoever stops it may catch the soft limit."""

    seconds = IntegerVar(default=60)
    catch = BooleanVar()

    class Meta:
        has_sensitive_variables = False
        soft_time_limit, time_limit = 1, 2

    def run(self, *, seconds, catch):
        try:
            time.sleep(seconds)
        except SoftTimeLimitExceeded:
            if not catch:
                raise
            self.logger.warning("caught the soft limit")
        return "awake"


class Deaf(Job):
    """Swallow everything that would stop it."""

    class Meta:
        has_sensitive_variables = False
        soft_time_limit, time_limit = 1, 2

    def run(self):
        while True:
            try:
                time.sleep(60)
            except BaseException:
                continue


def opened(entry):
    try:
        return os.readlink(f"/proc/self/fd/{entry}")
    except FileNotFoundError:  # the one with which the list was made
        return None


class Look(Job):
    """Report what the job's process can see of its worker."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        return {
            "settings": sorted(name for name in os.environ if name.startswith("JOBDECK_")),
            "path": os.environ.get("PATH"),
            "files": sorted(name for entry in os.listdir("/proc/self/fd") if (name := opened(entry))),
            "title": open("/proc/self/cmdline").read().strip("\0"),
        }


class Odd(Job):
    """Return what JSON cannot say."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        return {"set": {1}, 2: float("nan"), "nul": "a\0b", "error": ValueError("x"), "self": self}


class Many(Job):
    """Log many lines."""

    lines = IntegerVar(default=1200)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, lines):
        for number in range(1, lines + 1):
            self.logger.info("line %d", number)


class Elsewhere(Job):
    """Run on a queue of its own."""

    class Meta:
        has_sensitive_variables = False
        task_queues = ["lab", "default"]

    def run(self):
        return "done"


class Cancellable(Job):
    """Work in small steps, and clean up if somebody cancels it."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        self.logger.info("working")
        while True:
            time.sleep(0.05)

    def on_cancel(self):
        self.logger.info("cleaned up")


class Untidy(Job):
    """Wait to be cancelled, and fail to clean up."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        self.logger.info("waiting")
        time.sleep(60)

    def on_cancel(self):
        raise RuntimeError("the door is locked")


class Stubborn(Job):
    """Do not hear that it is cancelled, and do not obey where it hears it."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.logger.info("deaf from here on")
        while True:
            try:
                time.sleep(60)
            except BaseException:
                continue


class Singleton(Job):
    """Never go on twice at once."""

    seconds = IntegerVar(default=60)

    class Meta:
        has_sensitive_variables = False
        is_singleton = True

    def run(self, *, seconds):
        time.sleep(seconds)


class Exclusive(Job):
    """Go on once at each site; later ones wait."""

    site = StringVar()
    seconds = IntegerVar(default=60)

    class Meta:
        has_sensitive_variables = False
        concurrency = Concurrency(key="site:{site}")

    def run(self, *, site, seconds):
        time.sleep(seconds)


class Rejecting(Job):
    """Go on once; later ones end."""

    seconds = IntegerVar(default=60)

    class Meta:
        has_sensitive_variables = False
        concurrency = Concurrency(on_conflict="reject")

    def run(self, *, seconds):
        time.sleep(seconds)


class Replacing(Job):
    """Go on once; a later one takes the place of the earlier."""

    seconds = IntegerVar(default=60)

    class Meta:
        has_sensitive_variables = False
        concurrency = Concurrency(on_conflict="replace")

    def run(self, *, seconds):
        time.sleep(seconds)


class Flaky(Job):
    """Succeed at the third attempt; each leaves a line in a file."""

    file = StringVar(max_length=4096)

    class Meta:
        has_sensitive_variables = False
        idempotent, max_attempts, retry_backoff = True, 3, 0

    def run(self, *, file):
        with open(file, "a+") as counter:
            counter.write(f"{self.idempotency_key}\n")
            counter.seek(0)
            entered = len(counter.readlines())
        if entered < 3:
            raise RuntimeError(f"attempt {entered} fails")
        return entered


register_jobs(Echo, NoInputs, Secretive, Talk, Fail, Raise, Leave, Sleep, Deaf, Look, Odd, Many, Elsewhere)
register_jobs(Cancellable, Untidy, Stubborn, Singleton, Exclusive, Rejecting, Replacing, Flaky)
