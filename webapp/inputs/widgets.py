"""Controls, written quickly: the library takes several times as long, and a form has dozens of them.

A control says what its field and the page tell it to; what validators would have it say is left to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape
from wtforms import Field
from wtforms.fields.choices import Choice, SelectFieldBase
from wtforms.widgets import CheckboxInput, Input, PasswordInput, Select, TextArea, TextInput


def attributes(**given: Any) -> Markup:
    """given as the attributes of an element: what is True by its name alone, what is False or None not at all."""
    said = [
        name if value is True else f'{name}="{escape(value)}"'
        for name, value in sorted(given.items())
        if value is not None and value is not False
    ]
    return Markup(" ".join(said))


class Control(Input):  # type: ignore[misc]  # WTForms has no types
    """What takes a text or a tick."""

    def __call__(self, field: Field, **given: Any) -> Markup:
        """The element for field."""
        said = {"id": field.id, "type": self.input_type, "value": field._value(), **given}
        return Markup(f"<input {attributes(name=field.name, **said)}>")


class Text(TextInput, Control):  # type: ignore[misc]
    """A line to type in."""


class Password(PasswordInput, Control):  # type: ignore[misc]
    """A line that shows nothing of what is typed."""


class Tick(CheckboxInput, Control):  # type: ignore[misc]
    """A box to tick."""


class Lines(TextArea):  # type: ignore[misc]
    """Several lines to type in."""

    def __call__(self, field: Field, **given: Any) -> Markup:
        """The element for field."""
        said = attributes(name=field.name, **{"id": field.id, **given})
        return Markup(f"<textarea {said}>\r\n{escape(field._value())}</textarea>")


class Options(Select):  # type: ignore[misc]
    """A list to select from."""

    def __call__(self, field: SelectFieldBase, **given: Any) -> Markup:
        """The list for field, with its choices in groups, where they have some."""
        groups = field.iter_groups() if field.has_groups() else [(None, field.iter_choices())]
        said = attributes(name=field.name, **{"id": field.id, "multiple": self.multiple, **given})
        return Markup(f"<select {said}>{''.join(_group(*group) for group in groups)}</select>")


def _group(label: str | None, choices: Iterable[Choice]) -> str:
    options = "".join([_option(choice.value, choice.label, choice.selected) for choice in choices])
    return options if label is None else f"<optgroup {attributes(label=label)}>{options}</optgroup>"


# Forms show the same options again and again, and a list may have a hundred. Of what is Markup, equal is not the same.
@lru_cache(maxsize=2048, typed=True)
def _option(value: str, label: str, selected: bool) -> str:
    return f'<option {"selected " if selected else ""}value="{escape(value)}">{escape(label or value)}</option>'
