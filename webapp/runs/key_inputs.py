"""The key inputs of a run: those that its author has marked with `summary=True`, by which lists tell runs apart.

What they say is written down when a run is made. Only names of objects are looked up when it is shown, as who looks may
not see all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from json import JSONEncoder
from typing import Any, Protocol

from webapp.accounts.models import User
from webapp.inputs.handing import labels_of
from webapp.jobs import choices
from webapp.jobs.choosing import ChoiceVar
from webapp.jobs.files import FileVar
from webapp.jobs.moments import DateTimeVar
from webapp.jobs.objects import NULL, ObjectVar
from webapp.jobs.plain import text_of, without_colours
from webapp.jobs.variable import Variable
from webapp.jobs.variables import DryRunVar
from webapp.runs.unseen import marked

LONGEST, LONGEST_OF_ALL = 60, 120
"""Characters of what one input says, and of all together."""
MOST_LISTED = 3
"""Values of a list that are named; of a longer one the first two, and how many there are besides."""
LOOKED_AT = 1_000
"""Characters of a text in which what is shown of it is looked for."""
DOCUMENT = JSONEncoder(ensure_ascii=False)

Told = dict[str, Any]
"""What one of them says: `name` and `text`; of objects, instead of the text, `model`, `display_field`, `keys`, how many
`more` there are, and `null`, the words for none."""


class HasKeyInputs(Protocol):
    """A run, or as much of its row as it takes."""

    number: Any
    key_inputs: Any


def kept(
    variables: Mapping[str, Variable], inputs: Mapping[str, Any], hidden: Collection[str] = ()
) -> list[Told] | None:
    """What is kept of dumped inputs that people may read, without those that are hidden as they are not asked for; None
    if it is nothing."""
    summing_up = [name for name, variable in variables.items() if variable.summary and name not in hidden]
    told = [name for name in summing_up if _is_told(name, variables[name]) and not _is_empty(inputs.get(name))]
    return [{"name": name, **_told(variables[name], inputs[name])} for name in told] or None


def shown(runs: Iterable[HasKeyInputs], user: User) -> dict[int, str]:
    """The key inputs of runs as user may read them, by number, of those that have any; a question for each kind of
    objects among them. What user does not see keeps its primary key."""
    by_number = {run.number: run.key_inputs for run in runs if run.key_inputs}
    labels = _labels([one for told in by_number.values() for one in told], user)
    return {number: _joined(told, labels) for number, told in by_number.items()}


def _is_told(name: str, variable: Variable) -> bool:
    # That it is a dry run, pages say anyway.
    return not variable.secret and not (name == "dryrun" and isinstance(variable, DryRunVar))


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [])


def _told(variable: Variable, value: Any) -> Told:
    values = value if isinstance(value, list) and variable.multiple else [value]
    first = values[: MOST_LISTED if len(values) <= MOST_LISTED else MOST_LISTED - 1]
    more = len(values) - len(first)
    if not isinstance(variable, ObjectVar):
        return {"text": _listed(_texts(variable, first), more)}
    about = {"model": variable.model, "display_field": variable.display_field, "null": variable.null_option}
    return {**about, "keys": first, "more": more}


def _texts(variable: Variable, values: Sequence[Any]) -> list[str]:
    if isinstance(variable, ChoiceVar):
        # Lists may be long: what stands for a value is asked only of those that may be it.
        among = ((known, label) for known, label, _ in choices.flat(variable.choices) if known in values)
        labels = {choices.key(known): label for known, label in among}
        return [labels.get(choices.key(value)) or choices.key(value) for value in values]
    if isinstance(variable, FileVar):
        return [value["name"] for value in values]
    if isinstance(variable, DateTimeVar):
        moments = (datetime.fromisoformat(value).astimezone(UTC) for value in values)
        return [f"{moment.isoformat(' ', 'minutes')[:16]} UTC" for moment in moments]
    return [_text(value) for value in values]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    # Of a document that may be long, only its beginning is written: each part has a character at least.
    return value if isinstance(value, str) else "".join(islice(DOCUMENT.iterencode(value), LOOKED_AT))


def _labels(told: Sequence[Told], user: User) -> dict[tuple[str, str], dict[str, str]]:
    """The names of the objects among what is told, by kind and what is shown of it, and by primary key."""
    keys = defaultdict[tuple[str, str], set[str]](set)
    for one in told:
        if "model" in one:
            keys[one["model"], one["display_field"]].update(key for key in one["keys"] if key != NULL)
    return {what: labels_of(ObjectVar(*what), wanted, user) for what, wanted in keys.items()}


def _joined(told: Sequence[Told], labels: Mapping[tuple[str, str], Mapping[str, str]]) -> str:
    parts = (f"{one['name']}={one['text'] if 'text' in one else _named(one, labels)}" for one in told)
    return _cut(" · ".join(parts), LONGEST_OF_ALL)


def _named(one: Told, labels: Mapping[tuple[str, str], Mapping[str, str]]) -> str:
    known = {NULL: one["null"] or NULL, **labels[one["model"], one["display_field"]]}
    return _listed([known.get(key, key) for key in one["keys"]], one["more"])


def _listed(texts: Iterable[str], more: int) -> str:
    """texts in one line, and how many there are besides."""
    behind = f" and {more:,} more" if more else ""
    return _cut(", ".join(map(_line, texts)), LONGEST - len(behind)) + behind


def _line(text: str) -> str:
    """The beginning of text in one line, without what deceives who reads it, and with marks for what nobody sees."""
    return marked(" ".join(without_colours(text_of(text.lstrip()[:LOOKED_AT])).split()))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
