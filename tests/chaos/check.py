"""The judge: holds what clients were told and what jobs noted against what stands in the database in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.chaos.evidence import Event, Evidence, Row
from tests.chaos.ledger import Entry
from tests.chaos.plan import Submission
from webapp.runs.event_models import Happening
from webapp.runs.models import FINAL

MOST_DEATHS = 3
"""Workers that may vanish with a run before it is given up as one that kills them."""
COSTS = {"job": 1, "worker": 1, "forks": 1, "master": 2, "pause worker": 1}
"""How many runs at work one fault may cost, by its kind."""
REAPER = "scheduler"
"""The kind of fault after which those that look for dead attempts have to begin counting again."""
SLACK = 5.0

Judgement = dict[str, list[str]]
"""What must not be, and each case of it that was found, in a sentence."""


@dataclass(frozen=True)
class Case:
    """All that is known of one submission."""

    wanted: Submission
    entries: list[Entry]
    rows: list[Row]

    @property
    def row(self) -> Row | None:
        return self.rows[0] if self.rows else None

    def __str__(self) -> str:
        return f"{self.wanted.token} ({', '.join(f'#{row.number} {row.state}' for row in self.rows) or 'no run'})"


class Check:
    """What is asked of one storm's evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        entries, rows = defaultdict(list), defaultdict(list)
        for entry in evidence.entries:
            entries[entry.token].append(entry)
        for row in evidence.rows:
            rows[row.token].append(row)
        self.cases = [Case(wanted, entries[wanted.token], rows[wanted.token]) for wanted in evidence.plan]
        self.stories: dict[int, list[Event]] = defaultdict(list)
        for event in evidence.events:
            self.stories[event.run].append(event)

    def judge(self) -> Judgement:
        """Every question, with what is wrong by its answer; nothing where all is well."""
        return {question: list(ask(self)) for question, ask in QUESTIONS.items()}

    def not_there(self) -> Iterator[str]:
        there = {(row.token, row.number) for row in self.evidence.rows}
        for answer in self.evidence.answers:
            if answer.number is not None and (answer.token, answer.number) not in there:
                yield f"{answer.token} was acknowledged as #{answer.number}"

    def not_told(self) -> Iterator[str]:
        told = {answer.token for answer in self.evidence.answers if answer.number is not None}
        for case in self.cases:
            if case.wanted.token not in told:
                yield str(case)

    def refused(self) -> Iterator[str]:
        for answer in self.evidence.answers:
            if answer.refusal:
                yield f"{answer.token}: {answer.refusal}"

    def doubled(self) -> Iterator[str]:
        told = defaultdict(set)
        for answer in self.evidence.answers:
            if answer.number is not None:
                told[answer.token].add(answer.number)
        for case in self.cases:
            numbers = told[case.wanted.token] | {row.number for row in case.rows}
            if len(numbers) > 1:
                yield f"{case.wanted.token} became {', '.join(f'#{number}' for number in sorted(numbers))}"

    def not_final(self) -> Iterator[str]:
        for row in self.evidence.rows:
            if row.state not in FINAL or row.ended is None:
                yield f"#{row.number} is {row.state}, attempt {row.attempt}"

    def too_often(self) -> Iterator[str]:
        for case in self.cases:
            if len(case.entries) > case.wanted.attempts:
                yield f"{case} was entered {len(case.entries)} times: {_moments(case.entries)}"

    def at_once(self) -> Iterator[str]:
        for case in self.cases:
            for one, other in pairwise(case.entries):
                if one.overlaps(other):
                    yield f"{case}: {_moments([one, other])}"

    def crowded(self) -> Iterator[str]:
        limits = {case.wanted.key: case.wanted.limit for case in self.cases if case.wanted.key}
        for key, limit in limits.items():
            sharing = [entry for case in self.cases if case.wanted.key == key for entry in case.entries]
            for entry in sharing:
                others = [other for other in sharing if other.began <= entry.began < other.seen]
                if len({other.token for other in others} | {entry.token}) > limit:
                    yield f"{key}, where {limit} may run at once: {_moments(others)}"

    def without_end(self) -> Iterator[str]:
        for case in self.cases:
            if case.row and case.row.state == "success" and not (case.entries and case.entries[-1].ended):
                yield f"{case}: {_moments(case.entries) or 'never begun'}"

    def without_cause(self) -> Iterator[str]:
        for case in self.cases:
            if case.row and case.row.state in FINAL and not _explained(case, case.row):
                yield f"{case}: {case.row.reason}"

    def given_up_early(self) -> Iterator[str]:
        for case in self.cases:
            row = case.row
            if row and row.state == "lost" and row.starts < case.wanted.attempts and row.deaths < MOST_DEATHS:
                yield f"{case} was entered {row.starts} times of {case.wanted.attempts}"

    def too_many_lost(self) -> Iterator[str]:
        lost = [row for row in self.evidence.rows if row.state == "lost"]
        explained = sum(COSTS.get(fault.kind, 0) for fault in self.evidence.faults)
        if len(lost) > explained:
            yield f"{len(lost)} are lost, of which faults explain {explained}"

    def phantoms(self) -> Iterator[str]:
        tried = {answer.token for answer in self.evidence.answers}
        there = {row.token for row in self.evidence.rows}
        for token in sorted({entry.token for entry in self.evidence.entries} - (tried & there)):
            yield f"{token} ran, and " + ("has no run" if token in tried else "nobody asked for it")
        for row in self.evidence.rows:
            if row.token not in tried:
                yield f"#{row.number} ({row.token}) is there, and nobody asked for it"

    def two_ends(self) -> Iterator[str]:
        for row in self.evidence.rows:
            ends = [event for event in self.stories[row.number] if event.final]
            if len(ends) > 1 or (row.state in FINAL and not ends):
                yield f"#{row.number} ({row.state}) has {len(ends)} ends: {_story(self.stories[row.number])}"

    def broken(self) -> Iterator[str]:
        for row in self.evidence.rows:
            story = self.stories[row.number]
            moves = [event for event in story if event.kind == Happening.MOVED]
            counted = [event.n for event in story] == list(range(1, len(story) + 1))
            chained = all(later.frm == earlier.to for earlier, later in pairwise(moves))
            if not (moves and counted and chained and moves[0].frm is None and moves[-1].to == row.state):
                yield f"#{row.number} ({row.state}): {_story(story)}"

    def late(self) -> Iterator[str]:
        allowed = allowed_seconds(self.evidence)
        for case in self.cases:
            if case.row and case.row.ended is not None and (took := self.took(case, case.row.ended)) > allowed:
                yield f"{case} took {took:.1f} s, at most {allowed:.0f} are allowed"

    def longest(self) -> float:
        """What the latest run took, as late() counts."""
        ended = [(case, case.row.ended) for case in self.cases if case.row and case.row.ended is not None]
        return max((self.took(case, at) for case, at in ended), default=0.0)

    def took(self, case: Case, ended: float) -> float:
        """The longest time until its end in which nothing happened to a run, and nothing that could delay its end.

        A run that began is judged from its last sign on, and again from each fault that makes the reapers count
        afresh, and from its end. One that never began, or may be begun again, only from the end of the storm on.
        """
        calm = self.evidence.calm
        if not case.entries or case.wanted.attempts > 1:
            return ended - max(calm, *(entry.seen for entry in case.entries), calm)
        last = case.entries[-1].seen
        kills = [fault.at for fault in self.evidence.faults if fault.kind == REAPER]
        resets = sorted(at for at in (*kills, *self.evidence.returns) if last < at < ended)
        return max(later - earlier for earlier, later in pairwise([last, *resets, max(last, ended)]))

    def left_behind(self) -> Iterable[str]:
        return self.evidence.left_behind


