"""What a run was given as a secret is taken out of whatever its job says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from webapp.jobs.files import LONGEST_NAME
from webapp.jobs.groups import END, GROUP, ITEM, LONGEST_TITLE, LONGEST_URL
from webapp.jobs.items import LONGEST_KEY, LONGEST_MESSAGE
from webapp.jobs.logger import LONGEST_GROUPING, LONGEST_OBJECT
from webapp.jobs.plain import storable, without_colours
from webapp.jobs.secret import GIVEN
from webapp.jobs.variables import KINDS
from webapp.runs.logs import Line

SHORTEST = 4
"""Characters of what is looked for; a log without anything shorter could not be read."""
CUT = re.compile(r"(\s*…\s*)")
"""Where a text was cut in its middle, or at its end and says so."""
OF_HEADING, OF_END = (LONGEST_KEY, LONGEST_URL), (LONGEST_MESSAGE,)
"""Characters to which the texts of a mark are cut without a word."""


class Mask:
    """Puts asterisks in the place of secrets; those of several lines are known by each of their lines."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        parts = {part for secret in secrets for part in (secret, *secret.splitlines())}
        forms = {form for part in parts for form in _forms(part) if len(form) >= SHORTEST}
        self._forms = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._forms))) if forms else None

    def text(self, text: str, room: int = 0) -> str:
        """text without secrets, and without what is left of one where text was cut, as it was if it fills room."""
        if self._pattern is None:
            return text
        pieces = CUT.split(self._pattern.sub(GIVEN, text))
        last = len(pieces) - 1
        for n in range(0, last + 1, 2):
            if n < last or 0 < room <= len(text):
                pieces[n] = self._without_beginning(pieces[n])
            if n > 0:
                pieces[n] = self._without_end(pieces[n])
        return "".join(pieces)

    def name(self, name: str) -> str:
        """The name of a file without secrets; a long one was cut before its suffix."""
        if len(name) < LONGEST_NAME:
            return self.text(name)
        suffix = PurePosixPath(name).suffix
        return self.text(name.removesuffix(suffix), room=1) + self.text(suffix)

    def line(self, line: Line) -> Line:
        """line without secrets, in its text, in what it is about, and in what it says of a group."""
        if self._pattern is None:
            return line
        kind = line.mark[0] if line.mark else ""
        own, rooms = (3, OF_END) if kind == END else (1, OF_HEADING)  # of a mark, what comes before is ours
        return line._replace(
            grouping=self.text(line.grouping, LONGEST_GROUPING),
            message=self.text(line.message, LONGEST_TITLE if kind in (GROUP, ITEM) else 0),
            object_text=self.text(line.object_text, LONGEST_OBJECT),
            object_url=self.text(line.object_url, LONGEST_URL),
            mark=(*line.mark[:own], *map(self.text, line.mark[own:], rooms), *line.mark[own + len(rooms) :]),
        )

    def anything(self, value: Any) -> Any:
        """value, which JSON can say, without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.anything(one) for one in value]
        if isinstance(value, dict):
            return {self.text(name): self.anything(one) for name, one in value.items()}
        return value

    def ending(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What belongs to the end of a run, without secrets; the names in it and in its error are ours, and stay."""
        told = {name: self.anything(value) for name, value in values.items()}
        error = values.get("error")
        if isinstance(error, dict):
            told["error"] = {name: self.anything(value) for name, value in error.items()}
        return told

    def _without_beginning(self, text: str) -> str:
        """text without the beginning of a secret with which it ends."""
        end = min(_beginning(text, form) for form in self._forms)
        return text[:end] + GIVEN if end < len(text) else text

    def _without_end(self, text: str) -> str:
        """text without the end of a secret with which it begins."""
        start = len(text) - min(_beginning(text[::-1], form[::-1]) for form in self._forms)
        return GIVEN + text[start:] if start else text


def mask_of(declared: Iterable[Mapping[str, Any]], inputs: Mapping[str, Any]) -> Mask:
    """The mask of a run with these dumped inputs, for variables that its job's record declares."""
    kinds = ((each["name"], KINDS.get(each["type"])) for each in declared)
    given = (inputs.get(name) for name, kind in kinds if kind and kind.secret)
    return Mask(value for value in given if isinstance(value, str))


def _forms(secret: str) -> Iterator[str]:
    """secret as a job's process may say it, and as the kit makes it storable, a line, or the name of a file."""
    said = (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    for form in said:
        kept = storable(form)
        line = " ".join(without_colours(kept).split())
        yield from (form, kept, without_colours(kept), line, line.replace("\\", "_"))


def _beginning(text: str, form: str) -> int:
    """Where in text the beginning of form begins, with which it ends; where text ends if it is too short to tell."""
    start = text.find(form[:SHORTEST], max(0, len(text) - len(form)))
    while start >= 0 and not form.startswith(text[start:]):
        start = text.find(form[:SHORTEST], start + 1)
    return len(text) if start < 0 else start
