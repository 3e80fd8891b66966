"""`python -m bench [SUBJECT…]`: measure everything, or what is named; exit 1 if something could not be measured."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial

from bench.budgets import BUDGETS, DATABASES, Figures
from bench.product import started
from bench.report import FILE, Report
from bench.subjects import ALONE, NAMES, ON_PRODUCT


def main() -> None:
    """Read the command line, measure, report."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the budgets of the design.")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help="by default all of them")
    parser.add_argument("--on", choices=DATABASES, action="append", help="one database; by default both")
    parser.add_argument("--list", action="store_true", help="say what can be measured, and measure nothing")
    asked = parser.parse_args()
    if unknown := set(asked.subjects) - set(NAMES):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if asked.list:
        print("\n".join(f"{budget.subject:9} {budget.work}" for budget in BUDGETS))
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    sys.exit(_measure(asked.subjects or NAMES, asked.on or DATABASES))


def _measure(subjects: Iterable[str], databases: Iterable[str]) -> int:
    """The exit code; what was measured before an interruption is reported as well."""
    report, failures = Report(), 0
    try:
        failures += sum(_try(report, DATABASES[0], name, ALONE[name]) for name in ALONE if name in subjects)
        wanted = [name for name in ON_PRODUCT if name in subjects]
        failures += sum(_on_product(report, database, wanted) for database in databases if wanted)
    except KeyboardInterrupt:
        print("\nInterrupted", file=sys.stderr)
        failures += 1
    report.write()
    print(f"\n{report.table()}\n\nThe same is in {FILE}")
    return 1 if failures else 0


def _on_product(report: Report, database: str, names: list[str]) -> int:
    """How many of the subjects failed on a product of its own."""
    try:
        with started(database) as product:
            return sum(_try(report, database, name, partial(ON_PRODUCT[name], product)) for name in names)
    except Exception as problem:
        print(f"{database}: {type(problem).__name__}: {problem}", file=sys.stderr)
        return 1


def _try(report: Report, database: str, name: str, measure: Callable[[], Figures]) -> bool:
    """Whether it failed: it says why, and the others go on."""
    begin = time.monotonic()
    print(f"{database:10} {name:9}", end=" ", flush=True)
    try:
        for figure in measure():
            report.add(database, figure)
    except Exception as problem:
        print(f"failed: {type(problem).__name__}: {problem}", flush=True)
        return True
    print(f"{time.monotonic() - begin:5.1f} s", flush=True)
    return False


if __name__ == "__main__":
    main()
