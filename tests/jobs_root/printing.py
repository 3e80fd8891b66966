"""A job that says what its tests tell it to say."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from threading import Thread

from webapp.jobs import Job, SecretVar, TextVar, register_jobs


class Printing(Job):
    """Follow steps: each is a word and what belongs to it."""

    steps = TextVar()
    password = SecretVar(required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, steps, password):
        self.follow(json.loads(steps))

    def follow(self, steps):
        for word, *told in steps:
            getattr(self, f"do_{word}")(*told)

    def do_print(self, text):
        print(text)

    def do_err(self, text):
        print(text, file=sys.stderr)

    def do_child(self, text):
        subprocess.run(["printf", "%b", text], check=True)

    def do_log(self, level, text):
        getattr(self.logger, level)(text)

    def do_extra(self, text, extra):
        self.logger.info(text, extra=extra)

    def do_library(self, text):
        logging.getLogger("some.library").warning(text)

    def do_thread(self, steps):
        thread = Thread(target=self.follow, args=(steps,))
        thread.start()
        thread.join()

    def do_group(self, title, steps):
        with self.group(title):
            self.follow(steps)

    def do_item(self, title, steps):
        with self.item(title, keep_going=True):
            self.follow(steps)

    def do_raise(self):
        raise ValueError("bad rack")

    def do_print_exc(self):
        try:
            try:
                self.do_raise()
            except ValueError:
                {}["rack"]
        except KeyError:
            traceback.print_exc()

    def do_child_raises(self):
        subprocess.run([sys.executable, "-c", "import json\njson.loads('{')"], check=False)

    def do_progress(self, *states):
        for state in states:
            sys.stderr.write(state)
            sys.stderr.flush()

    def do_await(self, path):
        while not Path(path).exists():
            time.sleep(0.01)

    def do_kill(self):
        os.kill(os.getpid(), signal.SIGKILL)


register_jobs(Printing)
