"""The form of a job's inputs, made from its variables.

Fields only carry text, and show it again when it was wrong; what is valid, the variables say (values.parse), and
refuse() puts their messages beside the fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.form import BaseForm

from webapp.inputs.fields import field_for
from webapp.inputs.native import MomentField
from webapp.inputs.values import WHOLE
from webapp.inputs.zones import FIELD, Zone, zone_called
from webapp.jobs.files import Unfit
from webapp.jobs.variables import BooleanVar, CommitVar, DateTimeVar, DryRunVar, TextVar, Variable

ONE_ONLY = "Give one value: {count} were sent."
ONCE_MORE = "Enter it again: what is secret is not sent back."

SAYS_WHETHER_DRY = (DryRunVar, CommitVar)


class InputsForm(BaseForm):  # type: ignore[misc]  # WTForms has no types
    """A field for each variable, under the variable's name.

    With formdata it shows what was typed, else initial, else the defaults. A field's flags.required says whether its
    variable must be given; errors come from refuse() alone. Moments without a zone are those of zone, or of the one
    that formdata names, in which the form was shown.
    """

    live = False
    """Whether fields come and go, or change, while others are filled in."""

    def __init__(
        self,
        variables: Mapping[str, Variable],
        formdata: MultiDict[str, str] | None = None,
        initial: Mapping[str, Any] | None = None,
        zone: Zone | None = None,
    ) -> None:
        super().__init__({name: field_for(variable, name) for name, variable in variables.items()})
        self.variables = variables
        self.formdata = formdata
        self.zone = zone_called(formdata.get(FIELD)) if formdata is not None else zone or Zone()
        for field in self:
            if isinstance(field, MomentField):
                field.zone = self.zone
        shown = {name: variable.default for name, variable in variables.items()} | dict(initial or {})
        self.process(formdata, data={name: shown[name] for name in variables})

    def raw(self) -> dict[str, object]:
        """What was typed, by name; see typed()."""
        return typed(self.variables, self.formdata or MultiDict())

    def refuse(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Show these messages: beside the fields that they name, the others above the form."""
        for name, messages in errors.items():
            if name in self:
                self[name].errors = [*self[name].errors, *messages]
            else:
                about = "" if name == WHOLE else f"{name}: "
                self.form_errors.extend(about + message for message in messages)

    def ask_for_secrets_again(self) -> None:
        """Say at each secret that was typed that it has to be typed once more: a page never shows one."""
        for name, variable in self.variables.items():
            if variable.secret and self.formdata and self.formdata.get(name) and not self[name].errors:
                self[name].errors = [ONCE_MORE]

    def dry_run(self) -> list[Field]:
        """The fields that say whether it is a dry run, which stand beside the others."""
        return [self[name] for name, variable in self.variables.items() if isinstance(variable, SAYS_WHETHER_DRY)]

    def sections(self, fieldsets: Sequence[Sequence[Any]]) -> list[tuple[str, list[Field]]]:
        """The other fields by section, [title, [names]] each; those of none come last, under an empty title."""
        beside = self.dry_run()
        left = {field.name: field for field in self if field not in beside}
        parts = [(title, [left.pop(name) for name in names if name in left]) for title, names in fieldsets]
        return [(title, fields) for title, fields in [*parts, ("", list(left.values()))] if fields]


def typed(variables: Mapping[str, Variable], formdata: MultiDict[str, str]) -> dict[str, object]:
    """What was typed in a form of variables, by name, as values.parse wants it; a box that is not ticked says no.

    It takes no form to know, and making one costs more than all the rest of starting a run.
    """
    zone = zone_called(formdata.get(FIELD))
    return {
        name: texts if variable.multiple else _typed(variable, texts, zone)
        for name, variable in variables.items()
        if (texts := formdata.getlist(name)) or variable.multiple or isinstance(variable, BooleanVar)
    }


def _typed(variable: Variable, texts: list[str], zone: Zone) -> object:
    if len(texts) > 1:
        return Unfit(ONE_ONLY.format(count=len(texts)))
    text = texts[0] if texts else None
    if isinstance(variable, BooleanVar):
        return text if text is not None else False
    if isinstance(variable, DateTimeVar) and text is not None:
        return _moment(text, zone)
    # Browsers send the line breaks of a text area as CR LF, whatever was typed or pasted.
    return text.replace("\r\n", "\n") if text is not None and type(variable) is TextVar else text


def _moment(text: str, zone: Zone) -> str | Unfit:
    try:
        return zone.meant(text)
    except ValueError as refusal:
        return Unfit(str(refusal))
