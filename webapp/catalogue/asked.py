"""What the address of the Jobs page asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

YES, NO, ANY = "yes", "no", "any"
BY_GROUP, BY_NAME, BY_LAST_RUN, BY_CHANGE = "", "name", "last-run", "changed"
SORTS = {BY_GROUP: "Group", BY_NAME: "Name", BY_LAST_RUN: "Last run", BY_CHANGE: "Recently changed"}
LONGEST_SEARCH, MOST_WORDS = 500, 20
"""What is looked at of a search: databases limit how deep a condition may be."""
EITHER = {"": "Either", YES: "Yes", NO: "No"}
CHOICES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "can_run": ("I can run it", {"": "Yes, by default", YES: "Yes", NO: "No", ANY: "Either"}),
    "enabled": ("Enabled", EITHER),
    "installed": ("Installed", {"": "Yes", NO: "No", ANY: "Either"}),
    "hidden": ("Hidden", {"": "No", YES: "Yes", ANY: "Either"}),
    "dry_run": ("Dry run", EITHER),
}
"""By filter what it is called, and its values; the empty one is meant where the address says nothing."""


@dataclass(frozen=True)
class Asked:
    """A search, filters and an order; empty where nothing is said."""

    q: str = ""
    can_run: str = ""
    enabled: str = ""
    installed: str = ""
    hidden: str = ""
    dry_run: str = ""
    source: str = ""
    sort: str = BY_GROUP

    @property
    def words(self) -> list[str]:
        """What has to be found, each of them."""
        return self.q[:LONGEST_SEARCH].replace("\0", " ").split()[:MOST_WORDS]

    @property
    def filters(self) -> list[tuple[str, str, str]]:
        """Name, label and value, in words, of each filter that is set."""
        told = [(name, label, words.get(getattr(self, name), "")) for name, (label, words) in CHOICES.items()]
        told.append(("source", "Source", self.source))
        return [(name, label, value) for name, label, value in told if getattr(self, name)]

    @property
    def narrowed(self) -> bool:
        """Whether something is looked for in particular."""
        return bool(self.words or self.filters)

    @property
    def about_idle_jobs(self) -> bool:
        """Whether it asks for jobs that nobody can run."""
        return NO in (self.enabled, self.installed)

    def address(self, **changes: str) -> dict[str, Any]:
        """The arguments of the address that asks for the same, but for changes."""
        return {name: value for name, value in {**asdict(self), **changes}.items() if value}


def read(arguments: Mapping[str, str]) -> Asked:
    """What arguments ask for; what is not known counts as not said."""
    given = {field.name: arguments.get(field.name, "") for field in fields(Asked)}
    for name, (_, words) in CHOICES.items():
        if given[name] not in words:
            given[name] = ""
    if given["sort"] not in SORTS:
        given["sort"] = BY_GROUP
    given["source"] = given["source"].replace("\0", "")
    return Asked(**given)
