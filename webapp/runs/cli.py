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
    """Delete the runs that are not kept any more, as the scheduler does once an hour.

    May be stopped at any time, and carried on with.
    """
    counts = _counted(retention.due() if dry_run else retention.clean())
    for name, count in counts.items():
        click.echo(f"{name}: {_runs(count)}")
    verb = "would be deleted" if dry_run else "deleted"
    click.echo(f"{_runs(counts.total())} {verb}." if counts else f"Nothing {'to delete' if dry_run else 'was due'}.")


def _counted(steps: Iterable[retention.Cleaned]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for step in steps:
        counts.update({step.name: step.count} if step.count else {})
    return counts


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"
