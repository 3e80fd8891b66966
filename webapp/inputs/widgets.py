"""Controls, written quickly: the library takes several times as long, and a form has dozens of them."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape
from wtforms.fields.choices import Choice
from wtforms.widgets import CheckboxInput, PasswordInput, Select, TextInput


def attributes(**given: Any) -> Markup:
    """given as the attributes of an element: what is True by its name alone, what is False or None not at all."""
    said = [
        name if value is True else f'{name}="{escape(value)}"'
        for name, value in sorted(given.items())
        if _is_said(value)
    ]
    return Markup(" ".join(said))


def _is_said(value: object) -> bool:
    return value is not None and value is not False


class Text(TextInput):  # type: ignore[misc]  # WTForms has no types
    """A line to type in."""

    html_params = staticmethod(attributes)


class Password(PasswordInput):  # type: ignore[misc]
    """A line that shows nothing of what is typed."""

    html_params = staticmethod(attributes)


class Tick(CheckboxInput):  # type: ignore[misc]
    """A box to tick."""

    html_params = staticmethod(attributes)


class Options(Select):  # type: ignore[misc]
    """A list to select from."""

    @classmethod
    def render_option(cls, choice: Choice, **_attributes: Any) -> str:
        """The element for choice."""
        chosen = "selected " if choice.selected else ""
        return f'<option {chosen}value="{escape(choice.value)}">{escape(choice.label or choice.value)}</option>'
