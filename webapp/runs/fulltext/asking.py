"""What is typed into a search over logs: words, "phrases in quotes", and -words that must not be there.

All of it must hold for one line. Words and phrases stand in it as they are typed, from the beginning of a word; case
does not count. What is in quotes also ends where a word ends, and a space in it stands for any number of spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from webapp.runs.fulltext.words import LETTERS, LONGEST, WORDS, level, split

LONGEST_TEXT = 200
MOST_TERMS = 12
LEAST = 2
"""Letters or digits of a word that can be looked for by itself."""
BLANKS = " \t\n\r\f\v\u00a0"
PIECE = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
LETTER = re.compile(f"[{LETTERS}]")
EDGES = re.compile(f"^[^{LETTERS}]+|[^{LETTERS}]+$")


@dataclass(frozen=True)
class Term:
    """One of the things that a line says, or does not."""

    text: str
    """In small letters, with single spaces."""
    whole: bool
    """Whether it ends where a word ends."""

    @property
    def parts(self) -> list[str]:
        """What spaces separate."""
        return self.text.split(" ")

    @property
    def begins_word(self) -> bool:
        return LETTER.match(self.text) is not None

    @property
    def ends_word(self) -> bool:
        return self.whole and LETTER.match(self.text[-1]) is not None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds it in what level() gives."""
        head = f"(?<![{LETTERS}])" if self.begins_word else ""
        tail = f"(?![{LETTERS}])" if self.ends_word else ""
        return re.compile(head + f"[{BLANKS}]+".join(map(re.escape, self.parts)) + tail)

    @cached_property
    def looked_up(self) -> tuple[tuple[str, bool], ...]:
        """Words by which the index knows lines that may say it, and whether the line may go on right after them."""
        found = WORDS.findall(self.text)
        return tuple(
            (known, number == len(found) or known != words)
            for number, words in enumerate(found, start=1)
            for known in split(words)
        )

    @property
    def is_in_index(self) -> bool:
        """Whether whatever the index knows by these words does say it."""
        words = WORDS.fullmatch(self.text)
        return words is not None and not self.whole and split(self.text) == [self.text] and len(self.text) < LONGEST


@dataclass(frozen=True)
class Asked:
    """What a line must say, and what it must not."""

    text: str
    """As it was typed, shortened if need be."""
    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]

    @property
    def problem(self) -> str:
        """Why nothing can be looked for; empty if something can."""
        if not self.text:
            return "Type some words."
        if not self.wanted and self.unwanted:
            return "Say what lines shall contain, and not only what they shall not."
        known = [word for term in self.wanted for word, _ in term.looked_up]
        if not any(len(word) >= LEAST for word in known):
            return f"Type at least {LEAST} letters or digits."
        return ""

    @property
    def is_in_index(self) -> bool:
        """Whether the index alone knows who says all this, and no line has to be read."""
        return len(self.wanted) == 1 and not self.unwanted and self.wanted[0].is_in_index

    def fits(self, text: str) -> bool:
        """Whether a line with this text is one of those that are looked for."""
        text = level(text)
        return all(term.pattern.search(text) for term in self.wanted) and not any(
            term.pattern.search(text) for term in self.unwanted
        )

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where in text the wanted terms stand: beginnings and ends, in order, none within another."""
        text = level(text)
        found = sorted(place.span() for term in self.wanted for place in term.pattern.finditer(text))
        apart: list[tuple[int, int]] = []
        for start, end in found:
            if apart and start < apart[-1][1]:
                apart[-1] = apart[-1][0], max(end, apart[-1][1])
            else:
                apart.append((start, end))
        return apart


@lru_cache(maxsize=64)
def read(text: str) -> Asked:
    """What text asks for; there is no text that cannot be read."""
    text = text[:LONGEST_TEXT].encode("utf-8", "replace").decode().replace("\0", " ").strip()
    wanted: dict[Term, None] = {}
    unwanted: dict[Term, None] = {}
    for minus, quoted, bare in PIECE.findall(text):
        if term := _term(quoted, bare):
            (unwanted if minus else wanted)[term] = None
    return Asked(text, tuple(wanted)[:MOST_TERMS], tuple(unwanted)[:MOST_TERMS])


def _term(quoted: str, bare: str) -> Term | None:
    text = re.sub(f"[{BLANKS}]+", " ", level(quoted)).strip() if quoted else EDGES.sub("", level(bare))
    return Term(text, bool(quoted)) if LETTER.search(text) else None
