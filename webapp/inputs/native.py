"""Fields for which browsers have controls of their own, as far as these can show what was typed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC
from typing import Any

from markupsafe import Markup
from wtforms import StringField, TextAreaField
from wtforms.widgets import TextInput

from webapp.jobs.variables import DateTimeVar, DateVar, Variable

DAY, MOMENT = DateVar(required=False), DateTimeVar(required=False)
WITHOUT_ZONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?")


class NativeInput(TextInput):  # type: ignore[misc]  # WTForms has no types
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
    """A moment, told in UTC."""

    widget = NativeInput("datetime-local", _is_local_moment)

    def process_data(self, value: Any) -> None:
        """Show value, the text or datetime of a moment, or what is none as it is."""
        try:
            moment = MOMENT.parse(value)
        except ValueError:
            moment = None
        if moment is None:
            self.data = value
            return
        local = moment.astimezone(UTC).replace(tzinfo=None)
        exact = "microseconds" if local.microsecond else "seconds" if local.second else "minutes"
        self.data = local.isoformat(timespec=exact)


class DocumentField(TextAreaField):  # type: ignore[misc]
    """A JSON document."""

    def process_data(self, value: Any) -> None:
        """Show value; a text is a document already."""
        known = value is None or isinstance(value, str)
        self.data = value if known else json.dumps(value, indent=2, ensure_ascii=False)
