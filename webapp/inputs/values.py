"""All inputs of a run at once: checked, and kept as JSON. What is valid, each variable says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.accounts.models import User
from webapp.errors import InvalidInputs
from webapp.inputs.resolving import resolved
from webapp.jobs.files import Unfit
from webapp.jobs.live import Settled
from webapp.jobs.variables import Variable, parse_all

WHOLE = "__all__"
"""The name under which a message stands that is about no variable in particular."""


def parse(variables: Mapping[str, Variable], raw: object, user: User | None = None) -> dict[str, Any]:
    """The values of all variables; raw has texts of a form or JSON values by name, defaults stand in for the rest.

    Objects are looked up among those that user may choose; without a user, nobody says whether they exist.

    :raises InvalidInputs: with messages by name; under WHOLE if raw is no mapping.
    """
    if not isinstance(raw, Mapping):
        raise InvalidInputs({WHOLE: ["Job data needs to be a dict"]})
    unfit = {name: [value.why] for name, value in raw.items() if isinstance(value, Unfit)}
    values, errors = parse_all(variables, {name: value for name, value in raw.items() if name not in unfit})
    found, missing = resolved(variables, values, user) if user else ({}, {})
    values, errors = values | found, errors | missing
    if errors or unfit:
        raise InvalidInputs({**errors, **unfit})
    return values


def parse_settled(settled: Settled, raw: object, user: User | None = None) -> dict[str, Any]:
    """As parse(), of variables as they are at this moment; what raw says of those that are not asked for is dropped.

    :raises InvalidInputs: also with what could not be found out about a variable.
    """
    asked, errors = settled.asked(raw) if isinstance(raw, Mapping) else raw, dict[str, list[str]]()
    try:
        values = parse(settled.variables, asked, user)
    except InvalidInputs as refusal:
        values, errors = {}, refusal.errors
    if errors or settled.problems:
        raise InvalidInputs({**errors, **settled.problems})
    return {**values, **settled.unasked()}


def dump(variables: Mapping[str, Variable], values: Mapping[str, Any]) -> dict[str, Any]:
    """values as JSON keeps them."""
    return {name: variables[name].dump(value) for name, value in values.items()}
