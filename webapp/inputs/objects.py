"""The fields of objects: lists to select from, which a script may turn into something better."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from flask_login import current_user
from markupsafe import Markup
from wtforms.fields.choices import Choice, SelectFieldBase
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm

from webapp.inputs import searching
from webapp.inputs.fields import NOTHING_CHOSEN, SEARCHED, TALLEST_LIST, common, field_for
from webapp.inputs.resolving import chosen
from webapp.inputs.widgets import Options
from webapp.jobs.objects import NULL, MultiObjectVar, ObjectVar
from webapp.jobs.tracebacks import shortened

MOST_OPTIONS = 200
LONGEST_LABEL = 200


class SelectObjectField(SelectFieldBase):  # type: ignore[misc]  # WTForms has no types
    """Chooses one object, or several, among the first of those that whoever sees the form may choose.

    What is chosen stays, also if it is not among them, or nothing at all.
    """

    address = ""
    """Where more of them are found."""

    def __init__(self, variable: ObjectVar, _form: BaseForm | None = None, **options: Any) -> None:
        super().__init__(_form=_form, widget=Options(multiple=variable.multiple), **options)
        self.variable, self.form = variable, _form

    def process_formdata(self, texts: list[str]) -> None:
        """Take what was sent; without any text, nothing was chosen."""
        self.data = texts if self.variable.multiple else texts[0] if texts else None

    def keys(self) -> list[str]:
        """What is chosen, as primary keys where it was described otherwise."""
        return list(self._chosen)

    def iter_choices(self) -> Iterator[Choice]:
        """The options of the list."""
        values, found = self._chosen, self._found
        if not self.variable.multiple and not (self.variable.required and self.variable.default is not None):
            yield Choice("", NOTHING_CHOSEN, not values, {})
        if self.variable.null_option is not None:
            yield Choice(NULL, self.variable.null_option, NULL in values, {})
        for value, label in found.results:
            yield Choice(value, label, value in values, {})
        listed = {value for value, _ in found.results} | ({NULL} if self.variable.null_option is not None else set())
        for value, label in values.items():
            if value not in listed:
                yield Choice(value, shortened(label, LONGEST_LABEL), True, {})

    def __call__(self, **attributes: Any) -> Markup:
        """The list, and what a script needs to know of it."""
        told: dict[str, Any] = {"data-search": self.address} if self.address else {}
        told |= {"data-search-with": " ".join(self.variable.others)} if self.variable.others else {}
        told |= {"size": min(TALLEST_LIST, max(2, len(self._found.results)))} if self.variable.multiple else {}
        # What other fields narrow is looked for anew when they have changed.
        told |= SEARCHED if self.variable.multiple or self._found.more or self.variable.others else {}
        shown: Markup = super().__call__(**told, **attributes)
        return shown

    @cached_property
    def _chosen(self) -> dict[str, str]:
        return chosen(self.variable, self.data, current_user)

    @cached_property
    def _found(self) -> searching.Found:
        try:
            return searching.found(self.variable, current_user, self._others(), most=MOST_OPTIONS)
        except ValueError:  # what the other fields hold fits nothing, which they say themselves
            return searching.Found([], more=False)

    def _others(self) -> dict[str, Any]:
        fields = {name: self.form[name] for name in self.variable.others if self.form is not None and name in self.form}
        return {name: field.keys() if isinstance(field, type(self)) else field.data for name, field in fields.items()}


@field_for.register(ObjectVar)
@field_for.register(MultiObjectVar)
def _(variable: ObjectVar, name: str) -> UnboundField:
    return SelectObjectField(variable, **common(variable, name))


def search_at(form: BaseForm, address: Callable[[str], str]) -> None:
    """Tell each field of form that chooses objects where more of them are found: address gives it for its name."""
    for field in form:
        if isinstance(field, SelectObjectField):
            field.address = address(field.name)
