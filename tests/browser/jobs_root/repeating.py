"""A job that says whatever it is told to, in every place where a job can say something."""

import json
import time
from pathlib import Path

from webapp.jobs import BooleanVar, Job, StringVar, TextVar, register_jobs

SHORT, MOST_NAMES = 200, 80
ENDINGS = ("txt", "csv", "json", "md", "html", "svg", "log")
"""Of files that hold everything; pages show some of them."""


class Repeater(Job):
    """Repeat the texts that a file, once it is there, holds by name; then fail, or raise, with them."""

    texts = StringVar()
    notes = TextVar(required=False, summary=True)
    raises = BooleanVar(required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, texts, notes, raises):
        while not Path(texts).exists():
            time.sleep(0.02)
        texts = json.loads(Path(texts).read_text())
        for name, text in texts.items():
            self.repeat(name, text)
        self.file(texts)
        short = {name: text for name, text in texts.items() if len(text) < SHORT}
        everything = "\n".join(short.values())
        self.progress(1, 2, everything)
        if raises:
            raise RuntimeError(everything)
        self.fail(everything)
        return short

    def repeat(self, name, text):
        """One text as title, message, object and grouping; key and message of an item; in Markdown; printed."""
        self.logger.info(text, extra={"object": text, "grouping": text})
        self.logger.info(text, extra={"markdown": True, "grouping": "Markdown"})
        with self.group(text), self.item(text, key=name + text) as item:
            item.message = text
        if len(text) < SHORT and "\n" not in text:
            print(text)

    def file(self, texts):
        """Some of them as names of files, all of them as what files hold."""
        for text in [text for text in texts.values() if len(text) < SHORT][:MOST_NAMES]:
            self.create_file(text, text)
        everything = "\n".join(text[:SHORT] for text in texts.values())
        for ending in ENDINGS:
            self.create_file(f"everything.{ending}", everything.encode("utf-8", "replace"))
        self.create_file("values.json", json.dumps(texts))


register_jobs(Repeater)
