"""What a single text means, while its form is still being filled in."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from webapp.errors import InvalidInputs
from webapp.inputs import values
from webapp.inputs.forms import InputsForm
from webapp.jobs.variable import Variable
from webapp.jobs.variables import DateTimeVar, IPAddressVar, IPAddressWithMaskVar

READ_WHEN_LEFT = (DateTimeVar, IPAddressVar, IPAddressWithMaskVar)
"""Variables whose texts have a normal form, or mean something that they do not say themselves."""


def read(variable: Variable, name: str, sent: MultiDict[str, str]) -> dict[str, Any]:
    """What the text under name means to variable: `text` as the field is to show it, `means` in more words, or none,
    and `errors`, the messages if it does not fit.
    """
    form, text = InputsForm({name: variable}, sent), sent.get(name, "")
    try:
        value = values.parse(form.variables, form.raw())[name]
    except InvalidInputs as refusal:
        return {"text": text, "means": "", "errors": refusal.errors[name]}
    if isinstance(variable, DateTimeVar):
        return {"text": text, "means": form[name].explained, "errors": []}
    return {"text": text if value is None else variable.dump(value), "means": "", "errors": []}
