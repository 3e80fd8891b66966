"""Searching authors' patterns in what people type, without letting a pattern keep the process busy."""

from __future__ import annotations

import regex  # type: ignore[import-untyped]

SECONDS = 0.25


def search(pattern: str, text: str) -> bool:
    """Whether pattern is found anywhere in text.

    :raises TimeoutError: it was not found out within a quarter of a second.
    :raises ValueError: pattern cannot be read.
    """
    try:
        # Other threads go on meanwhile.
        return regex.search(pattern, text, timeout=SECONDS, concurrent=True) is not None
    except regex.error as error:
        raise ValueError(f"The pattern of this variable cannot be read: {error}") from None
