"""A form in which fields come and go, and whose choices and defaults change with what was given.

What the page has to send back so that nothing typed is lost stands in fields of its own: which fields it shows, and
with which choices; what was typed in those that are hidden now; and which defaults nobody has typed over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.fields.choices import SelectChoice

from webapp.inputs.fields import NOTHING_CHOSEN
from webapp.inputs.forms import InputsForm, typed
from webapp.inputs.zones import Zone
from webapp.jobs.computing import CHOICES, DEFAULT
from webapp.jobs.files import FileVar, StoredFile, Unfit
from webapp.jobs.live import Settled
from webapp.jobs.variables import Variable

SEEN, HELD, COMPUTED = "_seen_", "_held_", "_computed_"
"""What is put before the name of a variable: how the page shows it, what was typed in it before it was hidden, and the
default, as JSON, that stands in it."""
ABSENT = "-"
"""How a page shows what it does not ask for."""

Sent = MultiDict[str, str]


class AbsentField(Field):  # type: ignore[misc]  # WTForms has no types
    """Stands for what is not asked for at the moment, and holds what was typed in it before."""

    held: Sequence[str] = ()

    def keep(self, _file: StoredFile, _user: object) -> None:
        """Do without a file."""


def as_typed(variables: Mapping[str, Variable], sent: Sent) -> Sent:
    """sent, with what was typed in fields that are hidden by now."""
    typed = MultiDict(sent)
    for name in variables:
        if not was_shown(name, sent):
            typed.setlist(name, sent.getlist(HELD + name))
            if not typed.getlist(name):
                typed.poplist(name)
    return typed


def was_shown(name: str, sent: Sent) -> bool:
    """Whether the page from which sent comes asked for the variable of that name."""
    return sent.get(SEEN + name, "") != ABSENT


def given(variables: Mapping[str, Variable], sent: Sent) -> dict[str, object]:
    """What was typed, by name; nothing of variables that the page did not ask for, unless it did so before."""
    whole = as_typed(variables, sent)
    return {name: value for name, value in typed(variables, whole).items() if name in whole or was_shown(name, sent)}


def untouched(variables: Mapping[str, Variable], raw: Mapping[str, object], sent: Sent) -> set[str]:
    """The names of those in which a default still stands that was computed for them."""
    defaults = {name: sent[COMPUTED + name] for name in raw if COMPUTED + name in sent}
    return {name for name, default in defaults.items() if _stands(variables[name], raw[name], default)}


class LiveForm(InputsForm):
    """The form of a job at a moment. What was sent is shown as it was; but defaults that nobody has typed over, which
    anew names, are those of this moment.
    """

    live = True

    def __init__(
        self,
        settled: Settled,
        described: Sequence[Mapping[str, Any]],
        sent: Sent | None = None,
        initial: Mapping[str, Any] | None = None,
        zone: Zone | None = None,
        anew: Collection[str] = (),
    ) -> None:
        super().__init__(settled.variables, sent and as_typed(settled.variables, sent), initial, zone)
        self.settled = settled
        self._sent = Sent() if sent is None else sent
        self._live = {one["name"]: one.get("live", {}) for one in described}
        self._anew = set(anew)
        if sent is None:
            self._anew |= self.variables.keys() - (initial or {}).keys()
        self._show_defaults()
        for name, variable in settled.hidden.items():
            self[name] = AbsentField(variable.label)
            self[name].held = self._held(name, variable)
        self._fields: dict[str, Field] = {one["name"]: self[one["name"]] for one in described}
        for name in settled.variables:
            if CHOICES in self._live[name]:
                self._fit(self[name])
        self.refuse(settled.problems)

    def refuse(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Show these messages as any form does, each once."""
        told = {name: self[name].errors for name in errors if name in self}
        super().refuse({name: [one for one in errors[name] if one not in told.get(name, ())] for name in errors})

    def seen(self, name: str) -> str:
        """How this form shows the variable of that name; the same as long as nothing about it changes by itself."""
        if name not in self.variables:
            return ABSENT
        choices = self.variables[name].choices if CHOICES in self._live[name] else None  # type: ignore[attr-defined]
        whole = json.dumps([choices, self.settled.problems.get(name)])
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    def computed(self, name: str) -> str | None:
        """The default that was computed for the variable of that name, as JSON, if it is what stands there."""
        if DEFAULT not in self._live[name] or name not in self.variables:
            return None
        return json.dumps(self.variables[name].default) if name in self._anew else self._sent.get(COMPUTED + name)

    def changed(self) -> list[str]:
        """The names of the variables that the page shows otherwise than this form does, without anybody's typing."""
        always_there = {field.name for field in self.dry_run()}
        return [
            name
            for name in self._fields
            if name not in always_there
            and (self.seen(name), self.computed(name)) != (self._sent.get(SEEN + name), self._sent.get(COMPUTED + name))
        ]

    def appeared(self) -> list[str]:
        """The names of the variables that are asked for, and that the page did not ask for."""
        return [name for name in self.variables if not was_shown(name, self._sent)]

    def news(self) -> str:
        """What changed() found, in a few words for who does not see it."""
        parts: dict[str, list[str]] = {"Asked for now": [], "Not asked for any more": [], "Changed": []}
        for name in self.changed():
            was, is_there = was_shown(name, self._sent), name in self.variables
            part = "Changed" if was == is_there else "Asked for now" if is_there else "Not asked for any more"
            parts[part].append(self[name].label.text)
        return " ".join(f"{part}: {', '.join(labels)}." for part, labels in parts.items() if labels)

    def _show_defaults(self) -> None:
        typed = self.formdata or Sent()
        for name, variable in self.variables.items():
            if self.formdata is not None and (name in self._anew or name not in typed and name in self.appeared()):
                self._anew.add(name)
                self[name].process(None, variable.default)

    def _held(self, name: str, variable: Variable) -> list[str]:
        """What was typed for what is hidden now, so that it comes back with its field; never a secret."""
        if variable.secret or isinstance(variable, FileVar) or name in self._anew:
            return []
        place = name if was_shown(name, self._sent) else HELD + name
        return [text for text in self._sent.getlist(place) if text]

    def _fit(self, field: Field) -> None:
        """Let no list that fits no more choose something by itself."""
        if field.type != "SelectField":
            return
        known = {choice.value for choice in field.choices}
        if field.name in self.settled.problems and field.data:
            field.choices = [SelectChoice(field.data, field.data)]
        elif field.data not in known and "" not in known:
            field.choices = [SelectChoice("", NOTHING_CHOSEN), *field.choices]


def _stands(variable: Variable, raw: object, computed: str) -> bool:
    """Whether raw is what was computed; nothing, if nothing was."""
    try:
        default = json.loads(computed)
        if default is None:
            return raw in ("", [], None)
        return bool(not isinstance(raw, Unfit) and variable.dump(variable.parse(raw)) == default)
    except (ValueError, RecursionError):
        return False
