"""Cells of tables that people open in spreadsheets: none of them is carried out there."""

from __future__ import annotations

import re

GUARD = "'"
FORMULA = re.compile(rf"{GUARD}*[=+\-@\t\r\n]")
"""What spreadsheets would carry out, or take for more than a text; with guards before it or not."""


def guarded(text: str) -> str:
    """text, so that no spreadsheet takes it for a formula."""
    return GUARD + text if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What guarded() has made this of."""
    return text[1:] if text.startswith(GUARD) and FORMULA.match(text[1:]) else text
