"""The field of each kind of variable. Fields only carry text, and show it again when it was wrong."""

from __future__ import annotations

from functools import lru_cache, singledispatch
from typing import Any

from wtforms import (
    BooleanField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.widgets import ListWidget

from webapp.inputs.native import DateField, DocumentField, MomentField
from webapp.inputs.widgets import Lines, Options, Password, Text, Tick
from webapp.jobs import choices
from webapp.jobs.variables import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DecimalVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    JSONVar,
    MultiChoiceVar,
    SecretVar,
    StringVar,
    TextVar,
    Variable,
)

NOTHING_CHOSEN = "---------"
MOST_BOXES = 12
"""Choices of which any number may be ticked; more are a list to select from."""
TALLEST_LIST = 12
LONGEST_LIST = 15
"""Choices of which one may be picked; more are searched by typing, where there is a script."""
SEARCHED = {"data-chips": True}
READ_WHEN_LEFT = {"data-reads": True}
"""What tells the script of the page what it may do for a field."""
TEXT = Text()
SEALED = "It is kept encrypted until the run is over, and shown to nobody."


@singledispatch
def field_for(variable: Variable, name: str) -> UnboundField:
    """The field that shows variable.

    :raises TypeError: nobody has said how a variable of this kind looks.
    """
    raise TypeError(f"There is no field for a {type(variable).__name__}")


@field_for.register
def _(variable: TextVar, name: str) -> UnboundField:
    return TextAreaField(widget=Lines(), **common(variable, name, rows=6))


@field_for.register
def _(variable: StringVar, name: str) -> UnboundField:
    return StringField(widget=TEXT, **common(variable, name, maxlength=variable.max_length or False))


@field_for.register
def _(variable: SecretVar, name: str) -> UnboundField:
    return PasswordField(
        widget=Password(), **common(variable, name, SEALED, maxlength=variable.max_length or False, autocomplete="off")
    )


@field_for.register
def _(variable: IntegerVar, name: str) -> UnboundField:
    # Not type=number, which hides from us what was typed when it is no number.
    return StringField(widget=TEXT, **common(variable, name, inputmode="numeric", autocomplete="off"))


@field_for.register
def _(variable: DecimalVar, name: str) -> UnboundField:
    return StringField(widget=TEXT, **common(variable, name, inputmode="decimal", autocomplete="off"))


@field_for.register(IPAddressVar)
@field_for.register(IPAddressWithMaskVar)
def _(variable: Variable, name: str) -> UnboundField:
    return StringField(widget=TEXT, **common(variable, name, autocomplete="off", spellcheck="false", **READ_WHEN_LEFT))


@field_for.register
def _(variable: DateVar, name: str) -> UnboundField:
    return DateField(**common(variable, name, autocomplete="off"))


@field_for.register
def _(variable: DateTimeVar, name: str) -> UnboundField:
    return MomentField(**common(variable, name, autocomplete="off", **READ_WHEN_LEFT))


@field_for.register
def _(variable: JSONVar, name: str) -> UnboundField:
    return DocumentField(**common(variable, name, rows=6, autocomplete="off", spellcheck="false"))


@field_for.register
def _(variable: BooleanVar, name: str) -> UnboundField:
    return BooleanField(widget=Tick(), **common(variable, name, value="true"))


@field_for.register
def _(variable: ChoiceVar, name: str) -> UnboundField:
    options = _options(variable)
    if not ((variable.required and variable.default is not None) or any(option.value == "" for option in options)):
        options = [SelectChoice("", NOTHING_CHOSEN), *options]
    searched = SEARCHED if len(options) > LONGEST_LIST else {}
    return SelectField(coerce=choices.key, choices=options, widget=Options(), **common(variable, name, **searched))


@field_for.register
def _(variable: MultiChoiceVar, name: str) -> UnboundField:
    options = _options(variable)
    if len(options) <= MOST_BOXES and not any(option.optgroup for option in options):
        return BoxesField(coerce=choices.key, choices=options, **common(variable, name))
    tall = min(len(options), TALLEST_LIST)
    several, told = Options(multiple=True), common(variable, name, size=tall, **SEARCHED)
    return SelectMultipleField(coerce=choices.key, choices=options, widget=several, **told)


class BoxesField(SelectMultipleField):  # type: ignore[misc]  # WTForms has no types
    """A box to tick for each choice."""

    widget = ListWidget(prefix_label=False)
    option_widget = Tick()


def _options(variable: ChoiceVar) -> list[SelectChoice]:
    return [_option(choices.key(value), label, group) for value, label, group in choices.flat(variable.choices)]


# To be read only: each form has the same ones, of which a list may have a hundred.
@lru_cache(maxsize=2048)
def _option(value: str, label: str, group: str | None) -> SelectChoice:
    return SelectChoice(value, label, optgroup=group)


def common(variable: Variable, name: str, *said: str, **attributes: Any) -> dict[str, Any]:
    """What every field has; said are sentences of ours, behind the author's description.

    The browser's own `required` stays off: it would hide our messages behind its own.
    """
    required = {"required": False, "aria-required": "true"} if variable.required else {}
    return {
        "label": variable.label or name,
        "description": "\n".join([*([variable.description] if variable.description else []), *said]),
        "id": f"id_{name}",
        "render_kw": {**required, **attributes},
        "validators": [_Required()] if variable.required else [],
    }


class _Required:
    """Sets the flag that templates read; it checks nothing."""

    field_flags = {"required": True}

    def __call__(self, _form: BaseForm, _field: object) -> None:
        """Leave the verdict to the variable."""
