"""What two runs were given: what differs, and what does not. Secrets are not compared, as nobody has kept them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.accounts.models import User
from webapp.inputs.handing import MOST_SHOWN, with_labels
from webapp.jobs.variables import variables_of
from webapp.runs.models import Run
from webapp.runs.page import given
from webapp.runs.page.given import Input

FILE = {"id", "name", "size", "sha256"}
ABSENT = object()
"""Equals nothing that a run was given."""


@dataclass(frozen=True)
class Pair:
    """One input of both runs; None for one that was not given it."""

    label: str
    left: Input | None
    right: Input | None
    gone: list[Any] = field(default_factory=list)
    """Of two lists: what only the first has, as people read it."""
    new: list[Any] = field(default_factory=list)
    """What only the second has."""
    shared: int = 0
    """How many values both have."""
    lists: bool = False
    """Whether they are shown by what only one of them has."""


@dataclass(frozen=True)
class Inputs:
    """The inputs of two runs."""

    differing: list[Pair] = field(default_factory=list)
    same: list[Pair] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)
    """Labels of those that are secret: whether they are the same, nobody can say."""
    hidden: list[int] = field(default_factory=list)
    """The numbers of the runs whose inputs are not kept."""


def of(left: Run, right: Run, user: User) -> Inputs:
    """The inputs of both runs as user may read them."""
    hidden = [run.number for run in (left, right) if run.sensitive]
    if hidden:
        return Inputs(hidden=hidden)
    one, other = ({each.name: each for each in given.of(run, user) or []} for run in (left, right))
    found = Inputs()
    for name in dict.fromkeys((*other, *one)):
        was, now = one.get(name), other.get(name)
        label = (now or was or other[name]).label
        if (was and was.secret) or (now and now.secret):
            found.secret.append(label)
        elif _plain(left, name) == _plain(right, name):
            found.same.append(Pair(label, was, now))
        else:
            found.differing.append(_pair(label, name, left, right, user, was, now))
    return found


def _pair(label: str, name: str, left: Run, right: Run, user: User, was: Input | None, now: Input | None) -> Pair:
    one, other = _plain(left, name), _plain(right, name)
    if not (_is_list(one) and _is_list(other)):
        return Pair(label, was, now)
    ours, theirs = set(one), set(other)
    gone, new = [each for each in one if each not in theirs], [each for each in other if each not in ours]
    if not gone and not new:  # only their order differs, or how often one comes
        return Pair(label, was, now)
    told = _told(left, name, gone, user), _told(right, name, new, user)
    return Pair(label, was, now, *told, len(one) - len(gone), True)


def _told(run: Run, name: str, values: list[Any], user: User) -> list[Any]:
    variables = variables_of(run.job.variables) if run.job else {}
    [shown] = with_labels({name: variables[name]} if name in variables else {}, [{name: values}], user)
    labels: list[Any] = shown[name]
    if len(labels) <= MOST_SHOWN + 1:  # a list of objects is as short already
        return labels
    return [*labels[:MOST_SHOWN], f"and {len(labels) - MOST_SHOWN:,} more"]


def _plain(run: Run, name: str) -> Any:
    """What run was given for name; of a file what is in it, whatever it is called."""
    value = (run.inputs or {}).get(name, ABSENT)
    return value["sha256"] if isinstance(value, Mapping) and value.keys() == FILE else value


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str | int) for one in value)
