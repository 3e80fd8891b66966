"""The controls of filters and of forms for many objects: what can be chosen, where that is few enough to be listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.inventory import kinds
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists.asked import Asked
from webapp.inventory.lists.filters import CONTAINS, NONE, NULL, TRUTHS, Filter, filterable

MOST_LISTED = 200
"""Objects that are listed to choose from; of more, the name is asked for."""
MOST_MAIN = 4
MAIN = ("reference", "choice", "truth")


@dataclass(frozen=True)
class Control:
    """A filter as it is shown."""

    name: str
    """In the address."""
    label: str
    value: str
    options: Sequence[tuple[str, str]] | None
    """Values and words to choose from; None where something is typed."""
    help: str = ""


def controls(
    kind: ObjectKind, asked: Asked, filters: Sequence[Filter], user: User
) -> tuple[list[Control], list[Control]]:
    """The filters that stand before the list, and the others, which are looked up only if somebody asks for them."""
    fields = filterable(kind)
    main = [name for name in kind.columns if name in fields and fields[name].type in MAIN][:MOST_MAIN]
    others = [name for name in fields if name not in main and fields[name].column not in _labels(kind)]
    rest = others if asked.more or any(_parameter(fields[name]) in asked.filters for name in others) else []
    return tuple([_control(kind, fields[name], filters, user) for name in names] for names in (main, rest))  # type: ignore[return-value]


def has_more(kind: ObjectKind) -> bool:
    """Whether there are other filters than those before the list."""
    return len(filterable(kind)) > MOST_MAIN


def options_of(kind: ObjectKind, field: Field, user: User) -> list[tuple[str, str]] | None:
    """What field of an object of kind may hold, with the words for it; None if that is too much to be listed, or
    nothing that can be.
    """
    if field.type == "choice":
        return [(choice, choice) for choice in field.choices]
    if field.type == "truth":
        return [(str(value).lower(), word) for value, word in TRUTHS.items()]
    if field.type in ("reference", "references"):
        return _objects(kind, field, user)
    return None


def _objects(kind: ObjectKind, field: Field, user: User) -> list[tuple[str, str]] | None:
    target: Any = field.target
    of = kinds.of(target)
    if not of.search or of.components:
        return None
    labels = getattr(target, "content_types", None)
    columns = (target.id, of.search[0], *([labels] if labels is not None else []))
    query = visible(target, user).with_only_columns(*columns).order_by(*of.order, target.id).limit(MOST_LISTED + 1)
    rows = db.session.execute(query).all()
    if len(rows) > MOST_LISTED:
        return None
    fit = [row for row in rows if labels is None or not row[2] or kind.name in row[2]]
    return list(_with_names(fit))


def _with_names(rows: Sequence[Any]) -> Iterable[tuple[str, str]]:
    """Names are values where nothing else is called so: whoever reads the address understands it."""
    names = Counter(row[1] for row in rows)
    for row in rows:
        alone = names[row[1]] == 1
        yield (str(row[1]) if alone else str(row[0]), str(row[1]) if alone else f"{row[1]} ({str(row[0])[:8]})")


def _labels(kind: ObjectKind) -> set[str]:
    """The search box looks for what objects are called."""
    return {kind.search[0].key} if kind.search else set()


def _parameter(field: Field) -> str:
    return f"{field.name}__{CONTAINS}" if field.type == "text" else field.name


def _control(kind: ObjectKind, field: Field, filters: Sequence[Filter], user: User) -> Control:
    name = _parameter(field)
    set_ = next((each for each in filters if each.name == name), None)
    options = options_of(kind, field, user)
    if options is not None and (field.nullable or field.type in ("references", "choice")):
        options = [*options, (NULL, NONE)]
    return Control(
        name=name,
        label=field.label,
        value=_chosen(set_, options),
        options=options,
    )


def _chosen(filter: Filter | None, options: list[tuple[str, str]] | None) -> str:
    """The value that the control shows, which may be said in another way in the address; it is among options then."""
    if filter is None:
        return ""
    if options is None:
        return filter.words if not filter.problem else filter.value
    known = next((value for value, words in options if filter.value in (value, words) or filter.words == words), None)
    if known is None:
        options.append((filter.value, filter.words))
        return filter.value
    return known
