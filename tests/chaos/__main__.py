"""`python -m tests.chaos`: storms over the product, each judged; exit 1 if anything was wrong."""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
from collections import Counter

from tests.chaos.check import allowed_seconds
from tests.chaos.storm import Storm, storm

DATABASES = ("sqlite", "postgresql")
LEAST = 5
"""Seconds; the product takes no shorter lost-after time."""


def main() -> None:
    """Read the command line, let storms go, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Prove that the ledger survives.")
    parser.add_argument("--runs", type=int, default=1000, help="per database (default: 1000)")
    parser.add_argument("--seed", type=int, default=None, help="for the same faults again; by default a new one")
    parser.add_argument("--seconds", type=float, help="end the storm then, however many runs were submitted")
    parser.add_argument("--on", choices=DATABASES, action="append", help="one database; by default both")
    parser.add_argument(
        "--lost-after", type=int, default=LEAST, help=f"JOBDECK_LOST_AFTER, in seconds (default: {LEAST}, the least)"
    )
    asked = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    _say(f"seed {seed}")
    asked_of_each = seed, asked.runs, asked.seconds, asked.lost_after
    storms = [storm(database, *asked_of_each, _say) for database in asked.on or DATABASES]
    for one in storms:
        _say(report(one))
    if any(one.wrong for one in storms):
        _say(f"\nWRONG, with seed {seed}")
        sys.exit(1)


def report(storm: Storm) -> str:
    """What a storm came to, as a table."""
    lines = [
        f"\n{storm.database}, seed {storm.seed}",
        f"  {'runs':38} {len(storm.evidence.rows):5}   {_counted(storm.ends)}",
        f"  {'entered':38} {len(storm.evidence.entries):5}",
        f"  {'faults':38} {len(storm.evidence.faults):5}   {_counted(storm.faults)}",
        f"  {'seconds from one fault to the next':38} {storm.seconds / max(len(storm.evidence.faults), 1):5.2f}",
        f"  {'seconds of storm, then until all ended':38} {storm.seconds:5.0f} + {storm.settled:.1f}",
        f"  {'seconds to the latest end, and allowed':38} {storm.latest:5.1f} of {allowed_seconds(storm.evidence):.0f}",
    ]
    for question, found in storm.judgement.items():
        lines.append(f"  {question:38} {len(found):5}")
        lines += [f"      {case}" for case in found]
    if storm.kept:
        lines.append(f"  database, ledger and logs are kept in {storm.kept}")
    return "\n".join(lines)


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
