"""What the address of a list asks for: words, filters, an order, and which page of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from webapp.inventory import routes
from webapp.inventory.kinds import ObjectKind

SEARCH, SORT, AFTER, BEFORE, MORE = "q", "sort", "after", "before", "more"
NOT_FILTERS = frozenset({SEARCH, SORT, AFTER, BEFORE, MORE, "id", "csrf_token"})
LONGEST_SEARCH, MOST_WORDS = 500, 20
"""What is looked at of a search: databases limit how deep a condition may be."""
MOST_FILTERS = 100
"""Values of one address."""


@dataclass(frozen=True)
class Asked:
    """A search, filters, an order and a place in it; empty where nothing is said."""

    q: str = ""
    sort: str = ""
    after: str = ""
    before: str = ""
    more: str = ""
    """Whether all filters are shown."""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The values of each, of which any will do."""

    @property
    def words(self) -> list[str]:
        """What has to be found, each of them."""
        return self.q[:LONGEST_SEARCH].replace("\0", " ").split()[:MOST_WORDS]

    @property
    def narrowed(self) -> bool:
        """Whether something is looked for in particular."""
        return bool(self.words or self.filters)

    @property
    def address(self) -> dict[str, Any]:
        """The arguments of the address of the first page."""
        named = {SEARCH: self.q, SORT: self.sort, MORE: self.more}
        return {name: value for name, value in {**self.filters, **named}.items() if value}

    @property
    def query(self) -> str:
        """The same, as addresses write it."""
        return urlencode(self.address, doseq=True)

    def but(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The same with changes."""
        return {name: value for name, value in {**self.address, **changes}.items() if value}

    def without(self, name: str, value: str) -> dict[str, Any]:
        """The same without that value of a filter."""
        return self.but({name: [each for each in self.filters.get(name, ()) if each != value]})


def url(kind: ObjectKind, arguments: Mapping[str, Any], name: str = "list") -> str:
    """The list of kind that arguments, which people may have made up, ask for."""
    query = urlencode(arguments, doseq=True)
    return routes.url(kind, name) + (f"?{query}" if query else "")


def read(arguments: MultiDict[str, str]) -> Asked:
    """What arguments ask for."""
    filters: dict[str, list[str]] = {}
    given = [(name, value) for name, value in arguments.items(multi=True) if name not in NOT_FILTERS and value.strip()]
    for name, value in given[:MOST_FILTERS]:
        values = filters.setdefault(name, [])
        if value.strip() not in values:
            values.append(value.strip())
    named = {name: arguments.get(name, "") for name in (SEARCH, SORT, AFTER, BEFORE, MORE)}
    return Asked(**named, filters=filters)
