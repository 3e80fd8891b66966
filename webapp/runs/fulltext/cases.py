"""Letters in either case, as patterns of both databases: each letter by itself, of whatever alphabet."""

from __future__ import annotations

import re
from functools import cache

from webapp.runs.fulltext.words import folding

SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}-]")


def glob(text: str) -> str:
    """What GLOB of SQLite takes for text, levelled by words.level(), in whatever case."""
    return "".join(map(_in_glob, text))


def pattern(text: str) -> str:
    """The same as a regular expression of PostgreSQL."""
    return "".join(map(_in_pattern, text))


def _in_glob(letter: str) -> str:
    capitals = _capitals().get(letter, "")
    return f"[{letter}{capitals}]" if capitals or letter in "*?[" else letter


def _in_pattern(letter: str) -> str:
    capitals = _capitals().get(letter, "")
    return f"[{letter}{capitals}]" if capitals else SPECIAL.sub(r"\\\g<0>", letter)


@cache
def _capitals() -> dict[str, str]:
    """Of each small letter, those that level() makes it of."""
    found: dict[str, str] = {}
    for code, small in folding().items():
        found[small] = found.get(small, "") + chr(code)
    return found
