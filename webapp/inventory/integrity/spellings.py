"""Values that people write in several ways, and that are kept in one."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from webapp.inventory.models import Cable, Interface, IPAddress, Object
from webapp.inventory.models.labels import Label

NUMBER_LIMIT = Decimal(10) ** 6
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def mac_address(text: str) -> str:
    """text as MAC addresses are kept: six pairs in lower case.

    :raises ValueError: it is none.
    """
    digits = re.sub(r"[-:. ]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        raise ValueError(f"“{text[:100]}” is no MAC address, such as 00:1a:2b:3c:4d:5e.")
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def dns_name(text: str) -> str:
    """text as names are kept: in lower case, without a dot at the end.

    :raises ValueError: no host can have that name.
    """
    name = text.strip().lower().removesuffix(".")
    if len(name) > 253 or not all(LABEL.fullmatch(part) for part in name.removeprefix("*.").split(".")):
        raise ValueError(f"“{text[:100]}” is no DNS name, such as leaf-1.example.com.")
    return name


def color(text: str) -> str:
    """text as colours are kept: six digits in lower case.

    :raises ValueError: it is none.
    """
    digits = text.strip().lower().removeprefix("#")
    if not re.fullmatch(r"[0-9a-f]{6}", digits):
        raise ValueError(f"“{text[:100]}” is no colour: give six hexadecimal digits, such as 4caf50.")
    return digits


def decimal(value: object) -> Decimal:
    """value as it is kept.

    :raises ValueError: it is no number, or a very large one.
    """
    try:
        number = round(Decimal(str(value)), 2) if not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number) >= NUMBER_LIMIT:
        raise ValueError("Give a number.")
    return number


SPELLINGS: tuple[tuple[type[Object], str, Callable[[str], str]], ...] = (
    (Interface, "mac_address", mac_address),
    (IPAddress, "dns_name", dns_name),
    (Label, "color", color),
    (Cable, "color", color),
)
