"""Variables that hold a JSON document."""

from __future__ import annotations

import json
import math
from typing import Any

from webapp.jobs.plain import has_surrogates
from webapp.jobs.texts import HALF_A_PAIR, NULL
from webapp.jobs.variable import Variable

DEEPEST = 50
MOST_BITS = 14_000
"""Of a whole number; Python reads and writes up to 4,300 digits."""
INVALID = "Enter a valid JSON."
TOO_DEEP = f"{INVALID} It may have at most {DEEPEST} levels."
TOO_LARGE = f"{INVALID} Whole numbers may have at most 4,200 digits."
NO_NUMBER = f"{INVALID} NaN, Infinity and numbers beyond 1.7e308 are not part of it."


class JSONVar(Variable):
    """A JSON document, as text or as the value itself; what is a text is always read as JSON."""

    kind = "JSONVar"

    def dump(self, value: Any) -> Any:
        """value itself; a text as JSON, as it would be read as a document otherwise."""
        return json.dumps(value) if isinstance(value, str) else value

    def load(self, stored: Any) -> Any:
        """What dump() was given."""
        return json.loads(stored) if isinstance(stored, str) else stored

    def _read(self, raw: object) -> Any:
        if isinstance(raw, str):
            return _document(raw) if raw.strip() else None
        return raw

    def _says_nothing(self, value: Any) -> bool:
        return value is None

    def _checked(self, value: Any) -> Any:
        _check(value, 1)
        return value


def misread_at(text: str) -> tuple[int, int] | None:
    """The line and the column, from 1, at which text ceases to be JSON; None if it is, or no place is at fault."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno, error.colno
    except (RecursionError, ValueError):
        pass
    return None


def _document(text: str) -> Any:
    """
    :raises ValueError: text is no JSON; the message says where it ceases to be.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{INVALID} {error.msg} (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    except ValueError:  # of the many digits of a number
        raise ValueError(TOO_LARGE) from None


def _check(value: Any, level: int) -> None:
    """
    :raises ValueError: JSON, or a database, cannot hold value.
    """
    if isinstance(value, dict | list):
        if level > DEEPEST:
            raise ValueError(TOO_DEEP)
        for inner in [*value, *value.values()] if isinstance(value, dict) else value:
            _check(inner, level + 1)
        if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
            raise ValueError(INVALID)
    elif not (value is None or isinstance(value, bool)):
        _check_scalar(value)


def _check_scalar(value: object) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError(NULL)
        if has_surrogates(value):
            raise ValueError(HALF_A_PAIR)
    elif isinstance(value, int):
        if value.bit_length() > MOST_BITS:
            raise ValueError(TOO_LARGE)
    elif not isinstance(value, float):
        raise ValueError(INVALID)
    elif not math.isfinite(value):
        raise ValueError(NO_NUMBER)
