"""What is done to several jobs at once: those that can be changed are, and of the others it is said why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from webapp.accounts.models import User
from webapp.accounts.permissions import require, visible
from webapp.catalogue import deciding
from webapp.catalogue.deciding import declared
from webapp.catalogue.models import Job
from webapp.catalogue.turns import alone
from webapp.db import db
from webapp.errors import InvalidInputs

MOST_NAMED = 5
"""How many jobs a sentence names."""

Values = Mapping[str, object]


@dataclass
class Done:
    """What became of each of the jobs."""

    word: str
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    refused: dict[str, list[str]] = field(default_factory=dict)
    """Names of jobs by the reason."""

    @property
    def sentences(self) -> Iterator[tuple[str, str]]:
        """Categories of messages, with what they say."""
        if self.changed:
            yield "success", f"{_named(self.changed)} {_are(self.changed)} {self.word} now."
        if self.same:
            yield "info", f"{_named(self.same)} {_were(self.same)} {self.word} already."
        for reason, names in self.refused.items():
            yield "warning", f"{_named(names)} {_are(names)} not {self.word}: {reason}"


@dataclass(frozen=True)
class Action:
    """Something that can be done to several jobs."""

    label: str
    word: str
    """What they are afterwards."""
    holds: Callable[[Job], bool]
    """Whether a job is so already."""
    values: Callable[[Job], Values]
    """What has to be decided for it."""


def act(name: str, ids: Sequence[UUID], by: User) -> Done:
    """Do the action of that name to the jobs with these ids, as far as it can be done.

    :raises NotAllowed: by may not change jobs.
    :raises InvalidInputs: there is no such action.
    """
    require(by, "extras.change_job")
    if name not in ACTIONS:
        raise InvalidInputs({"action": [f"Must be one of {', '.join(ACTIONS)}."]})
    action = ACTIONS[name]
    with alone():
        done, wanted = _sorted_out(action, ids, by)
        for values, jobs in wanted:
            deciding.decide(jobs, values, by)
    return done


def _sorted_out(action: Action, ids: Sequence[UUID], by: User) -> tuple[Done, list[tuple[Values, list[Job]]]]:
    """What can be told beforehand, and what is left to decide of which jobs."""
    done, wanted = Done(action.word), list[tuple[Values, list[Job]]]()
    jobs = db.session.scalars(visible(Job, by).where(Job.id.in_(ids)).order_by(Job.name)).all()
    for job in jobs:
        values = action.values(job)
        if action.holds(job):
            done.same.append(job.name)
        elif values.get("enabled") and not job.installed:
            done.refused.setdefault(deciding.GONE, []).append(job.name)
        else:
            done.changed.append(job.name)
            _put(wanted, values, job)
    return done, wanted


def _put(wanted: list[tuple[Values, list[Job]]], values: Values, job: Job) -> None:
    for known, jobs in wanted:
        if known == values:
            jobs.append(job)
            return
    wanted.append((values, [job]))


def _hiding(hidden: bool) -> Callable[[Job], Values]:
    """What makes a job hidden, or not: its class where that says the same, else an override."""

    def values(job: Job) -> Values:
        if declared(job, "hidden") == hidden:
            return {"hidden_override": False}
        return {"hidden": hidden, "hidden_override": True}

    return values


ACTIONS = {
    "enable": Action("Enable", "switched on", lambda job: job.enabled, lambda job: {"enabled": True}),
    "disable": Action("Disable", "switched off", lambda job: not job.enabled, lambda job: {"enabled": False}),
    "hide": Action("Hide", "hidden", lambda job: job.hidden, _hiding(True)),
    "show": Action("Show again", "shown", lambda job: not job.hidden, _hiding(False)),
}


def _named(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{len(names)} jobs ({', '.join(names[:MOST_NAMED])} …)"


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _were(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"
