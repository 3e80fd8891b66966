"""How many runs may go on at once: what an author declares, and the key under which a run counts."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

QUEUE, REJECT, REPLACE = CONFLICTS = ("queue", "reject", "replace")
HIGHEST_LIMIT = 1_000
LONGEST_KEY = 1_000
PIECE = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}]*)\}|(?P<text>[^{}]+)|(?P<stray>[{}])")


@dataclass(frozen=True)
class Concurrency:
    """At most limit runs of one key at once.

    key is a text in which `{name}` stands for the value of that variable, and `{{` and `}}` for braces; jobs that
    declare the same key exclude one another, and an empty one is the job's own. on_conflict says what happens to a
    run that finds no place: "queue", it waits; "reject", it ends; "replace", it cancels the earlier ones and waits
    until they are gone.
    """

    limit: int = 1
    key: str = ""
    on_conflict: str = QUEUE

    def describe(self, variables: Collection[str]) -> dict[str, Any]:
        """This as data. Not checked before, so that what is wrong takes out one class and not its whole module.

        :raises TypeError: a part is of the wrong type.
        :raises ValueError: a part makes no sense, or key names none of variables.
        """
        for name, kind in (("limit", int), ("key", str), ("on_conflict", str)):
            value = getattr(self, name)
            if not isinstance(value, kind) or isinstance(value, bool):
                raise TypeError(f"{name} should be {kind.__name__}, not {type(value).__name__}")
        if not 1 <= self.limit <= HIGHEST_LIMIT:
            raise ValueError(f"limit should be from 1 to {HIGHEST_LIMIT:,}")
        if self.on_conflict not in CONFLICTS:
            raise ValueError(f"on_conflict should be one of {', '.join(CONFLICTS)}, not {self.on_conflict!r:.100}")
        self._check_key(variables)
        return {"limit": self.limit, "key": self.key, "on_conflict": self.on_conflict}

    def _check_key(self, variables: Collection[str]) -> None:
        if len(self.key) > LONGEST_KEY:
            raise ValueError(f"key should have at most {LONGEST_KEY:,} characters")
        for _, name in _pieces(self.key):
            if name is None:
                continue
            if not name.isidentifier():
                raise ValueError(f"key takes nothing but names of variables between its braces, not {{{name:.100}}}")
            if name not in variables:
                raise ValueError(f"key names {name}, which is no variable of this job")


def key_of(declared: Mapping[str, Any], class_path: str, inputs: Mapping[str, Any]) -> str:
    """The key of a run with these dumped inputs, for a job of class_path that declares this, as describe() tells it.

    Each value is there as the JSON of a list that holds it alone: what begins with a bracket says itself where it
    ends, so that 1 and 11 side by side are never taken for 11 and 1.
    """
    if not declared["key"]:
        return class_path
    return "".join(text if name is None else _told(inputs.get(name)) for text, name in _pieces(declared["key"]))


def _told(value: Any) -> str:
    return json.dumps([value], sort_keys=True, separators=(",", ":"))


def _pieces(key: str) -> Iterator[tuple[str, str | None]]:
    """The pieces of key in order: a text and None, or an empty text and what stands between two braces.

    :raises ValueError: a brace has no partner.
    """
    for piece in PIECE.finditer(key):
        if piece["stray"]:
            raise ValueError(f"key has a single {piece['stray']} in it; write it twice where a brace is meant")
        yield (piece["brace"] or "")[:1] + (piece["text"] or ""), piece["name"]
