"""Tracebacks taken apart: what went wrong and where in the author's code, ahead of all the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from webapp.runs.printed_tracebacks import HEADER, OF_A_GROUP

IN_A_GROUP = "  | "
FRAME = re.compile(r'\s+File "(.+)", line (\d{1,9})(?:, in (.+))?')
OTHERS = re.compile(r"[/\\](?:site|dist)-packages[/\\]|[/\\]lib[/\\]python\d|^<frozen ")
"""Files that no author of jobs has written."""
REPEATED = "[Previous line repeated "
GAP = "…"
"""The line that stands for what was left out of the middle."""
LONGEST_ERROR = 2_000
ERROR = Markup('<b class="traceback__error">{}</b>')
PLACE = Markup('<span class="traceback__place">in <b>{}</b>, {}:{}</span>')
CODE = Markup('<code class="traceback__code">{}</code>')
WHOLE = Markup('<details class="traceback"><summary>Traceback, {:,} {}</summary><pre>{}</pre></details>')


@dataclass(frozen=True)
class Frame:
    """A place in the code: `File "/jobs/backup.py", line 12, in run`."""

    file: str
    line: int
    function: str
    """Empty where a file could not even be read, as it is no Python."""
    code: str
    """What stands there; empty where that is not known."""

    @property
    def is_ours(self) -> bool:
        """Whether the file may be the author's: it is no library's."""
        return OTHERS.search(self.file) is None

    def below(self, folder: Path) -> Frame:
        """It with the file as it stands in folder, if it does."""
        return replace(self, file=self.file.removeprefix(f"{folder}/"))


@dataclass(frozen=True)
class Traceback:
    """A text with a traceback in it."""

    lead: str
    """What stands before it."""
    error: str
    """Kind and message of the exception that came out at last, in one line; empty if that was cut off."""
    frame: Frame | None
    """Where it came from: the last frame in code that is not a library's, else the last one."""
    whole: str
    """The traceback, and whatever follows it."""

    def html(self) -> Markup:
        """What counts, line by line, and the whole of it folded away."""
        error = self.error if len(self.error) <= LONGEST_ERROR else f"{self.error[:LONGEST_ERROR]}…"
        whole = self.whole.rstrip()
        lines = whole.count("\n") + 1
        told = [Markup.escape(self.lead)] if self.lead else []
        told += [ERROR.format(error)] if error else []
        if at := self.frame:
            told.append(PLACE.format(at.function or "the file", at.file, at.line))
            told += [CODE.format(at.code)] if at.code else []
        return Markup("\n").join(told) + WHOLE.format(lines, "line" if lines == 1 else "lines", whole)


def read(text: str) -> Traceback | None:
    """What text says, if it holds a traceback of Python, be it chained, of a group, or cut; else None."""
    first = text.find(HEADER)
    if first < 0:
        return None
    start = text.rfind("\n", 0, first) + 1
    prefix = text[start:first]
    indent = ""
    if prefix.endswith(OF_A_GROUP):
        indent = prefix.removesuffix(OF_A_GROUP)
        start, prefix = first - len(OF_A_GROUP), OF_A_GROUP
    elif not _is_margin(prefix):
        start = first
    # Of a group that is indented as a whole, the margins stand further to the right.
    whole = text[start:].replace(f"\n{indent}", "\n") if indent.isspace() else text[start:]
    frames, error = _last_of(whole, prefix)
    return Traceback(text[:start].rstrip(), error, _place(frames), text[start:])


def _last_of(traceback: str, prefix: str) -> tuple[list[Frame], str]:
    """The frames and the error of the exception that came last, after those that led to it."""
    lines = traceback.split("\n")
    heads = [at for at, line in enumerate(lines) if at == 0 or line in (prefix + HEADER, HEADER, OF_A_GROUP + HEADER)]
    block = lines[heads[-1] + 1 :]
    margin = prefix if _is_margin(prefix) else ""
    if lines[heads[-1]].startswith(OF_A_GROUP):
        margin = IN_A_GROUP
    told = [line.removeprefix(margin) for line in block]
    end = next(_outside(told), len(told))
    return list(_frames(told[:end])), "".join(told[end : end + 1]).strip()


def _is_margin(prefix: str) -> bool:
    """Whether all lines begin like that, rather than that something is said ahead of the first."""
    return prefix.strip() in ("", "|")


def _outside(lines: list[str]) -> Iterator[int]:
    """Where lines are that belong to no frame; what follows a gap is half a line, if it is not the last."""
    after_a_gap = False
    for at, line in enumerate(lines):
        half = after_a_gap and at + 1 < len(lines)
        if line and line != GAP and not half and not line[0].isspace() and not line.startswith(REPEATED):
            yield at
        after_a_gap = line == GAP


def _frames(lines: list[str]) -> Iterator[Frame]:
    for at, line in enumerate(lines):
        if found := FRAME.fullmatch(line):
            following = lines[at + 1] if at + 1 < len(lines) else ""
            code = "" if FRAME.fullmatch(following) or not following[:1].isspace() else following.strip()
            yield Frame(found[1], int(found[2]), found[3] or "", code)


def _place(frames: list[Frame]) -> Frame | None:
    return next((frame for frame in reversed(frames) if frame.is_ours), frames[-1] if frames else None)
