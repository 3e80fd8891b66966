"""The heading of a group as HTML: its title, which turns it, and what is known of it when it is over."""

from __future__ import annotations

from markupsafe import Markup, escape

from webapp.jobs.plain import without_colours
from webapp.runs.log.models import LogGroup
from webapp.runs.unseen import marked
from webapp.ui.filters import duration


def heading(group: LogGroup, *, folded: bool, address: str | None) -> str:
    """The title and the end of group; address, which is HTML, turns it, None where groups do not fold."""
    title = escape(shown(group.title))
    if address is None:
        return f'<span class="line__title">{title}</span>{end(group)}'
    expanded = "false" if folded else "true"
    way = f'href="{address}" aria-expanded="{expanded}" role="button"'
    return f'<a class="line__title line__fold" {way}>{title}</a>{end(group)}'


def shown(title: str) -> str:
    """The title of a group as a reader sees it."""
    return marked(without_colours(title))


def end(group: LogGroup) -> Markup:
    """How long group took and what there is in it; nothing before it is over."""
    if group.seconds is None:
        return Markup("")
    return Markup(
        f' <span class="line__length">{duration(group.seconds)}</span>'
        + _count(group.error_count, "error", "errors", " line__count--bad")
        + _count(group.warning_count, "warning", "warnings", " line__count--wait")
        + _count(group.line_count, "line", "lines")
    )


def _count(number: int, one: str, many: str, tone: str = "") -> str:
    return f' <span class="line__count{tone}">{number:,} {one if number == 1 else many}</span>' if number else ""
