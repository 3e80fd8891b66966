"""`flask cleanup`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import click
from flask import Flask

from webapp.runs import retention


def init_app(app: Flask) -> None:
    """Add the command to `flask`."""
    app.cli.add_command(cleanup)


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
def cleanup(dry_run: bool) -> None:
    """Delete the runs and the changes that are not kept any more, as the scheduler does once an hour.

    May be stopped at any time, and carried on with.
    """
    counts = _counted(retention.due() if dry_run else retention.clean())
    for (what, name), count in counts.items():
        click.echo(f"{name}: {_many(count, what)}")
    totals: Counter[str] = Counter()
    for (what, _), count in counts.items():
        totals[what] += count
    verb = "would be deleted" if dry_run else "deleted"
    all_told = " and ".join(_many(count, what) for what, count in totals.items())
    click.echo(f"{all_told} {verb}." if counts else f"Nothing {'to delete' if dry_run else 'was due'}.")


def _counted(steps: Iterable[retention.Cleaned]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for step in steps:
        counts.update({(step.what, step.name): step.count} if step.count else {})
    return counts


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
