"""The control of each type of field; controls only carry texts, and show them again when they were wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from flask_login import current_user
from markupsafe import Markup
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import Choice, SelectChoice, SelectFieldBase
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.widgets import Select

from webapp.inventory import choosing, kinds, routes
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models.base import LONGEST_TEXT

NOTHING_CHOSEN = "---------"
MOST_OPTIONS = 50
"""Objects that a list offers without asking the server for others."""
LONGEST_LIST = 15
"""Choices of which one may be picked; more are searched by typing, where there is a script."""
TYPED = "_typed_"
"""Before the name of a reference: its text field, for whoever has no script and does not find it in the list."""


class SelectReferenceField(SelectFieldBase):  # type: ignore[misc]  # WTForms has no types
    """Chooses an object, or several; what is chosen stays, also if it is not among the first, or nothing at all."""

    def __init__(self, kind: ObjectKind, reference: Field, _form: BaseForm | None = None, **options: Any) -> None:
        self.several = reference.type == "references"
        super().__init__(_form=_form, widget=Select(multiple=self.several), **options)
        self.subject, self.reference, self.form = kind, reference, _form
        self.narrowing = [other for name, other in kind.within if name == reference.name]

    def process_formdata(self, texts: list[str]) -> None:
        """Take what was sent; without any text, nothing was chosen."""
        self.data = texts if self.several else texts[0].strip() if texts else ""

    @property
    def searched(self) -> bool:
        """Whether there are more to choose from than the list holds."""
        return self._found.more

    def iter_choices(self) -> Iterator[Choice]:
        """The options of the list."""
        chosen, listed = self._chosen, dict(self._found.results)
        if not self.several:
            yield Choice("", NOTHING_CHOSEN, not chosen, {})
        for value, label in {**listed, **chosen}.items():
            yield Choice(value, label, value in chosen, {})

    def __call__(self, **attributes: Any) -> Markup:
        """The list, and what a script needs to know of it."""
        told: dict[str, Any] = {}
        if self.searched or self.narrowing:
            asked: dict[str, Any] = {"for": self.subject.name}
            told["data-search"] = routes.url(self._kind, "search", **asked)
        if self.narrowing:
            told["data-search-with"] = " ".join(self.narrowing)
        if self.several or told or len(self._found.results) > LONGEST_LIST:
            told["data-chips"] = True
        shown: Markup = super().__call__(**told, **attributes)
        return shown

    @property
    def _kind(self) -> ObjectKind:
        return kinds.of(self.reference.target)  # type: ignore[arg-type]

    @cached_property
    def _chosen(self) -> dict[str, str]:
        texts = self.data if isinstance(self.data, list) else [self.data or ""]
        return choosing.labels_of(self._kind, current_user, texts)

    @cached_property
    def _found(self) -> choosing.Found:
        others = {name: self.form[name].data or "" for name in self.narrowing if self.form and name in self.form}
        return choosing.found(self._kind, current_user, "", others, self.subject.name, most=MOST_OPTIONS)


def control_for(kind: ObjectKind, field: Field) -> UnboundField:
    """The control of a field of kind."""
    match field.type:
        case "reference" | "references":
            return SelectReferenceField(kind, field, **_common(field))
        case "choice":
            return _choice(field)
        case "truth":
            return BooleanField(**_common(field, value="true"))
        case "long text":
            return TextAreaField(**_common(field, rows=5))
        case "number" | "decimal":
            return StringField(**_common(field, inputmode="numeric" if field.type == "number" else "decimal"))
        case _:
            return StringField(**_common(field, maxlength=field.longest or 16 * LONGEST_TEXT))


def _choice(field: Field) -> UnboundField:
    options = [SelectChoice(choice, choice) for choice in field.choices]
    none = [] if field.default in field.choices else [SelectChoice("", NOTHING_CHOSEN)]
    searched = {"data-chips": True} if len(options) > LONGEST_LIST else {}
    return SelectField(choices=[*none, *options], **_common(field, **searched))


def _common(field: Field, **attributes: Any) -> dict[str, Any]:
    """What every control has. The browser's own `required` stays off: it would hide our messages behind its own."""
    needed = {"required": False, "aria-required": "true"} if field.required else {}
    return {
        "label": field.label,
        "description": field.help,
        "id": f"id_{field.name}",
        "render_kw": {**needed, "autocomplete": "off", **attributes},
        "validators": [_Required()] if field.required else [],
    }


class _Required:
    """Sets the flag that templates read; it checks nothing."""

    field_flags = {"required": True}

    def __call__(self, _form: BaseForm, _field: object) -> None:
        """Leave the verdict to the service."""
