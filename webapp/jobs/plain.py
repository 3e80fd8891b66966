"""Anything made fit for strict JSON and for a database's text columns, without ever failing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date, time
from enum import Enum
from typing import Any

DEEPEST = 50
MANY_BITS = 4_000

ADDRESS = r"(?ai:https?://(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:[/?#][\w.~:/?#\[\]@!$&'()*+,;=%-]{0,2000})?)"
"""Of a page, without a password in it, and with nothing that two programs could read differently."""
LINK = rf"\]8;[!-:<-~]{{0,200}};(?:{ADDRESS})?(?:\x07|\x1b\\)"
"""What begins a link for terminals (OSC 8), or ends it, behind ESC."""
# A class of characters comes first, so that ordinary text is passed over quickly; a colour is more than its escape.
UNSTORABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    rf"(?:(?<=\x1b)(?:\[[0-9;]*m|{LINK}))?"
)
COLOUR = re.compile(r"\x1b(?:\[[0-9;]*m|\]8;[^\x07\x1b]*(?:\x07|\x1b\\))")
"""One of a stored text, or what begins or ends a link; PostgreSQL understands it, too."""
COMMAND = re.compile(rf"\x1b(?!{LINK})\][^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\)")
"""Anything else that is for a terminal itself: a title, a link to elsewhere, what it should copy."""


def plain(value: object) -> Any:
    """value as JSON can say it: dicts with text keys, lists, texts, finite numbers, truth values and None.

    Tuples and sets become lists (sets in the order of their texts), NaN and infinities None, exceptions and whatever
    else is unknown its text. What contains itself, or lies deeper than 50 levels, becomes text as well.
    """
    return _plain(value, ())


def is_json(value: object) -> bool:
    """Whether JSON can say value as it is."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def text_of(value: object) -> str:
    """str(value), storable; the name of its class where str() fails."""
    try:
        return storable(str(value))
    except Exception:
        return f"<{type(value).__name__}>"


def storable(text: str) -> str:
    """text without what databases refuse and what deceives readers: each such character as an escape, like `\\x00`.

    These are control characters but tab, newline and carriage return, controls of the writing direction, and lone
    surrogates. ESC stays where it begins a colour (SGR) or a link to a page (OSC 8). What is storable comes back as it
    is.
    """
    # Nothing of this can be printed: what can be is passed over at once.
    return text if text.isprintable() else UNSTORABLE.sub(_escaped, text)


def sayable(text: str) -> str:
    """text as a line of a log may say it: storable, and without commands to terminals."""
    return storable(COMMAND.sub("", text) if "\x1b]" in text else text)


def without_colours(text: str) -> str:
    """text without the colours and links that storable() leaves, for places that show text as it is."""
    return COLOUR.sub("", text) if "\x1b" in text else text


def has_surrogates(text: str) -> bool:
    """Whether text holds halves of pairs, which no encoding takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _escaped(found: re.Match[str]) -> str:
    if len(found[0]) > 1:
        return found[0]
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _plain(value: object, above: tuple[int, ...]) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | int | float):
        return _scalar(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if id(value) in above or len(above) == DEEPEST:
        return text_of(value)
    return _collection(value, (*above, id(value)))


def _scalar(value: str | float) -> str | float | None:
    if isinstance(value, str):
        return storable(str.__str__(value))
    if isinstance(value, int):
        # Python refuses to write longer ones in decimal.
        return int(value) if value.bit_length() < MANY_BITS else hex(value)
    return float(value) if math.isfinite(value) else None


def _collection(value: object, above: tuple[int, ...]) -> Any:
    if isinstance(value, Mapping):
        return {text_of(key): _plain(item, above) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, above) for item in value]
    if isinstance(value, set | frozenset):
        return [_plain(item, above) for item in sorted(value, key=text_of)]
    return text_of(value)
