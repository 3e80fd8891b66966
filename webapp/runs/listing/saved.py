"""Views of the Runs page that people have given names to, beside those that everybody has."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import sqlalchemy as sa

from webapp.accounts import preferences
from webapp.accounts.models import User
from webapp.db import transaction, writing
from webapp.errors import InvalidInputs, NotFound
from webapp.jobs.plain import storable
from webapp.runs.listing.asked import Asked, parse

KEPT = "runs.views"
"""The preference that holds them."""
MOST = 20
LONGEST_NAME = 40


@dataclass(frozen=True)
class View:
    """Filters by a name."""

    name: str
    query: str
    """As in addresses; see Asked."""
    id: str = ""
    """Empty of those that everybody has."""
    tally: str = ""
    """Which of the tallies says how many runs it shows, if one does."""
    key: str = ""
    """A key that leads to it."""


EVERYBODYS = (
    View("All", ""),
    View("Mine", "mine=yes"),
    View("Running", "state=running", tally="running"),
    View("Waiting", "state=queued", tally="waiting"),
    View("Failed in 24 h", "state=unsuccessful&period=24h", tally="failed", key="f"),
)


def views(user: User) -> list[View]:
    """Those that user has made, in the order in which they were."""
    return [View(kept["name"], kept["query"], kept["id"]) for kept in preferences.get(user, KEPT, [])]


def view(id: str, user: User) -> View:
    """The one of that id.

    :raises NotFound: user has none.
    """
    for each in views(user):
        if each.id == id:
            return each
    raise NotFound("There is no such view; perhaps you have deleted it in another window.")


def save(name: str, asked: Asked, user: User) -> View:
    """Keep what is asked for under name.

    :raises InvalidInputs: the name does not do, or there are enough. :raises NotPossible: they are too long together.
    """
    with transaction():
        kept = _own(user)
        if len(kept) >= MOST:
            raise InvalidInputs({"name": [f"You have {MOST} views, and cannot have more. Delete one first."]})
        made = View(_checked(name, kept), asked.query, secrets.token_hex(4))
        _keep([*kept, made], user)
    return made


def rename(id: str, name: str, user: User) -> None:
    """Call a view otherwise.

    :raises InvalidInputs: the name does not do. :raises NotFound: there is no such view. :raises NotPossible: they are
    too long together.
    """
    with transaction():
        kept = _own(user)
        view(id, user)
        checked = _checked(name, [each for each in kept if each.id != id])
        _keep([replace(each, name=checked) if each.id == id else each for each in kept], user)


def delete(id: str, user: User) -> None:
    """Forget a view; nothing happens if that is forgotten already."""
    with transaction():
        _keep([each for each in _own(user) if each.id != id], user)


def shown(asked: Asked, of: Sequence[View]) -> View | None:
    """The view that shows just what is asked for, if one does."""
    return next((each for each in of if parse(each.query).query == asked.query), None)


def _own(user: User) -> list[View]:
    """The views of user, which nobody else changes until the transaction ends."""
    # Not so firmly that runs could not be started meanwhile, which refer to the same row.
    writing().execute(sa.select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    return views(user)


def _keep(kept: Sequence[View], user: User) -> None:
    told = [{name: value for name, value in asdict(each).items() if name in ("id", "name", "query")} for each in kept]
    preferences.put(user, KEPT, told or None)


def _checked(name: str, others: Sequence[View]) -> str:
    """name as it is kept.

    :raises InvalidInputs: there is none, it is too long, or another one has it.
    """
    text = " ".join(storable(name).split())
    if not text:
        raise InvalidInputs({"name": ["Give the view a name."]})
    if len(text) > LONGEST_NAME:
        raise InvalidInputs({"name": [f"Give at most {LONGEST_NAME} characters."]})
    if text.casefold() in {each.name.casefold() for each in (*EVERYBODYS, *others)}:
        raise InvalidInputs({"name": [f"There is a view “{text}” already."]})
    return text
