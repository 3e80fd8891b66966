"""What each filter of the Runs page means, as a condition and in words for people, or why it means nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from webapp.accounts.models import User
from webapp.accounts.permissions import may, visible
from webapp.catalogue.models import Job, JobQueue
from webapp.db import db, is_sqlite
from webapp.jobs.plain import has_surrogates
from webapp.runs.fulltext import asking, finding
from webapp.runs.listing import asked
from webapp.runs.listing.days import PERIODS, beginning, day_in, since
from webapp.runs.models import ACTIVE, FAILED, LOCAL, TRIGGERS, WORDS, Run, State, Trigger
from webapp.ui.pages import LARGEST

GONE = "deleted"
"""What ?job= says for the runs whose jobs have been deleted."""
YES, NO = "yes", "no"
QUOTED = re.compile('"([^"]+)"')
"""A text that is looked for as it is, whatever stands in it."""
NOBODY = "Nobody here has that name."
UNFINISHED, UNSUCCESSFUL = "unfinished", "unsuccessful"
STATES: dict[str, tuple[str, tuple[State, ...]]] = {
    UNFINISHED: ("Not over", (State.QUEUED, *ACTIVE)),
    UNSUCCESSFUL: ("Not successful", FAILED),
    **{
        word.lower().replace(" ", "_"): (word, tuple(state for state in State if WORDS[state] == word))
        for word in dict.fromkeys(WORDS.values())
    },
}
"""What ?state= may say: each word for a state, and two for several, with the states that it means."""
VALUES = {state: next(value for value, (word, _) in STATES.items() if word == WORDS[state]) for state in State}
"""What it says of each state alone."""
NO_STATE = "There is no such state."


@dataclass(frozen=True)
class Meaning:
    """What a value of a filter means."""

    words: str
    condition: sa.ColumnElement[bool]
    is_whole: bool = True
    """Whether there is no run that fits and was not looked at."""


def number_in(text: str) -> int | None:
    """The number of a run that text is, with or without its sign; None if it is no number of a run."""
    digits = text.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and int(digits) <= LARGEST else None


def meaning(name: str, value: str, user: User) -> Meaning:
    """What value of the filter name means for user.

    :raises ValueError: nothing; the text says why.
    """
    if "\0" in value or has_surrogates(value):
        raise ValueError("That text has characters that nothing here has.")
    return MEANINGS[name](value, user)


def _text(value: str, _user: User) -> Meaning:
    value = quoted[1] if (quoted := QUOTED.fullmatch(value)) else value
    number = number_in(value)
    named = _contains(Run.job_name, value)
    if number is not None:
        named = sa.or_(Run.number == number, named)
    return Meaning(f"“{value}”", named)


def _contains(column: InstrumentedAttribute[str], word: str) -> sa.ColumnElement[bool]:
    # LIKE of SQLite knows no case anyway.
    return column.contains(word, autoescape=True) if is_sqlite() else column.icontains(word, autoescape=True)


def _job(value: str, user: User) -> Meaning:
    if value == GONE:
        return Meaning("deleted", Run.job_id.is_(None))
    try:
        id = UUID(value)
    except ValueError:
        raise ValueError("No job is called so in an address.") from None
    name = db.session.scalar(visible(Job, user).with_only_columns(Job.name).where(Job.id == id))
    if name is None:
        raise ValueError("There is no such job, or you may not see it.")
    return Meaning(name, Run.job_id == id)


def _state(value: str, _user: User) -> Meaning:
    if value not in STATES:
        raise ValueError(NO_STATE)
    words, states = STATES[value]
    return Meaning(words, Run.state.in_(states))


def _user(value: str, user: User) -> Meaning:
    # Who may not see the runs of others must not find out either who there is.
    if value != user.username and not may(user, "extras.view_jobresult"):
        raise ValueError(NOBODY)
    id = db.session.scalar(sa.select(User.id).where(User.username == value))
    if id is not None:
        return Meaning(value, Run.user_id == id)
    # Whose account has been deleted is known by name only.
    gone = sa.and_(Run.user_id.is_(None), Run.user_name == value)
    if db.session.scalar(sa.select(Run.number).where(gone).limit(1)) is None:
        raise ValueError(NOBODY)
    return Meaning(value, gone)


def _mine(value: str, user: User) -> Meaning:
    _require_among(value, (YES,))
    return Meaning("Mine", Run.user_id == user.id)


def _queue(value: str, _user: User) -> Meaning:
    here = Run.queue == value
    known = sa.exists().where(JobQueue.name == value) | sa.exists().where(here)
    if value != LOCAL and not db.session.scalar(sa.select(known)):
        raise ValueError("There is no such queue.")
    return Meaning(value, here)


def _trigger(value: str, _user: User) -> Meaning:
    _require_among(value, tuple(Trigger))
    return Meaning(TRIGGERS[Trigger(value)], Run.trigger == Trigger(value))


def _period(value: str, user: User) -> Meaning:
    _require_among(value, tuple(PERIODS))
    return Meaning(PERIODS[value], Run.created_at >= since(value, user))


def _from(value: str, user: User) -> Meaning:
    return Meaning(value, Run.created_at >= beginning(day_in(value), user))


def _to(value: str, user: User) -> Meaning:
    return Meaning(value, Run.created_at < beginning(day_in(value) + timedelta(days=1), user))


def _dry(value: str, _user: User) -> Meaning:
    _require_among(value, (YES, NO))
    return Meaning({YES: "only", NO: "none"}[value], Run.dry_run.is_(value == YES))


def _pinned(value: str, _user: User) -> Meaning:
    _require_among(value, (YES,))
    return Meaning("only", Run.pinned_at.is_not(None))


def _log(value: str, _user: User) -> Meaning:
    wanted = asking.read(value)
    if wanted.problem:
        raise ValueError(wanted.problem)
    search = finding.search(wanted)
    return Meaning(f"“{value}”", search.condition, search.is_whole)


def _require_among(value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"Say {' or '.join(known)}.")


MEANINGS: dict[str, Callable[[str, User], Meaning]] = {
    asked.Q: _text,
    asked.JOB: _job,
    asked.STATE: _state,
    asked.USER: _user,
    asked.MINE: _mine,
    asked.QUEUE: _queue,
    asked.TRIGGER: _trigger,
    asked.PERIOD: _period,
    asked.FROM: _from,
    asked.TO: _to,
    asked.DRY: _dry,
    asked.PINNED: _pinned,
    asked.LOG: _log,
}
