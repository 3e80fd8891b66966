"""The form of a job's inputs, made from its variables.

Fields only carry text, and show it again when it was wrong; what is valid, the variables say (values.parse), and
refuse() puts their messages beside the fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm

from webapp.inputs.values import WHOLE
from webapp.jobs import choices
from webapp.jobs.variables import BooleanVar, ChoiceVar, IntegerVar, StringVar, TextVar, Variable

NOTHING_CHOSEN = "---------"


class InputsForm(BaseForm):  # type: ignore[misc]  # WTForms has no types
    """A field for each variable, under the variable's name.

    With formdata it shows what was typed, else initial, else the defaults. A field's flags.required says whether its
    variable must be given; errors come from refuse() alone.
    """

    def __init__(
        self,
        variables: Mapping[str, Variable],
        formdata: MultiDict[str, str] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__({name: field_for(variable, name) for name, variable in variables.items()})
        self.variables = variables
        self.formdata = formdata
        shown = {name: variable.default for name, variable in variables.items()} | dict(initial or {})
        self.process(formdata, data={name: shown[name] for name in variables})

    def raw(self) -> dict[str, object]:
        """What was typed, by name, as values.parse wants it; a box that is not ticked says no."""
        formdata = self.formdata or MultiDict()
        return {
            name: _typed(variable, formdata.get(name))
            for name, variable in self.variables.items()
            if name in formdata or isinstance(variable, BooleanVar)
        }

    def refuse(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Show these messages: beside the fields that they name, the others above the form."""
        for name, messages in errors.items():
            if name in self:
                self[name].errors = [*self[name].errors, *messages]
            else:
                about = "" if name == WHOLE else f"{name}: "
                self.form_errors.extend(about + message for message in messages)


def _typed(variable: Variable, text: str | None) -> object:
    if isinstance(variable, BooleanVar):
        return text if text is not None else False
    # Browsers send the line breaks of a text area as CR LF, whatever was typed or pasted.
    return text.replace("\r\n", "\n") if text is not None and type(variable) is TextVar else text


@singledispatch
def field_for(variable: Variable, name: str) -> UnboundField:
    """The field that shows variable.

    :raises TypeError: nobody has said how a variable of this kind looks.
    """
    raise TypeError(f"There is no field for a {type(variable).__name__}")


@field_for.register
def _(variable: TextVar, name: str) -> UnboundField:
    return TextAreaField(**_common(variable, name, rows=6))


@field_for.register
def _(variable: StringVar, name: str) -> UnboundField:
    return StringField(**_common(variable, name, maxlength=variable.max_length or False))


@field_for.register
def _(variable: IntegerVar, name: str) -> UnboundField:
    # Not type=number, which hides from us what was typed when it is no number.
    return StringField(**_common(variable, name, inputmode="numeric", autocomplete="off"))


@field_for.register
def _(variable: BooleanVar, name: str) -> UnboundField:
    return BooleanField(**_common(variable, name, value="true"))


@field_for.register
def _(variable: ChoiceVar, name: str) -> UnboundField:
    return SelectField(coerce=choices.key, choices=_options(variable), **_common(variable, name))


def _options(variable: ChoiceVar) -> list[SelectChoice]:
    options = [
        SelectChoice(choices.key(value), label, optgroup=group)
        for value, label, group in choices.flat(variable.choices)
    ]
    if (variable.required and variable.default is not None) or any(option.value == "" for option in options):
        return options
    return [SelectChoice("", NOTHING_CHOSEN), *options]


def _common(variable: Variable, name: str, **attributes: Any) -> dict[str, Any]:
    """What every field has. The browser's own `required` stays off: it would hide our messages behind its own."""
    required = {"required": False, "aria-required": "true"} if variable.required else {}
    return {
        "label": variable.label or name,
        "description": variable.description,
        "id": f"id_{name}",
        "render_kw": {**required, **attributes},
        "validators": [_Required()] if variable.required else [],
    }


class _Required:
    """Sets the flag that templates read; it checks nothing."""

    field_flags = {"required": True}

    def __call__(self, _form: BaseForm, _field: object) -> None:
        """Leave the verdict to the variable."""
