"""What is submitted in a storm: the same for the same seed, so that client and judge agree without talking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

SITES = ("berlin", "oslo", "rome")
KINDS = {"Once": 60, "Again": 20, "Keyed": 15, "Alone": 5}
"""The classes of jobs_root/ledgered.py and how many of a hundred runs are of each."""
SHORTEST, LONGEST = 10, 400
DOUBLED = 0.25
ATTEMPTS = {"Again": 3}


@dataclass(frozen=True)
class Submission:
    """One thing to be run, known by its token, which is its idempotency key as well."""

    token: str
    kind: str
    work: int
    """Milliseconds."""
    site: str | None
    times: int
    """How often it is sent at the same moment."""

    @property
    def class_path(self) -> str:
        return f"ledgered.{self.kind}"

    @property
    def inputs(self) -> dict[str, Any]:
        given = {"token": self.token, "work": self.work}
        return given | ({"site": self.site} if self.site else {})

    @property
    def attempts(self) -> int:
        """How often it may be entered."""
        return ATTEMPTS.get(self.kind, 1)

    @property
    def key(self) -> str | None:
        """What it shares with others that must not all run at once."""
        return "alone" if self.kind == "Alone" else self.site

    @property
    def limit(self) -> int:
        """How many of its key may run at once."""
        return 1 if self.kind == "Alone" else 2


def plan(seed: int, runs: int) -> list[Submission]:
    """What to submit, in this order."""
    return list(_submissions(Random(f"plan {seed}"), runs))


def _submissions(dice: Random, runs: int) -> Iterator[Submission]:
    for number in range(runs):
        kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
        work, site = dice.randint(SHORTEST, LONGEST), dice.choice(SITES)
        times = 2 if dice.random() < DOUBLED else 1
        yield Submission(f"t{number}", kind, work, site if kind == "Keyed" else None, times)
