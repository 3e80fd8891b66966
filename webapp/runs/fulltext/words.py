"""Words as both databases see them: made by our own code, so that they find the same.

A word is what stands between characters that are neither letters nor digits; case does not count. Words that are joined
by a single one of JOINTS, as in `sw-017.example.net` or `10.20.0.1`, are also known together, from each of them on:
`sw-017.example.net`, `017.example.net`, `example.net`, `net`. So the beginning of what is typed is all that has to be
looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from webapp.jobs.plain import without_colours

LETTERS = (
    "0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff\uff10-\uffdc"
    "\U00010000-\U0001efff\U00020000-\U0003ffff"
)
"""What words are made of, for a class of characters in a regular expression of either Python or PostgreSQL."""
JOINTS = "-._:/@"
JOINED, LONGEST = 4, 48
"""How many words are known together, and characters of them."""
WORDS = re.compile(f"[{LETTERS}]+(?:[{JOINTS}][{LETTERS}]+)*")
KNOWN = re.compile(f"(?=([{LETTERS}]+(?:[{JOINTS}][{LETTERS}]+){{0,{JOINED - 1}}}))[{LETTERS}]+")
"""Words with those that follow, from each of them on."""
HIGHEST = 0x1E944
"""Beyond which no letter has a case."""


def level(text: str) -> str:
    """text in small letters; as long as it was, so that what is found in it is found at the same place."""
    return text.lower() if text.isascii() else text.translate(folding())


@cache
def folding() -> dict[int, str]:
    """The small letter for each capital one. What would become longer, or ASCII without having been, stays as it is."""
    smalls = ((code, chr(code).lower()) for code in range(HIGHEST))
    found = {
        code: small
        for code, small in smalls
        if len(small) == 1 and small != chr(code) and small.isascii() == chr(code).isascii()
    }
    return {**found, ord("ς"): "σ"}


def searched(message: str, object_text: str) -> str:
    """What of a line is searched."""
    return f"{without_colours(message)}\n{object_text}" if object_text else without_colours(message)


def words_of(texts: Iterable[str]) -> list[str]:
    """All that texts are found by, each once, in order."""
    known = set(KNOWN.findall("\n".join(map(level, texts))))
    return sorted({words[:LONGEST] for words in known})


def split(words: str) -> list[str]:
    """Words that are joined, as what they are looked up by: all of them, or the first and the last few of many."""
    known = [each[:LONGEST] for each in KNOWN.findall(words)]
    return [known[0]] if len(known) <= JOINED else [known[0], known[-JOINED]]
