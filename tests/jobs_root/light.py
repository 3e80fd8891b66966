"""Jobs that say nothing of objects in their files."""

import os
import sys

from webapp.jobs import Job, StringVar, register_jobs

HEAVY = ("flask", "redis", "werkzeug", "webapp.app")


class Surroundings(Job):
    """What its process has in memory, and where it is."""

    class Meta:
        has_sensitive_variables = False

    def run(self) -> dict[str, object]:
        """Tell."""
        settings = sorted(name for name in os.environ if name.startswith("JOBDECK_"))
        return {"heavy": [name for name in HEAVY if name in sys.modules], "folder": os.getcwd(), "settings": settings}


class Roundabout(Job):
    """Act on objects through another module, loaded late."""

    maker = StringVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, maker: str) -> str:
        """Give what the other module gives."""
        from _stock import made

        return made(self, maker)


register_jobs(Surroundings, Roundabout)
