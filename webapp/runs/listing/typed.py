"""What people type into the box of the Runs page: `backup state:failed -user:ann since:24h log:"link down"`.

It means no more than the filters do: each `key:value` becomes one of them, and what is left is a part of a job's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.jobs.plain import has_surrogates
from webapp.runs.listing import asked as names
from webapp.runs.listing.asked import Asked
from webapp.runs.listing.days import PERIODS
from webapp.runs.listing.meanings import NO, NO_STATE, QUOTED, STATES, VALUES, YES

TERM = re.compile(
    r"""
    (?P<minus>-?)(?P<key>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]*))(?=\s|$)
    | "(?P<text>[^"]*)"(?=\s|$)
    | (?P<word>[^\s"]+)(?=\s|$)
    """,
    re.VERBOSE,
)
KEY = re.compile(r"(?:^|\s)-?[A-Za-z]+:")
SINCE, UNTIL, ME = "since", "until", "me"
KEYS = (
    *(names.JOB, names.STATE, names.USER, names.QUEUE, names.TRIGGER, SINCE, UNTIL),
    *(names.DRY, names.PINNED, names.LOG),
)
PLACES = {names.USER: (names.USER, names.MINE), SINCE: (names.PERIOD, names.FROM), UNTIL: (names.TO,)}
"""The filters that a key may become, of those whose own filter is not the only one; what is typed takes their place."""
WORDS = {"waiting": "queued", "success": "succeeded", "failure": "failed"}
"""Other words for states."""
EVERY = tuple(dict.fromkeys(VALUES.values()))
SUGGESTED = (
    *(f"{names.STATE}:{value}" for value in STATES),
    *(f"{SINCE}:{value}" for value in PERIODS),
    *(f"{names.USER}:{ME}", f"{names.DRY}:{YES}", f"{names.DRY}:{NO}", f"{names.PINNED}:{YES}"),
)
UNCLOSED = "A quotation mark is not closed."
NOT_LEFT_OUT = "Only states and dry runs can be left out, as in -state:succeeded or -dry:yes."
UNKNOWN = "There is no “{}:” here, but {}. Put into quotes, it is looked for in the names of jobs."
EMPTY = "“{0}:” needs a value, as in {0}:{1}."
ONCE = "“{}:” can be said once only."
NONE_LEFT = "That leaves no state."
NO_JOB = "No job has that in its name."
SEVERAL_JOBS = "Several jobs have “{}” in their names: say which one, or leave the other words out."
EXAMPLES = {names.STATE: "failed", SINCE: "24h", UNTIL: "2026-01-31", names.DRY: YES, names.PINNED: YES}


@dataclass(frozen=True)
class Term:
    """A part of what was typed; a text without a key is looked for in the names of jobs."""

    key: str
    value: str
    without: bool = False


def filters(asked: Asked, user: User) -> Asked:
    """The same with what is typed in asked as the filters that it means.

    :raises ValueError: some of it means nothing; the text says what.
    """
    text = asked[names.Q]
    if not KEY.search(text) or QUOTED.fullmatch(text) or "\0" in text or has_surrogates(text):
        return asked
    terms = list(_terms(text))
    replaced = {names.Q, *(name for term in terms for name in PLACES.get(term.key, (term.key,)))}
    kept = {name: values for name, values in asked.filters.items() if name not in replaced}
    together = {**kept, **_meant(terms, user)}
    return Asked({name: together[name] for name in names.NAMES if name in together})


def _meant(terms: list[Term], user: User) -> dict[str, tuple[str, ...]]:
    """The filters that terms are.

    :raises ValueError: one of them means nothing, or not beside the others.
    """
    words = " ".join(term.value for term in terms if not term.key)
    meant: dict[str, tuple[str, ...]] = {names.Q: (_quoted(words),)} if words else {}
    if states := _states([term for term in terms if term.key == names.STATE]):
        meant[names.STATE] = states
    single = [term for term in terms if term.key not in ("", names.STATE)]
    _require_once([term.key for term in single])
    for term in single:
        name, value = _filter(term, user)
        if name in meant:
            raise ValueError(SEVERAL_JOBS.format(term.value))
        meant[name] = (value,)
    return meant


def _require_once(keys: list[str]) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(ONCE.format(key))


def _quoted(text: str) -> str:
    return f'"{text}"' if KEY.search(text) else text


def _terms(text: str) -> Iterator[Term]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = TERM.match(text, place)
        if found is None:
            raise ValueError(UNCLOSED)
        place = found.end()
        yield _term(found)


def _term(found: re.Match[str]) -> Term:
    if found["key"] is None:
        return Term("", found["word"] if found["text"] is None else found["text"])
    key, value = found["key"].lower(), (found["value"] if found["quoted"] is None else found["quoted"]).strip()
    if key not in KEYS:
        raise ValueError(UNKNOWN.format(found["key"], ", ".join(KEYS)))
    if not value:
        raise ValueError(EMPTY.format(key, EXAMPLES.get(key, "…")))
    if found["minus"] and key not in (names.STATE, names.DRY):
        raise ValueError(NOT_LEFT_OUT)
    return Term(key, value, bool(found["minus"]))


def _filter(term: Term, user: User) -> tuple[str, str]:
    """The filter that term is, and its value."""
    if term.key == names.JOB:
        return _job(term.value, user)
    if term.key == names.USER and term.value == ME:
        return names.MINE, YES
    if term.key == SINCE:
        return (names.PERIOD if term.value in PERIODS or not term.value[:1].isdigit() else names.FROM), term.value
    if term.key == UNTIL:
        return names.TO, term.value
    if term.key == names.DRY and term.without:
        return names.DRY, {YES: NO, NO: YES}.get(term.value, term.value)
    return term.key, term.value


def _job(text: str, user: User) -> tuple[str, str]:
    """The job whose name text is, or the only one that has it in its name; several are found by that part."""
    found = visible(Job, user).with_only_columns(Job.id, Job.name).where(Job.name.icontains(text, autoescape=True))
    rows = db.session.execute(found.order_by(Job.name)).all()
    if not rows:
        raise ValueError(NO_JOB)
    exact = [row for row in rows if row.name.casefold() == text.casefold()]
    one = exact or rows
    return (names.JOB, str(one[0].id)) if len(one) == 1 else (names.Q, _quoted(text))


def _states(terms: list[Term]) -> tuple[str, ...]:
    """The states that are asked for; of those without any that are left out, of all if none is named."""
    named, without = ([_state(term.value) for term in terms if term.without is left] for left in (False, True))
    if not without:
        return tuple(sorted(set(named)))
    left_out = {each for value in without for each in _single(value)}
    left = {each for value in named or EVERY for each in _single(value)} - left_out
    if not left:
        raise ValueError(NONE_LEFT)
    return tuple(sorted(left))


def _state(text: str) -> str:
    value = re.sub(r"[\s-]+", "_", text.lower())
    return WORDS.get(value, value)


def _single(value: str) -> set[str]:
    """The states that a word for one or for several means."""
    if value not in STATES:
        raise ValueError(NO_STATE)
    return {VALUES[state] for state in STATES[value][1]}
