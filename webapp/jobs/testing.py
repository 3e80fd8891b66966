"""Running a job in a plain test, without database, queue or worker.

ran = run_job(RenameDevice, new_name="leaf-1")
assert ran.state == "success"
assert "Renamed to leaf-1" in ran.messages("success")
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from webapp.jobs.job import BaseJob
from webapp.jobs.logger import Line
from webapp.jobs.running import Outcome, perform
from webapp.jobs.variables import collect, parse_all


@dataclass(frozen=True)
class Ran(Outcome):
    """An outcome with the lines that the job has logged."""

    log: list[Line] = field(default_factory=list)

    def messages(self, level: str | None = None) -> list[str]:
        """The messages of all lines, or of those of one level."""
        return [line["message"] for line in self.log if level in (None, line["level"])]


def run_job(job_class: type[BaseJob], **inputs: Any) -> Ran:
    """Run job_class with these inputs, checked like those of a form; what is left out has its default.

    :raises ValueError: an input does not fit; the text names it.
    """
    values, errors = parse_all(collect(job_class), inputs)
    if errors:
        raise ValueError("; ".join(f"{name}: {' '.join(texts)}" for name, texts in errors.items()))
    log: list[Line] = []
    outcome = perform(job_class, values, log.append)
    return Ran(**asdict(outcome), log=log)
