"""The forms of a queue: its name and description, and the reason for a pause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wtforms import Form, HiddenField, StringField
from wtforms.validators import InputRequired

from webapp.catalogue.models import LONGEST_QUEUE
from webapp.runs.pausing import LONGEST_REASON


class Refusable(Form):  # type: ignore[misc]
    """Fields whose values somebody else judges."""

    def refuse(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Let each field say what is wrong with it."""
        for name, messages in errors.items():
            self[name].errors = list(messages)


class QueueForm(Refusable):
    """What people say of a queue."""

    name = StringField(
        "Name",
        [InputRequired()],
        description="Workers serve a queue by its name, and classes of jobs ask for it by its name.",
        render_kw={"maxlength": LONGEST_QUEUE, "autocomplete": "off", "spellcheck": "false"},
    )
    description = StringField(
        "Description",
        description="Where its workers are, or what they can reach: whoever chooses a queue reads it.",
        render_kw={"maxlength": LONGEST_QUEUE, "autocomplete": "off"},
    )

    @property
    def values(self) -> dict[str, object]:
        """What was typed, by name."""
        return {name: self[name].data for name in ("name", "description")}


class ChangeForm(QueueForm):
    """What people say of a queue that has a record, with what they were shown: others may change it meanwhile."""

    shown_name = HiddenField()
    shown_description = HiddenField()

    @property
    def values(self) -> dict[str, object]:
        """What was typed that is not what was shown, by name."""
        return {name: value for name, value in super().values.items() if value != self[f"shown_{name}"].data}


class PauseForm(Refusable):
    """Why a queue is paused."""

    reason = StringField(
        "Reason",
        [InputRequired()],
        description="Everybody whose run waits here reads it.",
        render_kw={"maxlength": LONGEST_REASON, "autocomplete": "off", "autofocus": True},
    )
