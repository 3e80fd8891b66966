"""What the address of the Runs page asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

Q, JOB, STATE, USER, MINE, QUEUE, TRIGGER = "q", "job", "state", "user", "mine", "queue", "trigger"
PERIOD, FROM, TO, DRY, PINNED, LOG = "period", "from", "to", "dry", "pinned", "log"
NAMES = (Q, JOB, STATE, MINE, USER, QUEUE, TRIGGER, PERIOD, FROM, TO, DRY, PINNED, LOG)
"""The filters, in the order in which addresses have them."""
SEVERAL = (STATE,)
"""Those of which any of several values will do; of the others the last one counts."""
LONGEST = 200
"""Characters that are looked at of each value."""
LONGEST_ADDRESS = 4000
"""Characters of an address; of a longer one, all that narrows the list is left aside rather than some of it."""
MOST = 20
"""Values of one filter."""


@dataclass(frozen=True)
class Asked:
    """Which runs somebody wants to see; all of them where nothing is said."""

    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The values of those that are set, in the order of NAMES."""

    def __getitem__(self, name: str) -> str:
        """The value of a filter; nothing if it is not set."""
        return next(iter(self.filters.get(name, ())), "")

    @property
    def address(self) -> dict[str, Any]:
        """The arguments of the address of the first page."""
        return {name: list(values) for name, values in self.filters.items()}

    @property
    def query(self) -> str:
        """The same, as addresses write it: alike for whatever means the same."""
        return urlencode(self.address, doseq=True)

    def without(self, name: str, value: str) -> dict[str, Any]:
        """The arguments without that value of a filter."""
        left = [each for each in self.filters.get(name, ()) if each != value]
        return {**self.address, name: left}

    def only(self, name: str, value: str) -> str:
        """The same as addresses write it, with that value of a filter and no other one; without any if it is empty."""
        given = {**self.filters, name: (value,)}
        return Asked({each: given[each] for each in NAMES if given.get(each, ("",)) != ("",)}).query


def read(arguments: MultiDict[str, str]) -> Asked:
    """What arguments ask for; those that are no filters say nothing."""
    filters = {name: _values(name, arguments.getlist(name)) for name in NAMES}
    return Asked({name: values for name, values in filters.items() if values})


def parse(query: str) -> Asked:
    """What the part of an address behind its question mark asks for, whoever has written it; for all, if too long."""
    return Asked() if is_too_long(query) else read(MultiDict(parse_qsl(query)))


def is_too_long(query: str) -> bool:
    """Whether nobody looks at what an address asks for."""
    return len(query) > LONGEST_ADDRESS


def _values(name: str, given: list[str]) -> tuple[str, ...]:
    said = [text for each in given if (text := each.strip()[:LONGEST])]
    if name not in SEVERAL:
        return tuple(said[-1:])
    return tuple(sorted(set(said)))[:MOST]
