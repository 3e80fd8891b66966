"""The lines of a block as HTML. A page has hundreds of them: in a template each would take four times as long."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flask import url_for
from markupsafe import Markup, escape

from webapp.jobs.plain import without_colours
from webapp.runs.log.asked import Asked
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.log.opening import Part
from webapp.runs.log.text import shown
from webapp.runs.log.timing import beside
from webapp.runs.log.titles import heading
from webapp.runs.models import Run
from webapp.runs.unseen import marked

LINKED = ("/", "https://", "http://")
"""How the address of an object begins that may be followed."""
UNNAMED = ("", "run")
"""Groupings that every job has, and that say nothing."""
LEFT_OUT = '<li class="log__left-out">{:,} {} not shown</li>'


class Rows:
    """Writes the lines of one log as its reader has asked for them."""

    def __init__(self, run: Run, asked: Asked, hits: Collection[int] = ()) -> None:
        self.run, self.asked, self._hits = run, asked, hits
        # Which groups are turned is left out: it can be long, and each line would say it.
        said = {name: value for name, value in asked.args.items() if name not in ("open", "close")}
        page = escape(url_for("runs.show", number=run.number, **said))
        self._here = f"{page}{'&amp;' if said else '?'}at="

    def of(self, part: Part) -> Markup:
        """The list items of the lines of part, and of what is left out between them."""
        return Markup("".join(self._rows(part)))

    def _rows(self, part: Part) -> Iterator[str]:
        left_out = part.left_out if self.asked.narrowed else {}
        for line, time in zip(part.lines, beside(self.run, part.lines, self.asked.time), strict=True):
            if count := left_out.get(line.seq):
                yield LEFT_OUT.format(count, "line is" if count == 1 else "lines are")
            group = part.groups.get(line.seq)
            text = self._text(line) if group is None else self._heading(line, group, folded=line.seq in part.folded)
            yield (
                f'<li id="L{line.seq}" class="{self._class(line, group)}">'
                f'<a class="line__number" href="{self._here}{line.seq}#L{line.seq}">{line.seq}</a>{time}'
                f'<span class="line__level">{line.level}</span><div class="line__text">{text}</div></li>'
            )

    def _class(self, line: LogLine, group: LogGroup | None) -> str:
        inside = f" line--in line--in-{line.depth}" if line.path else ""
        return (
            f"line line--{line.level}{inside}"
            f"{' line--heading' if group else ''}{' line--hit' if line.seq in self._hits else ''}"
        )

    def _text(self, line: LogLine) -> str:
        text: str = shown(line, whole=self.asked.whole == line.seq)
        if line.grouping not in UNNAMED:
            text = f'<span class="line__group">{escape(marked(without_colours(line.grouping)))}</span> {text}'
        return f"{text} {_object(line)}" if line.object_text else text

    def _heading(self, line: LogLine, group: LogGroup, *, folded: bool) -> str:
        if self.asked.narrowed:
            return heading(group, folded=folded, address=None)
        turned = self.asked.turned(line.seq, close=not folded).args
        said = "".join(f"&amp;{name}={turned[name]}" for name in ("open", "close") if name in turned)
        return heading(group, folded=folded, address=f"{self._here}{line.seq}{said}#L{line.seq}")


def _object(line: LogLine) -> str:
    text, address = escape(marked(without_colours(line.object_text))), without_colours(line.object_url)
    if address.startswith(LINKED):
        return f'<a class="line__object" href="{escape(address)}">{text}</a>'
    return f'<span class="line__object">{text}</span>'
