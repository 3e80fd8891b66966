"""Who may do what with jobs, and how they came by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.accounts.holders import Holder, Way, groups_with, holders, ways_of
from webapp.accounts.models import User

MOST_PEOPLE = 200
"""Of those who hold a right, as many as a page names."""


@dataclass(frozen=True)
class Right:
    """Something that people may do with jobs."""

    permission: str
    title: str


RIGHTS = (
    Right("extras.run_job", "Run it"),
    Right("extras.view_job", "See it"),
    Right("extras.change_job", "Change it"),
    Right("extras.delete_job", "Delete it"),
    Right("extras.approve_job", "Approve its runs"),
)


@dataclass(frozen=True)
class Own:
    """How somebody holds a right; not at all if there are no ways."""

    right: Right
    ways: Sequence[Way]


@dataclass(frozen=True)
class Held:
    """Who holds a right."""

    right: Right
    holders: Sequence[Holder]
    """MOST_PEOPLE at most."""
    count: int
    groups: Sequence[str]


def own(user: User) -> list[Own]:
    """What user may do, and what not."""
    return [Own(right, ways_of(user, right.permission)) for right in RIGHTS]


def held() -> list[Held]:
    """Who may do what."""
    return [_held(right) for right in RIGHTS]


def _held(right: Right) -> Held:
    found = holders(right.permission)
    return Held(right, found[:MOST_PEOPLE], len(found), groups_with(right.permission))
