"""Variables that are numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from webapp.jobs.variable import Variable

LARGEST = 2**63 - 1
SMALLEST = -(2**63)
MOST_DIGITS = 50
MANY_BITS = 10_000
"""Of whole numbers that Python may refuse to write in decimal."""
WHOLE = re.compile(r"([+-]?)0*([0-9]+)", re.ASCII)
FRACTION = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,4})?", re.ASCII | re.IGNORECASE)
TOO_SMALL = "Ensure this value is greater than or equal to {}."
TOO_LARGE = "Ensure this value is less than or equal to {}."


class Written(float):
    """A number of JSON whose str() has all digits that were written, of which a float keeps some 16; for
    `json.loads(parse_float=)`."""

    digits: str

    def __new__(cls, digits: str) -> Written:
        made = super().__new__(cls, digits)
        made.digits = digits
        return made

    def __str__(self) -> str:
        return self.digits


class IntegerVar(Variable):
    """A whole number of at most 64 bits."""

    kind = "IntegerVar"
    options = {"min_value": int, "max_value": int}

    def __init__(self, *, min_value: int | None = None, max_value: int | None = None, **common: Any) -> None:
        super().__init__(**common)
        self.min_value = min_value
        self.max_value = max_value

    def _read(self, raw: object) -> int | None:
        if raw is None or isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and not raw.strip():
            return None
        digits = WHOLE.fullmatch(raw.strip()) if isinstance(raw, str) else None
        if digits is None:
            raise ValueError("Enter a whole number.")
        # Python refuses to read thousands of digits; twenty are too many anyway.
        return int(digits[1] + digits[2][:20])

    def _checked(self, value: int) -> int:
        least = SMALLEST if self.min_value is None else self.min_value
        most = LARGEST if self.max_value is None else self.max_value
        if value < max(least, SMALLEST):
            raise ValueError(TOO_SMALL.format(least))
        if value > min(most, LARGEST):
            raise ValueError(TOO_LARGE.format(most))
        return value

    def _check_options(self) -> None:
        super()._check_options()
        self._check_range("value")


class DecimalVar(Variable):
    """A number as people write it, 0.1 and not nearly that; at most 50 digits, decimal_places of them behind the point.

    min_value and max_value may be any kind of number, or its text.
    """

    kind = "DecimalVar"
    options: ClassVar[Mapping[str, type]] = {"min_value": str, "max_value": str, "decimal_places": int}
    own_types = (Decimal,)

    def __init__(
        self,
        *,
        min_value: Decimal | float | str | None = None,
        max_value: Decimal | float | str | None = None,
        decimal_places: int | None = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.min_value = _text(min_value)
        self.max_value = _text(max_value)
        self.decimal_places = decimal_places

    def dump(self, value: Any) -> Any:
        """value as text: JSON's own numbers lose digits on their way."""
        return format(value, "f") if isinstance(value, Decimal) else value

    def load(self, stored: Any) -> Any:
        """What dump() was given."""
        return None if stored is None else Decimal(stored)

    def _read(self, raw: object) -> Decimal | None:
        if raw is None or isinstance(raw, str) and not raw.strip():
            return None
        value = _decimal(raw)
        if value is None:
            raise ValueError("Enter a number.")
        return value

    def _checked(self, value: Decimal) -> Decimal:
        before, behind = _digits(value)
        if self.decimal_places is not None and behind > self.decimal_places:
            raise ValueError(f"Ensure that there are no more than {self.decimal_places} decimal places.")
        if before + behind > MOST_DIGITS:
            raise ValueError(f"Ensure that there are no more than {MOST_DIGITS} digits in total.")
        if self.min_value is not None and value < Decimal(self.min_value):
            raise ValueError(TOO_SMALL.format(self.min_value))
        if self.max_value is not None and value > Decimal(self.max_value):
            raise ValueError(TOO_LARGE.format(self.max_value))
        return value

    def _check_options(self) -> None:
        for option in ("min_value", "max_value"):
            given = getattr(self, option)
            if given is not None and _decimal(given) is None:
                raise TypeError(f"{option} should be a number, not {given!r:.100}")
        super()._check_options()
        self._check_range("value", Decimal)
        self._check_counts("decimal_places")


def _text(limit: object) -> Any:
    """limit as text, or as it is where it is no number: describe() complains of that."""
    value = _decimal(limit)
    return limit if value is None else format(value, "f")


def _decimal(raw: object) -> Decimal | None:
    """The number that raw stands for; None if it is none."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        return None
    if isinstance(raw, int) and raw.bit_length() > MANY_BITS:
        return Decimal("1e9999") if raw > 0 else Decimal("-1e9999")
    text = str(raw).strip()
    return Decimal(text) if FRACTION.fullmatch(text) else None


def _digits(value: Decimal) -> tuple[int, int]:
    """How many digits stand before and behind the point."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):  # NaN and infinities, which nobody reads
        raise TypeError(value)
    return max(len(digits) + exponent, 0), max(-exponent, 0)
