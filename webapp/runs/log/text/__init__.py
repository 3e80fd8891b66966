"""The text of one line of a log, as HTML that cannot harm who reads it, and as text alone."""

from __future__ import annotations

from dataclasses import replace

from flask import current_app, url_for
from markupsafe import Markup, escape

from webapp.config import Settings
from webapp.jobs.plain import without_colours
from webapp.runs.log.models import LogLine
from webapp.runs.log.text.painting import painted
from webapp.runs.log.text.tracebacks import Traceback, read
from webapp.runs.printed_tracebacks import HEADER
from webapp.runs.unseen import marked
from webapp.ui.markdown import markdown

LONGEST = 2_000
"""Characters of a line that are shown before somebody asks for more."""
LONGEST_TRACEBACK = 10_000
"""Characters of one that are there to be unfolded."""
MARKDOWN = "markdown"
LINK = "\x1b]"
RENDERED = Markup('<div class="line__markdown">{}</div>')
CLIPPED = Markup(
    '<span class="line__clipped">{}… <a class="line__rest" href="{}" hx-get="{}" hx-target="closest .line__clipped"'
    ' hx-swap="outerHTML">show all ({:,} characters)</a></span>'
)


def shown(line: LogLine, whole: bool = False) -> Markup:
    """The message of line as HTML, of a long one only the beginning and a link to all of it, unless it is to be whole.

    Colours become classes, links to pages can be followed, what a carriage return goes back to is written over,
    characters that nobody sees are marked, tracebacks are folded; Markdown is understood only where the author has
    asked for it.
    """
    message = marked(line.message)
    if line.format == MARKDOWN:
        return _markdown(line, message, whole)
    # Most lines are like that, and a page has hundreds.
    plain = "\x1b" not in message and "\r" not in message
    if plain and len(message) <= LONGEST and HEADER not in message:
        return escape(message)
    text = painted(message)
    if found := read(text.text):
        return _folded(line, found, whole)
    if whole or len(text.text) <= LONGEST:
        return text.html()
    return _clipped(line, text.clipped(LONGEST).html(), len(text.text))


def taken_along(line: LogLine) -> str:
    """The message of line where nobody can follow links: as seen() says, with marks for characters that nobody sees,
    and behind the text of each link where it leads."""
    message = marked(line.message)
    return painted(message).with_addresses() if LINK in message else seen(message)


def seen(message: str) -> str:
    """message without colours and links, with what a carriage return goes back to written over."""
    return painted(message).text if "\r" in message else without_colours(message)


def _markdown(line: LogLine, message: str, whole: bool) -> Markup:
    source = without_colours(message)
    if whole or len(source) <= LONGEST:
        return RENDERED.format(markdown(source))
    return _clipped(line, RENDERED.format(markdown(source[:LONGEST])), len(source))


def _folded(line: LogLine, found: Traceback, whole: bool) -> Markup:
    if found.frame:
        settings: Settings = current_app.extensions["settings"]
        found = replace(found, frame=found.frame.below(settings.jobs_root))
    if whole or (len(found.lead) <= LONGEST and len(found.whole) <= LONGEST_TRACEBACK):
        return found.html()
    beginning = replace(found, lead=found.lead[:LONGEST], whole=found.whole[:LONGEST_TRACEBACK])
    return _clipped(line, beginning.html(), len(found.lead) + len(found.whole))


def _clipped(line: LogLine, beginning: Markup, length: int) -> Markup:
    number, seq = line.run_number, line.seq
    page = url_for("runs.show", number=number, at=seq, whole=seq, _anchor=f"L{seq}")
    return CLIPPED.format(beginning, page, url_for("runs.line", number=number, seq=seq), length)
