"""Anything made fit for strict JSON and for a database's text columns, without ever failing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, time
from enum import Enum
from typing import Any

DEEPEST = 50
MANY_BITS = 4_000
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def plain(value: object) -> Any:
    """value as JSON can say it: dicts with text keys, lists, texts, finite numbers, truth values and None.

    Tuples and sets become lists (sets in the order of their texts), NaN and infinities None, exceptions and whatever
    else is unknown its text. What contains itself, or lies deeper than 50 levels, becomes text as well.
    """
    return _plain(value, ())


def text_of(value: object) -> str:
    """str(value), storable; the name of its class where str() fails."""
    try:
        return storable(str(value))
    except Exception:
        return f"<{type(value).__name__}>"


def storable(text: str) -> str:
    """text with U+FFFD for what databases refuse: NUL and lone surrogates."""
    return UNSTORABLE.sub("\ufffd", text)


def has_surrogates(text: str) -> bool:
    """Whether text holds halves of pairs, which no encoding takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


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
