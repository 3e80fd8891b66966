"""Who changes something: whoever was appointed, else who is signed in, else somebody at the shell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import g, has_request_context
from flask_login import current_user

from webapp.accounts.models import User
from webapp.changes.models import Context

SHELL = "the shell"


@dataclass(frozen=True)
class Actor:
    """Who or what a change is put down to."""

    user_id: UUID | None
    name: str
    run_number: int | None = None
    request_id: UUID | None = None
    """What all that it does at once has in common: of a run its id."""

    @property
    def columns(self) -> dict[str, Any]:
        """What a row of Change says of it."""
        return {"user_id": self.user_id, "user_name": self.name, "run_number": self.run_number}


_APPOINTED: ContextVar[Actor | None] = ContextVar("appointed", default=None)


@contextmanager
def acting(
    user: User | None, name: str | None = None, run_number: int | None = None, request_id: UUID | None = None
) -> Iterator[None]:
    """Put down what is changed inside to user, or to what is called name; and to a run, where one does it, whose id is
    request_id then.

    :raises ValueError: there is neither a user nor a name.
    """
    if user is None and not name:
        raise ValueError("whoever acts has a name")
    actor = Actor(user.id if user else None, name or str(user), run_number, request_id)
    before = _APPOINTED.set(actor)
    try:
        yield
    finally:
        _APPOINTED.reset(before)


def appointed() -> Actor | None:
    """Who acting() has put in charge, if it has anybody."""
    return _APPOINTED.get()


def actor_in_charge() -> Actor:
    """Who acts at this moment."""
    actor = appointed()
    if actor is not None:
        return actor
    if has_request_context() and current_user.is_authenticated:
        return Actor(current_user.id, str(current_user))
    return Actor(None, SHELL)


def context_of(actor: Actor) -> Context:
    """By what way actor changes something at this moment."""
    if actor.run_number is not None:
        return Context.JOB
    return Context.WEB if has_request_context() else Context.ORM


def request_in_hand() -> UUID | None:
    """What all changes of the request that is being answered have in common, if one is."""
    if not has_request_context():
        return None
    found: UUID = g.setdefault("change_request_id", uuid4())
    return found
