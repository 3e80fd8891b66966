"""Which rows a request is about, where it may be about several."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from flask import request

from webapp.errors import NotPossible

MOST = 1000
IDS = "id"


def ids(plural: str) -> list[UUID]:
    """What `id` says in the address or the form, each once; what is no id names nothing. plural is what they are.

    :raises NotPossible: there are too many.
    """
    texts = dict.fromkeys(request.values.getlist(IDS))
    if len(texts) > MOST:
        raise too_many(f"{len(texts):,}", plural)
    found: dict[UUID, None] = {}
    for text in texts:
        with suppress(ValueError):
            found[UUID(text)] = None
    return list(found)


def too_many(count: str, plural: str) -> NotPossible:
    """The refusal to do something with so many at once."""
    return NotPossible(f"These are {count} {plural}; at most {MOST:,} can be chosen at once.")
