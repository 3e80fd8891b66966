"""The form of an object, made from the fields of its kind. What is valid, the service says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field as Control
from wtforms.form import BaseForm

from webapp.inventory import choosing, kinds
from webapp.inventory.conflicts import WHOLE
from webapp.inventory.controls import TYPED, SelectReferenceField, control_for
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.sections import sections_of

Shown = Mapping[str, Any]
"""What a form shows of an object, by field: a text, a list of ids, or whether something is so."""


class ObjectForm(BaseForm):  # type: ignore[misc]  # WTForms has no types
    """A control for each field that people set. It shows what was typed, else shown."""

    def __init__(
        self,
        kind: ObjectKind,
        formdata: MultiDict[str, str] | None = None,
        shown: Shown | None = None,
        more: Mapping[str, Field] | None = None,
    ) -> None:
        self.kind, self.fields = kind, {**(more or {}), **kind.writable}
        super().__init__({name: control_for(kind, field) for name, field in self.fields.items()})
        self.process(_with_typed(formdata, self.fields), data=dict(shown or {}))

    @property
    def state(self) -> dict[str, Any]:
        """What it shows."""
        return {name: _settled(self[name].data) for name in self.fields}

    def raw(self) -> dict[str, object]:
        """What was typed, by name, for the service to read."""
        return {name: self._raw(name, value) for name, value in self.state.items()}

    def sections(self) -> list[tuple[str, list[Control]]]:
        """Headings, and the controls below each."""
        more = [self[name] for name in self.fields if name not in self.kind.writable]
        first, *rest = [(title, [self[field.name] for field in fields]) for title, fields in sections_of(self.kind)]
        return [*([("Where it ends", more)] if more else []), first, *rest]

    def refuse(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Show these messages: beside the fields that they name, the others above the form."""
        for name, messages in errors.items():
            if name in self:
                self[name].errors = [*self[name].errors, *messages]
            else:
                about = "" if name == WHOLE else f"{name}: "
                self.form_errors.extend(about + message for message in messages)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """All that is wrong: the label and the address of the field, and the message."""
        wrong = [(control.label.text, f"#{control.id}", str(text)) for control in self for text in control.errors]
        return [("", "#", str(text)) for text in self.form_errors] + wrong

    def _raw(self, name: str, value: Any) -> object:
        """A name that was typed means one of those that another field narrows."""
        control = self[name]
        narrowing = control.narrowing if isinstance(control, SelectReferenceField) else []
        others = [other for other in narrowing if self[other].data]
        if not value or not others or choosing.id_or_none(value):
            return value
        return dict([self._lookup(name, "", value), *(self._lookup(one, f"{one}__", self[one].data) for one in others)])

    def _lookup(self, name: str, path: str, text: str) -> tuple[str, str]:
        """That what a reference names has this id, or is called so."""
        target: Any = self.fields[name].target
        key = "id" if choosing.id_or_none(text) else kinds.of(target).search[0].key
        return f"{path}{key}", text


def shown_of(kind: ObjectKind, row: Object) -> dict[str, Any]:
    """What a form shows of row."""
    return {name: _shown(field, getattr(row, name)) for name, field in kind.writable.items()}


def defaults_of(kind: ObjectKind) -> dict[str, Any]:
    """What the form of a new object shows."""
    return {name: _shown(field, field.default) for name, field in kind.writable.items()}


def _shown(field: Field, value: Any) -> Any:
    match field.type:
        case "truth":
            return bool(value)
        case "references":
            return [str(row.id) for row in value or ()]
        case "reference":
            return str(value.id) if value is not None else ""
        case "json":
            return ", ".join(value) if isinstance(value, list | tuple) else ""
        case _:
            return "" if value is None or callable(value) else str(value)


def _settled(value: Any) -> Any:
    """Browsers send the line breaks of a text area as CR LF, whatever was typed or pasted."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else "" if value is None else value


def _with_typed(formdata: MultiDict[str, str] | None, fields: Mapping[str, Field]) -> MultiDict[str, str] | None:
    """formdata, where what was typed for a reference counts instead of what was chosen for it."""
    if formdata is None:
        return None
    sent = MultiDict(formdata)
    for name in fields:
        if text := sent.get(TYPED + name, "").strip():
            sent.setlist(name, [text])
    return sent