QUESTIONS: dict[str, Callable[[Check], Iterable[str]]] = {
    "acknowledged and not there": Check.not_there,
    "never acknowledged": Check.not_told,
    "refused": Check.refused,
    "one submission, several runs": Check.doubled,
    "without a terminal state": Check.not_final,
    "executed more often than allowed": Check.too_often,
    "executed twice at once": Check.at_once,
    "more at once than their key allows": Check.crowded,
    "success without its end": Check.without_end,
    "ended without a cause": Check.without_cause,
    "given up before the last attempt": Check.given_up_early,
    "more lost than faults explain": Check.too_many_lost,
    "ran without being asked for": Check.phantoms,
    "not exactly one end": Check.two_ends,
    "broken story": Check.broken,
    "terminal too late": Check.late,
    "processes left behind": Check.left_behind,
}


def allowed_seconds(evidence: Evidence) -> float:
    """How long a run may take to its end where nothing keeps it from it."""
    return 2 * evidence.lost_after + SLACK


def _explained(case: Case, row: Row) -> bool:
    if row.state in ("success", "lost"):
        return True
    if row.state != "errored":
        return False
    died_too_often = row.deaths >= MOST_DEATHS
    if case.entries:
        # What may be repeated may have been entered before, and then die on its way into the last attempt.
        return died_too_often and len(case.entries) < case.wanted.attempts
    crowded_out = case.wanted.kind == "Alone" and "singleton" in (row.reason or "")
    return crowded_out or died_too_often


def _moments(entries: Iterable[Entry]) -> str:
    return ", ".join(f"{e.token} {e.began:.2f}-{e.seen:.2f}{'' if e.ended else ' (no end)'} [{e.pid}]" for e in entries)


def _story(events: Iterable[Event]) -> str:
    return ", ".join(f"{event.n} {event.kind} {event.frm} > {event.to}" for event in events)
