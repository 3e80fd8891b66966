"""Jobs that tell how far they have come, in groups and items."""

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from webapp.jobs import ChoiceVar, IntegerVar, Job, JobButtonReceiver, JobHookReceiver, StringVar, register_jobs


class Device:
    def __init__(self, id, name):
        self.id, self.name = id, name

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/devices/{self.id}"


class Backup(Job):
    """Back up four devices, of which each comes to another end."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        self.logger.info("before")
        with self.group("Access switches"):
            self.logger.info("in the group")
            for number, name in enumerate(("sw-1", "sw-2", "sw-3", "sw-4"), start=1):
                self.progress(number, 4, name)
                with self.item(Device(number, name), keep_going=True) as item:
                    self.back_up(item, name)
        self.logger.info("after")
        return "done"

    def back_up(self, item, name):
        with self.group("Connect"):
            self.logger.info("connecting to %s", name)
            print(f"printed for {name}")
        if name == "sw-2":
            self.fail("no room on %s", name)
        elif name == "sw-3":
            item.skip("switched off")
        elif name == "sw-4":
            raise TimeoutError("no answer")
        else:
            item.message = "12 files"


class Stop(Job):
    """End by force, or be stopped, in the middle of an item."""

    how = ChoiceVar(choices=["kill", "wait", "raise"])

    class Meta:
        has_sensitive_variables = False

    def run(self, *, how):
        self.progress(1, 3, "first")
        with self.item("first"):
            pass
        with self.group("Second half"), self.item("second", key=2):
            self.logger.info("at work")
            if how == "raise":
                raise ValueError("bad rack")
            if how == "wait":
                time.sleep(60)
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGKILL)


class Count(Job):
    """Say how far it has come, very often."""

    to = IntegerVar(default=20_000)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, to):
        for done in range(1, to + 1):
            self.progress(done, to, f"step {done}")
        time.sleep(0.5)


class Crowd(Job):
    """Work on many items in threads."""

    items = IntegerVar(default=200)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, items):
        def work(number):
            with self.item(f"item {number}", key=number):
                self.logger.info("line of %d", number)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(items)))


class Again(Job):
    """Work on two items at each of two attempts."""

    file = StringVar(max_length=4096)

    class Meta:
        has_sensitive_variables = False
        idempotent, max_attempts, retry_backoff = True, 2, 0

    def run(self, *, file):
        with open(file, "a+") as counter:
            counter.write("x")
        attempt = os.path.getsize(file)
        self.progress(attempt, 9)
        for name in ("one", "two"):
            with self.item(name):
                self.logger.info("attempt %d", attempt)
        if attempt == 1:
            raise RuntimeError("once more")


class Deep(Job):
    """Nest groups deeper than anybody reads."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        self.nest(20)

    def nest(self, more):
        with self.group(f"level {more}"):
            if more:
                self.nest(more - 1)
            self.logger.info("at %d", more)


class Liar(Job):
    """Send what no job may say of groups and progress."""

    what = ChoiceVar(choices=["mark", "state", "number", "group", "progress", "endless"])

    class Meta:
        has_sensitive_variables = False

    def run(self, *, what):
        line = {"at": 0, "level": "info", "grouping": "run", "message": "x", "object": "", "url": "", "group": 0}
        marks = {"mark": ["hell", 1], "state": ["end", 1, "great", ""], "number": ["item", "one", "k", ""]}
        with self.item("one") as item:
            if what == "progress":
                self._tell(type("Told", (), {"done": "x", "total": [], "text": 7})())
            elif what == "endless":
                self._tell(type("Told", (), {"done": float("inf"), "total": 1, "text": ""})())
            elif what == "group":
                self.logger.send({**line, "group": {}})
            else:
                mark = marks[what]
                self.logger.send({**line, "mark": [mark[0], item.number if mark[1] == 1 else mark[1], *mark[2:]]})
            time.sleep(0.5)
        sys.exit(1)


class Hooked(Job):
    """Say which of its methods are called."""

    how = ChoiceVar(choices=["pass", "fail", "raise", "fail early", "raise early"])

    class Meta:
        has_sensitive_variables = False

    def before_start(self, task_id, args, kwargs):
        self.tell(task_id, args, kwargs)
        if kwargs["how"] == "fail early":
            self.fail("too early")
            return "early"
        if kwargs["how"] == "raise early":
            raise ValueError("too early")
        return None

    def run(self, *, how):
        self.logger.info("run")
        if how == "fail":
            self.fail("it failed")
        if how == "raise":
            raise ValueError("it raised")
        return True

    def on_success(self, retval, task_id, args, kwargs):
        self.tell(retval, task_id, args, kwargs)

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        self.tell(exc, task_id, args, kwargs, einfo and einfo.type.__name__)

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        self.tell(status, retval, task_id, args, kwargs, einfo and einfo.type.__name__)

    def tell(self, *arguments):
        self.logger.info("%s", arguments, stacklevel=2)


class Myself(Job):
    """Say what it knows of its run."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        result = self.job_result
        self.logger.info("look here", extra={"object": result})
        return {
            "user": str(self.user),
            "superuser": self.user.is_superuser,
            "number": result.number,
            "id": result.id,
            "name": result.name,
            "path": result.task_name,
            "queue": result.celery_kwargs["queue"],
            "attempt": result.attempt,
            "created": result.date_created.isoformat(),
        }


class Levels(Job):
    """Log a line of most levels."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        self.logger.info("left out", extra={"skip_db_logging": True})
        self.logger.info("not left out")
        self.logger.info("second")
        self.logger.info("third")
        self.logger.success("good")
        self.logger.warning("warm")
        self.logger.warning("warmer")
        for level in ("failure", "error", "critical"):
            getattr(self.logger, level)("hot")


class OnChange(JobHookReceiver):
    """Hear of changes."""

    def receive_job_hook(self, change, action, changed_object):
        self.logger.info("%s %s", action, changed_object)


class OnButton(JobButtonReceiver):
    """Be a button."""


register_jobs(OnChange, OnButton, Levels)
register_jobs(Backup, Stop, Count, Crowd, Again, Deep, Liar, Hooked, Myself)
