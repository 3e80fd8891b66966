"""Jobs that speak to their supervisor themselves, and say what no job may."""

import json
import multiprocessing
import os
import stat
import struct
import subprocess
import sys
import time

from webapp.jobs import ChoiceVar, Concurrency, IntegerVar, Job, StringVar, register_jobs

FRAMES = {
    "an end without content": ["finished"],
    "an end that is none": ["finished", {"state": "queued"}],
    "an end with more": ["finished", {"state": "success", "colour": "red"}],
    "a line from never": ["log", float("inf"), "info", "run", "never", "", ""],
    "a line of the wrong types": ["log", "now", 1, None, {}, [], True],
    "an unknown word": ["hello"],
    "readiness again": ["ready"],
    "a refusal of the wrong types": ["refused", {"why": "\ud800\0"}, 7],
    "a refusal of too much": ["refused", "a", "b", "c"],
    "no list": {"finished": True},
}


def channel():
    """The descriptor of the socket to the supervisor."""
    for entry in os.listdir("/proc/self/fd"):
        try:
            if int(entry) > 2 and stat.S_ISSOCK(os.fstat(int(entry)).st_mode):
                return int(entry)
        except OSError:
            continue
    raise LookupError("there is no socket")


class Liar(Job):
    """Send a frame that is well formed and wrong."""

    frame = ChoiceVar(choices=[*FRAMES, "a deep one"])

    class Meta:
        has_sensitive_variables = False

    def run(self, *, frame):
        body = "[" * 100_000 if frame == "a deep one" else json.dumps(FRAMES[frame])
        os.write(channel(), struct.pack(">I", len(body)) + body.encode())
        self.logger.info("sent")


class Pretender(Job):
    """Announce a success, and leave as no success does."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        ending = {"state": "success", "result": None, "reason": "", "error": None, "traceback": None}
        body = json.dumps(["finished", ending]).encode()
        os.write(channel(), struct.pack(">I", len(body)) + body)
        os._exit(3)


def talk(name):
    print(f"{name} speaks")
    sys.stdout.flush()


class Family(Job):
    """Let children of all kinds print."""

    class Meta:
        has_sensitive_variables = False

    def run(self):
        child = multiprocessing.get_context("fork").Process(target=talk, args=("a fork",))
        child.start()
        child.join()
        subprocess.run(["echo", "a program speaks"], stdout=sys.stdout, check=True)
        sys.stdout.buffer.write(b"bytes speak\n")


class Beating(Job):
    """Write down every 50 ms that it is alive, and heed nothing that would stop it."""

    file = StringVar()
    seconds = IntegerVar(default=60)
    lines = IntegerVar(default=1, description="At each beat.")

    class Meta:
        has_sensitive_variables = False
        soft_time_limit, time_limit = 1, 2

    def run(self, *, file, seconds, lines):
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            try:
                with open(file, "a") as beats:
                    beats.write(f"{time.monotonic()}\n")
                for _ in range(lines):
                    number += 1
                    self.logger.info("line %s", number)
                time.sleep(0.05)
            except BaseException:
                continue


class Chatting(Beating):
    """The same without limits that matter."""

    class Meta:
        has_sensitive_variables = False
        soft_time_limit, time_limit = 300, 600


class Exclusively(Chatting):
    """The same, and no two of them at once."""

    class Meta:
        has_sensitive_variables = False
        soft_time_limit, time_limit = 300, 600
        concurrency = Concurrency()


register_jobs(Liar, Pretender, Family, Beating, Chatting, Exclusively)
