"""The run form of a job, whose fields may depend on one another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp.catalogue import asking
from webapp.catalogue.models import Job
from webapp.errors import InvalidInputs
from webapp.inputs import live_forms
from webapp.inputs.forms import InputsForm, typed
from webapp.inputs.live_forms import LiveForm
from webapp.inputs.values import WHOLE
from webapp.inputs.zones import Zone

APPEARED = "With what you have entered, this is asked for as well: {labels}. Look at it, then press Run."

Sent = MultiDict[str, str]


class SentForm:
    """What was sent from the form of a job. Its fields are made when somebody asks for them, most often nobody does."""

    def __init__(self, job: Job, formdata: Sent) -> None:
        self.job, self.formdata = job, formdata

    @cached_property
    def form(self) -> InputsForm:
        """The form as it was sent."""
        return sent(self.job, self.formdata)

    def raw(self) -> dict[str, object]:
        """What was typed, by name.

        :raises InvalidInputs: as check_shown() does.
        """
        if not asking.is_live(self.job):
            return typed(asking.variables(self.job), self.formdata)
        check_shown(self.form)
        return self.form.raw()


def fresh(job: Job, initial: Mapping[str, Any], zone: Zone) -> InputsForm:
    """The form before anybody has typed, filled with initial."""
    if not asking.is_live(job):
        return InputsForm(asking.variables(job), initial=initial, zone=zone)
    return LiveForm(asking.settled(job, initial), job.variables, initial=initial, zone=zone)


def sent(job: Job, formdata: Sent) -> InputsForm:
    """The form as it was sent."""
    variables = asking.variables(job)
    if not asking.is_live(job):
        return InputsForm(variables, formdata)
    return LiveForm(asking.settled(job, live_forms.given(variables, formdata)), job.variables, formdata)


def refreshed(job: Job, formdata: Sent) -> InputsForm:
    """The form as it was sent, with defaults computed anew where nobody has typed over them."""
    variables = asking.variables(job)
    if not asking.is_live(job):
        return InputsForm(variables, formdata)
    raw = live_forms.given(variables, formdata)
    anew = live_forms.untouched(variables, raw, formdata)
    settled = asking.settled(job, {name: value for name, value in raw.items() if name not in anew})
    return LiveForm(settled, job.variables, formdata, anew=anew)


def check_shown(form: InputsForm) -> None:
    """Go on only if the page from which form was sent asked for all that form asks for, and all of that is known.

    :raises InvalidInputs: somebody would give what they have never seen; or what could not be found out, which takes
        as long each time that it is asked.
    """
    if isinstance(form, LiveForm) and (appeared := form.appeared()):
        labels = ", ".join(form[name].label.text for name in appeared)
        raise InvalidInputs({WHOLE: [APPEARED.format(labels=labels)]})
    if isinstance(form, LiveForm) and form.settled.problems:
        raise InvalidInputs(form.settled.problems)


def changed(form: InputsForm) -> list[str]:
    """The names of the fields that the page from which form was sent has to show anew."""
    return form.changed() if isinstance(form, LiveForm) else []
