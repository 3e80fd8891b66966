"""The attributes of a job's `class Meta`, with their types and what they are when nothing is said."""

from __future__ import annotations

from typing import Any

TEXT, FLAG, SECONDS, NAMES = (str,), (bool,), (int,), (list, tuple)

ATTRIBUTES: dict[str, tuple[tuple[type, ...], Any]] = {
    "name": (TEXT, ""),
    "description": (TEXT, ""),
    "dryrun_default": (FLAG, False),
    "has_sensitive_variables": (FLAG, True),
    "hidden": (FLAG, False),
    "read_only": (FLAG, False),
    "is_singleton": (FLAG, False),
    "soft_time_limit": (SECONDS, 0),
    "time_limit": (SECONDS, 0),
    "task_queues": (NAMES, ()),
    "field_order": (NAMES, ()),
}


def read(job_class: type) -> dict[str, Any]:
    """Every attribute of job_class.Meta, or what it is by default.

    :raises TypeError: one is of the wrong type.
    :raises ValueError: a time limit is negative.
    """
    meta = getattr(job_class, "Meta", None)
    return {name: _checked(name, getattr(meta, name, default), kinds) for name, (kinds, default) in ATTRIBUTES.items()}


def _checked(name: str, value: Any, kinds: tuple[type, ...]) -> Any:
    fits = isinstance(value, kinds) and (kinds == FLAG or not isinstance(value, bool))
    if not fits:
        expected = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"Meta.{name} should be {expected}, not {type(value).__name__}")
    if kinds == NAMES:
        return [_checked(f"{name}[{place}]", item, TEXT) for place, item in enumerate(value)]
    if kinds == SECONDS and value < 0:
        raise ValueError(f"Meta.{name} should not be negative")
    return value
