"""What jobs use of objects; no job of its own."""

from webapp.inventory import Manufacturer, get
from webapp.jobs import Job


def made(job: Job, name: str) -> str:
    """Make a manufacturer; gives the name of what is found by it."""
    with job.changes() as changes:
        changes.add(Manufacturer(name=name))
    return get(Manufacturer, name=name).name
