"""Fields for which browsers have controls of their own, as far as these can show what was typed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from wtforms import StringField, TextAreaField

from webapp.inputs.widgets import Lines, Text
from webapp.inputs.zones import Zone
from webapp.jobs.documents import misread_at
from webapp.jobs.plain import storable
from webapp.jobs.variables import DateTimeVar, DateVar, Variable

DAY, MOMENT = DateVar(required=False), DateTimeVar(required=False)
AROUND = 36
"""Characters of a faulty line that are shown on either side of the fault."""
WITHOUT_ZONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?")


class NativeInput(Text):
    """The browser's control of that type where it can show the text; a wrong text would vanish in it."""

    def __init__(self, input_type: str, shows: Callable[[str], bool]) -> None:
        super().__init__(input_type)
        self.shows = shows

    def __call__(self, field: Any, **attributes: Any) -> Markup:
        text = field._value()
        if text and not self.shows(text):
            attributes["type"] = "text"
        shown: Markup = super().__call__(field, **attributes)
        return shown


def _is_day(text: str) -> bool:
    return text == text.strip() and _fits(DAY, text)


def _is_local_moment(text: str) -> bool:
    return WITHOUT_ZONE.fullmatch(text) is not None and _fits(MOMENT, text)


def _fits(variable: Variable, text: str) -> bool:
    try:
        variable.parse(text)
    except ValueError:
        return False
    return True


class DateField(StringField):  # type: ignore[misc]
    """A day."""

    widget = NativeInput("date", _is_day)


class MomentField(StringField):  # type: ignore[misc]
    """A moment, told in zone."""

    widget = NativeInput("datetime-local", _is_local_moment)
    zone = Zone()

    def process_data(self, value: Any) -> None:
        """Show value, the text or datetime of a moment, or what is none as it is."""
        try:
            moment = MOMENT.parse(value)
        except ValueError:
            moment = None
        self.data = value if moment is None else self.zone.told(moment)

    @property
    def explained(self) -> str:
        """What the moment is in UTC, where that is not what stands in the field."""
        return self.zone.explained(self.data) if isinstance(self.data, str) else ""


@dataclass(frozen=True)
class Fault:
    """Where a document ceases to be JSON: the line and the column, from 1, and the line around the fault."""

    line: int
    column: int
    before: str
    at: str
    after: str


class DocumentField(TextAreaField):  # type: ignore[misc]
    """A JSON document."""

    widget = Lines()

    def process_data(self, value: Any) -> None:
        """Show value; a text is a document already."""
        known = value is None or isinstance(value, str)
        self.data = value if known else json.dumps(value, indent=2, ensure_ascii=False)

    @property
    def fault(self) -> Fault | None:
        """What is to be looked at in a document that was refused; None if no place is to blame."""
        place = misread_at(self.data) if self.errors and isinstance(self.data, str) else None
        return _fault(self.data, *place) if place and self.data.strip() else None


def _fault(text: str, line: int, column: int) -> Fault:
    shown, at = text.split("\n")[line - 1].rstrip("\r"), column - 1
    before, after = shown[max(0, at - AROUND) : at], shown[at + 1 : at + 1 + AROUND]
    left = "…" if at > AROUND else ""
    right = "…" if len(shown) > at + 1 + AROUND else ""
    return Fault(line, column, left + storable(before), storable(shown[at : at + 1]), storable(after) + right)
