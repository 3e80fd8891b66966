"""Jobs whose data make trouble: too much of it, in odd shapes, or at the wrong time."""

import logging
import os
import threading
import time

from webapp.jobs import ChoiceVar, IntegerVar, Job, StringVar, TextVar, register_jobs

name = "Troublesome <b>data</b>"
MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}[x](javascript:alert(1))"


class Plain(Job):
    """What the jobs below have in common."""

    class Meta:
        has_sensitive_variables = False


class Endless(Plain):
    """Print a hundred megabytes without an end of line, past Python and through it."""

    megabytes = IntegerVar(default=100)

    def run(self, *, megabytes):
        piece = b"x" * 1_000_000
        for _ in range(megabytes):
            view = memoryview(piece)
            while view:
                view = view[os.write(1, view) :]
        for _ in range(megabytes // 10):
            print("y" * 1_000_000, end="")


class Marked(Plain):
    """Describe itself with <script>alert(2)</script> and *[links](javascript:alert(3))*."""

    text = TextVar(label="<i>label</i>", description="<u>help</u>", default=MARKUP)
    pick = ChoiceVar(choices=[(MARKUP, "<s>choice</s>"), ("b", "B")], default=MARKUP)

    class Meta:
        name = "<script>alert(4)</script>"
        has_sensitive_variables = False

    def run(self, *, text, pick):
        self.logger.info("%s", text, extra={"grouping": text, "object": Thing(text)})
        print(text)
        logging.getLogger("library").warning(text)
        raise ValueError(text, pick)


class Thing:
    def __init__(self, url):
        self.url = url

    def __str__(self):
        return self.url

    def get_absolute_url(self):
        return "javascript:alert(5)"


class Forging(Plain):
    """Put lines into its log, and everywhere else, that look as if somebody else had written them."""

    text = TextVar()

    def run(self, *, text):
        self.logger.info("first\r\n%s", text)
        os.write(2, f"second\r\n{text}\n".encode())
        logging.getLogger("third").error(text)
        raise RuntimeError(text)


class Lingering(Plain):
    """Leave a thread behind that goes on logging."""

    def run(self):
        def talk():
            number = 0
            while True:
                number += 1
                self.logger.info("thread %d", number)

        threading.Thread(target=talk, daemon=True).start()
        time.sleep(0.2)
        return "done"


class Waiting(Plain):
    """Leave a line in a file, and go on until a second file is there."""

    file = StringVar(max_length=4096)

    def run(self, *, file):
        with open(file, "a") as paper:
            paper.write("begun\n")
        while not os.path.exists(f"{file}.go"):
            time.sleep(0.01)
        self.logger.info("told to go on")
        return "done"


register_jobs(Endless, Marked, Forging, Lingering, Waiting)
