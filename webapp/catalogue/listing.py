"""What the Jobs page shows: which jobs, in which order, and why some of them cannot be run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from zlib import crc32

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import may, visible
from webapp.catalogue.asked import ANY, BY_CHANGE, BY_GROUP, BY_LAST_RUN, NO, YES, Asked
from webapp.catalogue.history import switched_off_since
from webapp.catalogue.models import Favourite, Job
from webapp.catalogue.obstacles import Errors, Obstacle, by_module, for_want_of_approval, obstacle
from webapp.catalogue.service import load_errors
from webapp.catalogue.wording import label_of
from webapp.db import db, utcnow

LONGEST_NOTE = 400
"""Characters of a description in which its first line is looked for."""
NEW = timedelta(days=14)
"""For how long a job that nobody has switched on is called new."""
NOTHING = "[]"
LONG_AGO = datetime.min.replace(tzinfo=UTC)
# What a row says, and not a column more: most of a record is about its variables.
SHOWN = (
    *(Job.id, Job.name, Job.grouping, Job.module_name, Job.installed, Job.enabled, Job.hidden, Job.read_only),
    *(Job.supports_dryrun, Job.is_singleton, Job.approval_required),
    *(Job.is_job_hook_receiver, Job.is_job_button_receiver),
    *(Job.last_run_number, Job.last_run_state, Job.last_run_at),
    sa.func.substr(Job.description, 1, LONGEST_NOTE).label("description"),
    # As text, for most have none: reading 500 empty lists takes longer than asking for them.
    sa.cast(Job.overridden, sa.Text).label("overridden"),
    Favourite.job_id.is_not(None).label("favourite"),
)
CLASS_PATH = Job.module_name + "." + Job.job_class_name
TEXT = Job.name + "\n" + Job.grouping + "\n" + CLASS_PATH + "\n" + Job.description + "\n" + Job.variable_words
"""Where a search looks."""
MARKS = (
    ("supports_dryrun", "dry run"),
    ("read_only", "read-only"),
    ("is_singleton", "one at a time"),
    ("approval_required", "approval"),
    ("hidden", "hidden"),
)


class Entry(NamedTuple):
    """One job of the list."""

    id: str
    job: Any
    """A row of SHOWN."""
    obstacle: Obstacle | None
    """Why whoever looks cannot run it."""
    marks: str
    overridden: str
    """What an administrator decides instead of its class."""
    caution: str | None
    """What does not work for want of approval, in a sentence."""


@dataclass(frozen=True)
class Group:
    """Jobs that stand together; without a title all of them do."""

    title: str
    entries: Sequence[Entry]

    @property
    def key(self) -> str:
        """What a browser remembers it by."""
        return f"{crc32(self.title.encode()):x}"


@dataclass(frozen=True)
class Shelf:
    """The jobs that somebody has asked for."""

    groups: Sequence[Group]
    favourites: Sequence[Entry]
    """None where something is looked for in particular."""
    total: int
    left_out: int
    """How many more there are that whoever looks cannot run."""


def shelf(user: User, asked: Asked, errors: Errors) -> Shelf:
    """What user sees of the jobs."""
    runs = may(user, "extras.run_job")
    everything = _entries(_query(user, asked, errors), errors, runs)
    wanted = asked.can_run or (YES if runs and not asked.about_idle_jobs else ANY)
    entries = [entry for entry in everything if wanted == ANY or (entry.obstacle is None) == (wanted == YES)]
    return Shelf(
        groups=list(_grouped(entries, asked.sort)),
        favourites=[] if asked.narrowed else _liked(everything),
        total=len(entries),
        left_out=0 if asked.can_run else len(everything) - len(entries),
    )


def favourites(user: User) -> list[Entry]:
    """The jobs that user wants at hand, by name."""
    mine = sa.and_(Favourite.job_id == Job.id, Favourite.user_id == user.id)
    rows = db.session.execute(visible(Job, user).with_only_columns(*SHOWN).join(Favourite, mine)).all()
    errors = {} if all(row.installed for row in rows) else by_module(load_errors())
    runs = may(user, "extras.run_job")
    return sorted((_entry(row, errors, runs) for row in rows), key=_by_name)


def new_and_off(user: User) -> int:
    """How many jobs have come lately that nobody has switched on; those that are hidden are left out."""
    start = utcnow() - NEW
    query = visible(Job, user).where(
        *(Job.installed, ~Job.enabled, ~Job.hidden, Job.last_run_at.is_(None), Job.created_at > start),
        Job.id.not_in(switched_off_since(start)),
    )
    return db.session.scalar(query.with_only_columns(sa.func.count())) or 0


def sources(user: User) -> list[str]:
    """Where the code of the jobs comes from."""
    return list(db.session.scalars(visible(Job, user).with_only_columns(Job.source).distinct().order_by(Job.source)))


def _query(user: User, asked: Asked, errors: Errors) -> sa.Select[Any]:
    mine = sa.and_(Favourite.job_id == Job.id, Favourite.user_id == user.id)
    query = visible(Job, user).with_only_columns(*SHOWN).outerjoin(Favourite, mine)
    query = query.where(*_conditions(asked, errors))
    return query.order_by(Job.updated_at.desc()) if asked.sort == BY_CHANGE else query


def _conditions(asked: Asked, errors: Errors) -> Iterator[sa.ColumnElement[bool]]:
    flags = {Job.enabled: asked.enabled, Job.hidden: asked.hidden or NO, Job.supports_dryrun: asked.dry_run}
    for column, wanted in flags.items():
        if wanted in (YES, NO):
            yield column.is_(wanted == YES)
    if asked.installed == NO:
        yield ~Job.installed
    elif asked.installed != ANY and "" not in errors:
        # What does not load is there, and will be mended; what was removed is not.
        yield sa.or_(Job.installed, Job.module_name.in_(errors))
    if asked.source:
        yield Job.source == asked.source
    for word in asked.words:
        yield TEXT.icontains(word, autoescape=True)


def _entries(query: sa.Select[Any], errors: Errors, runs: bool) -> list[Entry]:
    return [_entry(row, errors, runs) for row in db.session.execute(query)]


def _entry(row: Any, errors: Errors, runs: bool) -> Entry:
    marks = " · ".join(words for name, words in MARKS if getattr(row, name))
    overridden = "" if row.overridden == NOTHING else ", ".join(map(label_of, json.loads(row.overridden)))
    return Entry(str(row.id), row, obstacle(row, errors, runs), marks, overridden, for_want_of_approval(row))


def _grouped(entries: list[Entry], sort: str) -> Iterator[Group]:
    """entries in that order, in groups where it is theirs."""
    if sort == BY_GROUP:
        entries.sort(key=_by_group)
        for title, members in groupby(entries, key=lambda entry: entry.job.grouping):
            yield Group(title, list(members))
    elif entries:
        if sort != BY_CHANGE:  # which the database has seen to
            entries.sort(key=_by_name)
        if sort == BY_LAST_RUN:
            entries.sort(key=lambda entry: entry.job.last_run_at or LONG_AGO, reverse=True)
        yield Group("", entries)


def _by_group(entry: Entry) -> tuple[str, str, str]:
    return entry.job.grouping.casefold(), entry.job.grouping, entry.job.name.casefold()


def _by_name(entry: Entry) -> str:
    name: str = entry.job.name.casefold()
    return name


def _liked(entries: Sequence[Entry]) -> list[Entry]:
    return sorted((entry for entry in entries if entry.job.favourite), key=_by_name)
