"""What waits for somebody: features above say what needs a person, and Home shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app

from webapp.accounts.models import User

EXTENSION = "home_waiting"


@dataclass(frozen=True)
class Waiting:
    """One thing that somebody has to do."""

    text: str
    """What it is, as its link says it."""
    url: str
    since: datetime
    detail: str = ""


Ask = Callable[[User], Iterable[Waiting]]


def ask(app: Flask, question: Ask) -> None:
    """Let question say what waits for a user, whenever Home is shown to them."""
    app.extensions.setdefault(EXTENSION, []).append(question)


def waiting_for(user: User) -> Sequence[Waiting] | None:
    """What waits for user, what has waited longest first; None where nothing can."""
    questions: list[Ask] = current_app.extensions.get(EXTENSION, [])
    if not questions:
        return None
    return sorted((each for question in questions for each in question(user)), key=lambda each: each.since)
