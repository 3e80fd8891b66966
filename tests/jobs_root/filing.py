"""Jobs that take files and make some."""

import hashlib
import os
import time

from webapp.jobs import (
    ChoiceVar,
    DateVar,
    FileVar,
    IntegerVar,
    Job,
    JSONVar,
    MultiChoiceVar,
    StringVar,
    register_jobs,
)

name = "Files"


def told(file):
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    return {"name": file.name, "size": file.size, "type": file.content_type, "same": digest.hexdigest() == file.sha256}


class Read(Job):
    """Read the files that it is given, in several ways."""

    plan = FileVar(description="What to do.")
    notes = FileVar(required=False, max_size=1000, extensions=["txt", ".MD"])
    text = StringVar(required=False)
    document = JSONVar(required=False)
    colours = MultiChoiceVar(choices=["red", "green", "blue"], required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, plan, notes, text, document, colours):
        with plan:
            first = next(iter(plan), b"").decode("utf-8", "replace")
            plan.seek(0)
            whole = len(plan.read())
            about = told(plan)
        about |= {"first": first[:100], "whole": whole, "notes": notes and notes.read().decode()}
        return about | {"text": text, "document": document, "colours": colours}


class Optional(Job):
    """Say what it is given; each input has a default, and may be nothing."""

    plan = FileVar(required=False)
    several = MultiChoiceVar(choices=["", "a", "b"], default=["a"], required=False)
    text = StringVar(default="as ever", required=False)
    number = IntegerVar(default=4, required=False)
    document = JSONVar(default={"a": 1}, required=False)
    day = DateVar(default="2026-03-31", required=False)
    one = ChoiceVar(choices=["x", "y"], default="y", required=False)
    choice = ChoiceVar(choices=[(1, "One"), (2, "Two")], default=1, required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, **inputs):
        return list(inputs)


class ReadInConfidence(Job):
    """Read a file that nobody else may read."""

    plan = FileVar()

    def run(self, *, plan):
        return told(plan)


class Hold(Job):
    """Say where the bytes of its file are, and wait for the end."""

    plan = FileVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, plan):
        self.logger.info(os.readlink(f"/proc/self/fd/{plan.fileno()}"))
        time.sleep(60)


class Make(Job):
    """Make files of these names and sizes."""

    files = JSONVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, files):
        made = [self.create_file(name, b"x" * size) for name, size in files]
        return [[file.name, file.size, file.sha256, file.url] for file in made]


class MakeText(Job):
    """Make a file of text."""

    content = StringVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, content):
        self.create_file("text.txt", content + "\ud800")
        try:
            self.create_file("wrong", 7)
        except TypeError as error:
            return str(error)


class MakeAndWait(Job):
    """Make a file, at once or when another one is there, then wait for the end."""

    size = IntegerVar(default=600_000)
    when = StringVar(required=False, max_length=4096)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, size, when):
        self.logger.info("ready")
        while when and not os.path.exists(when):
            time.sleep(0.02)
        self.create_file("early.bin", b"e" * size)
        self.logger.info("made")
        time.sleep(60)


class MakeTwice(Job):
    """Make a file at each attempt, and fail at the first."""

    class Meta:
        has_sensitive_variables = False
        idempotent, max_attempts, retry_backoff = True, 2, 0

    def run(self):
        self.create_file("attempt.txt", "made")
        if self.job_result.attempt == 1:
            raise RuntimeError("again")


register_jobs(Read, Optional, ReadInConfidence, Hold, Make, MakeText, MakeAndWait, MakeTwice)
