"""The attributes of a job's `class Meta`, with their types and what they are when nothing is said."""

from __future__ import annotations

from typing import Any

from webapp.jobs.concurrency import Concurrency

TEXT, FLAG, NUMBER, NAMES, LIMITED = (str,), (bool,), (int,), (list, tuple), (Concurrency, type(None))
SECTIONS = (tuple, list)

ATTRIBUTES: dict[str, tuple[tuple[type, ...], Any]] = {
    "name": (TEXT, ""),
    "description": (TEXT, ""),
    "dryrun_default": (FLAG, False),
    "has_sensitive_variables": (FLAG, True),
    "approval_required": (FLAG, False),
    "commit_default": (FLAG, True),
    "hidden": (FLAG, False),
    "read_only": (FLAG, False),
    "is_singleton": (FLAG, False),
    "concurrency": (LIMITED, None),
    "idempotent": (FLAG, False),
    "max_attempts": (NUMBER, 1),
    "retry_backoff": (NUMBER, 10),
    "soft_time_limit": (NUMBER, 0),
    "time_limit": (NUMBER, 0),
    "task_queues": (NAMES, ()),
    "field_order": (NAMES, ()),
    "fieldsets": (SECTIONS, ()),
    "template_name": (TEXT, ""),
}
RANGES = {
    "max_attempts": (1, 100),
    "retry_backoff": (0, 86_400),
    "soft_time_limit": (0, 10**9),
    "time_limit": (0, 10**9),
}
"""The least and the greatest that numbers may be."""
SEEN_BY_NOBODY = (
    "Meta.approval_required needs Meta.has_sensitive_variables = False, which says that approvers may see the inputs; "
    "sensitive ones are shown to nobody, and are not kept while a run waits for approval"
)


def read(job_class: type) -> dict[str, Any]:
    """Every attribute of job_class.Meta, or what it is by default.

    :raises TypeError: one is of the wrong type.
    :raises ValueError: a number is out of its range, or two attributes do not go together.
    """
    meta = getattr(job_class, "Meta", object)
    if not isinstance(meta, type):
        raise TypeError(f"Meta should be a class, not {type(meta).__name__}")
    told = {name: _checked(name, getattr(meta, name, default), kinds) for name, (kinds, default) in ATTRIBUTES.items()}
    if told["max_attempts"] > 1 and not told["idempotent"]:
        raise ValueError(
            "Meta.max_attempts of more than 1 needs Meta.idempotent = True, which says that repeating is safe"
        )
    if told["is_singleton"] and told["concurrency"]:
        raise ValueError("Meta.is_singleton and Meta.concurrency do not go together: a singleton is limited already")
    if told["approval_required"] and told["has_sensitive_variables"]:
        raise ValueError(SEEN_BY_NOBODY)
    return told


def strangers(job_class: type) -> list[str]:
    """The names in job_class.Meta that mean nothing here."""
    told = dir(getattr(job_class, "Meta", object))
    return [name for name in told if name not in ATTRIBUTES and not name.startswith("_") and not hasattr(type, name)]


def _checked(name: str, value: Any, kinds: tuple[type, ...]) -> Any:
    fits = isinstance(value, kinds) and (kinds == FLAG or not isinstance(value, bool))
    if not fits:
        expected = " or ".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
        raise TypeError(f"Meta.{name} should be {expected}, not {type(value).__name__}")
    if kinds == NAMES:
        return [_checked(f"{name}[{place}]", item, TEXT) for place, item in enumerate(value)]
    if kinds == SECTIONS:
        return [_section(f"{name}[{place}]", item) for place, item in enumerate(value)]
    if kinds == NUMBER:
        _check_range(name, value)
    return value


def _section(name: str, section: Any) -> list[Any]:
    """[title, [names]], as the author's pair says."""
    if not isinstance(section, list | tuple) or len(section) != 2:
        raise TypeError(f"Meta.{name} should be a pair of a title and a list of variables, not {section!r:.100}")
    title, names = section
    return [_checked(f"{name}[0]", title, TEXT), _checked(f"{name}[1]", names, NAMES)]


def _check_range(name: str, value: int) -> None:
    least, greatest = RANGES[name]
    if value < 0:
        raise ValueError(f"Meta.{name} should not be negative")
    if not least <= value <= greatest:
        raise ValueError(f"Meta.{name} should be from {least} to {greatest:,}")
