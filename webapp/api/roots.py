"""What there is below an address of the API."""

from __future__ import annotations

from flask import Flask, current_app

EXTENSION = "api.paths"


def announce(app: Flask, path: str) -> None:
    """There is something at path, as "/api/dcim/devices/", for which there is no rule of its own."""
    app.extensions.setdefault(EXTENSION, set()).add(path)


def steps_below(path: str) -> list[str]:
    """The names of what stands one step below path, sorted."""
    paths = {rule.rule for rule in current_app.url_map.iter_rules()} | current_app.extensions.get(EXTENSION, set())
    below = (each.removeprefix(path) for each in paths if each.startswith(path))
    steps = {rest.partition("/")[0] for rest in below}
    return sorted(step for step in steps if step and "<" not in step)
