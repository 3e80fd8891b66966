"""Text with the colours (SGR) and links (OSC 8) that programs give it for terminals, as HTML with classes.

A text is taken apart once, into its characters and, for each of them, the number of its style. So it can be cut, and
written over, wherever one likes, and no escape is ever torn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby, islice
from typing import NamedTuple

from markupsafe import Markup, escape

from webapp.jobs.plain import ADDRESS, COLOUR
from webapp.runs.log.text import colours

LONGEST_CODE = 3
"""Digits; no code has more, and whoever sends thousands wants to keep somebody busy."""
SAME = re.compile(r"(.)\1*", re.DOTALL)
INK, GROUND = 38, 48
OF_256, OF_PARTS = 5, 2
LINKED = re.compile(ADDRESS)
HOST = re.compile("[/?#]")
LINK = Markup('<a class="line__link" href="{}" rel="noopener noreferrer" title="Link to {}">{}</a>')


class Style(NamedTuple):
    """How characters look; colours are numbers from 0 to 15, None stands for that of the page."""

    ink: int | None = None
    ground: int | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    link: str = ""
    """The address to which they lead."""


PLAIN = Style()
CHANGES: dict[int, dict[str, int | bool | None]] = {
    0: {what: of for what, of in PLAIN._asdict().items() if what != "link"},
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"inverse": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"inverse": False},
    39: {"ink": None},
    49: {"ground": None},
    **{first + n: {what: n} for first, what in ((30, "ink"), (40, "ground")) for n in range(8)},
    **{first + n: {what: 8 + n} for first, what in ((90, "ink"), (100, "ground")) for n in range(8)},
}
"""What each code does to a style; the others do nothing."""


class Painted(NamedTuple):
    """Characters, and how each of them looks."""

    text: str
    paint: str
    """As long as text: of each character the number of its style, as a character."""
    styles: tuple[Style, ...]

    def clipped(self, longest: int) -> Painted:
        """Its beginning, of as many characters as that."""
        return self._replace(text=self.text[:longest], paint=self.paint[:longest])

    def html(self) -> Markup:
        """It as HTML: escaped, and what has a style in an element with its classes."""
        if len(self.styles) == 1:
            return escape(self.text)
        linked = ((link, "".join(_dressed(*piece) for piece in pieces)) for link, pieces in self._by_link())
        return Markup("".join(_leading(Markup(html), link) if link else html for link, html in linked))

    def with_addresses(self) -> str:
        """Its text, in which brackets tell where links lead that do not say so themselves."""
        linked = ((link, "".join(text for text, _ in pieces)) for link, pieces in self._by_link())
        return "".join(f"{text} ({link})" if link not in ("", text) else text for link, text in linked)

    def _by_link(self) -> Iterator[tuple[str, Iterator[tuple[str, Style]]]]:
        """What stands in one style each, with that, by the addresses to which it leads."""
        alike = ((same.span(), self.styles[ord(same[1])]) for same in SAME.finditer(self.paint))
        return groupby(((self.text[slice(*span)], style) for span, style in alike), lambda piece: piece[1].link)


def painted(message: str) -> Painted:
    """message with its colours and links understood, and with what a carriage return goes back to written over."""
    text, paint, styles = _taken_apart(message)
    if "\r" in text:
        text, paint = _written_over(text, paint)
    return Painted(text, paint, styles)


def _taken_apart(message: str) -> tuple[str, str, tuple[Style, ...]]:
    style, numbers = PLAIN, {PLAIN: 0}
    texts, paints, last = [], [], 0
    for escape_ in COLOUR.finditer(message):
        texts.append(message[last : escape_.start()])
        paints.append(chr(numbers[style]) * len(texts[-1]))
        style, last = _changed(style, escape_[0]), escape_.end()
        numbers.setdefault(style, len(numbers))
    texts.append(message[last:])
    paints.append(chr(numbers[style]) * len(texts[-1]))
    return "".join(texts), "".join(paints), tuple(numbers)


def _written_over(text: str, paint: str) -> tuple[str, str]:
    """Both as a terminal leaves them: after a carriage return a line is written from its beginning again."""
    texts, paints, at = [], [], 0
    for line in text.split("\n"):
        at += len(line) + 1
        pieces = _left_over(line, at - 1)
        texts.append("".join(text[start:end] for start, end in pieces))
        paints.append("".join(paint[start:end] for start, end in pieces))
    return "\n".join(texts), chr(0).join(paints)


def _left_over(line: str, end: int) -> list[tuple[int, int]]:
    """Where that stands which is seen of a line that ends there: its last part, and of each one before it what is
    longer than those behind it."""
    pieces, width = list[tuple[int, int]](), 0
    for part in reversed(line.split("\r")):
        start = end - len(part)
        if len(part) > width:
            pieces.append((start + width, end))
            width = len(part)
        end = start - 1
    return pieces


@lru_cache(256)
def _changed(style: Style, command: str) -> Style:
    """style after an escape: with a link, or without one; with the colours of its codes, or reset if it has none."""
    if command[1] == "]":
        address = command[2:].removesuffix("\a").removesuffix("\x1b\\").split(";", 2)[-1]
        return style._replace(link=address if LINKED.fullmatch(address) else "")
    codes = command[2:-1].split(";")
    numbers = (int(code or 0) if len(code) <= LONGEST_CODE else -1 for code in codes)
    changes: dict[str, int | bool | None] = {}
    for number in numbers:
        if number in (INK, GROUND):
            if (colour := _colour(numbers)) is not None:
                changes["ink" if number == INK else "ground"] = colour
        else:
            changes |= CHANGES.get(number, {})
    return style._replace(**changes)  # type: ignore[arg-type]


def _colour(numbers: Iterator[int]) -> int | None:
    """The colour that the next numbers stand for; None if that is none."""
    kind = next(numbers, None)
    if kind == OF_256:
        number = next(numbers, -1)
        return None if number < 0 else colours.of_256(number)
    if kind == OF_PARTS:
        parts = [*islice(numbers, 3)]
        return colours.nearest(*parts) if len(parts) == 3 and all(0 <= part <= 255 for part in parts) else None
    return None


def _dressed(text: str, style: Style) -> str:
    classes = _classes(style)
    return f'<span class="{classes}">{escape(text)}</span>' if classes else escape(text)


def _leading(text: Markup, address: str) -> Markup:
    """text as a link, which tells the host to which it leads: the text may seem to be another."""
    return LINK.format(address, HOST.split(address, 3)[2], text)


@cache
def _classes(style: Style) -> str:
    ink, ground = (style.ground, style.ink) if style.inverse else (style.ink, style.ground)
    names = [name for name in ("bold", "dim", "italic", "underline") if getattr(style, name)]
    if style.inverse and ground is None:
        names.append("inverse")
    elif ground is not None:
        # The ground brings the colour of its text along: no other could be relied on to be readable on it.
        names.append(str(ground + (40 if ground < 8 else 92)))
        ink = None
    if ink is not None and "inverse" not in names:
        names.append(str(ink + (30 if ink < 8 else 82)))
    return " ".join(f"ansi-{name}" for name in names)
