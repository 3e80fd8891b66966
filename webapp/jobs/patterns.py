"""How authors' patterns are searched: with the standard library, unless the application plugs in something safer."""

from __future__ import annotations

import re
from collections.abc import Callable

Search = Callable[[str, str], bool]
"""Says whether a pattern is found in a text. May raise TimeoutError."""


def _search(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


_plugged: list[Search] = [_search]


def plug(search: Search | None = None) -> None:
    """From now on search this way; without an argument, with the standard library again."""
    _plugged[:] = [search or _search]


def search(pattern: str, text: str) -> bool:
    """Whether pattern is found anywhere in text.

    :raises TimeoutError: the search was given up.
    """
    return _plugged[0](pattern, text)
