"""What tests of Home share: runs that have ended some time ago, and people who come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from uuid import uuid4

import pytest

from webapp.accounts import credentials
from webapp.db import transaction, utcnow
from webapp.runs.home import seen
from webapp.runs.models import Run, State


class Clock:
    """What time it is for visits and for Home."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self):
        return utcnow() + self.ahead

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.ahead += timedelta(**by)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """A clock that tests can put forward."""
    made = Clock()
    for module in (credentials, seen):
        monkeypatch.setattr(module, "utcnow", made.now)
    return made


@pytest.fixture
def ended(job, person, clock) -> Callable[..., int]:
    """Makes a run that has ended in that state so many minutes ago; gives its number."""

    def make(state: State = State.ERRORED, *, of: str | None = "NoInputs", minutes: float = 0, **values) -> int:
        return several([(state, of, minutes, values)])[0]

    def several(wanted) -> list[int]:
        with transaction() as session:
            rows = [Run(**_values(*each)) for each in wanted]
            session.add_all(rows)
            session.flush()
            return [row.number for row in rows]

    def _values(state, of, minutes, values):
        record, at = job(of) if of else None, clock.now() - timedelta(minutes=minutes)
        user = person(values.pop("who", "bob"))
        return {
            "id": uuid4(),
            "job_id": record and record.id,
            "job_name": record.name if record else "A job of yore",
            "class_path": "plain.Any",
            "user_id": user.id,
            "user_name": user.username,
            "queue": "default",
            "state": state,
            "sensitive": False,
            "soft_time_limit": 300,
            "time_limit": 600,
            "fingerprint": "",
            "created_at": at,
            "started_at": at,
            "ended_at": at,
            **values,
        }

    make.several = several
    return make


class _Sections(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.names: list[str] = []

    def handle_starttag(self, tag, attributes) -> None:
        if tag in ("section", "aside", "main"):
            told = dict(attributes)
            self.names.append(told.get("aria-labelledby", "").removesuffix("-title") or told.get("aria-label", ""))

    def handle_endtag(self, tag) -> None:
        if tag in ("section", "aside", "main"):
            self.names.pop()

    def handle_data(self, data) -> None:
        for name in self.names:
            self.found.setdefault(name, []).append(data)


def parts(text: str) -> dict[str, str]:
    """What each section of the page says, by its name."""
    parser = _Sections()
    parser.feed(text)
    return {name: " ".join(unescape(" ".join(told)).split()) for name, told in parser.found.items()}
