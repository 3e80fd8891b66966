"""Icons: the few that pages use, taken out of the wheel's sprite on the server; the sprite itself is never sent."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from markupsafe import Markup

SPRITE = "static/bootstrap5/icons/bootstrap-icons.svg"


@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> Markup:
    """The icon called name as an inline <svg>; with a label it speaks, without one it only decorates.

    :raises LookupError: the sprite has no such icon.
    """
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon" viewBox="0 0 16 16" width="16" height="16" fill="currentColor" {}>{}</svg>'
    ).format(spoken, _shapes(name))


def symbols(*names: str) -> Markup:
    """The icons of these names as an <svg> that shows nothing, for drawn() to draw them many times.

    :raises LookupError: the sprite has no such icon.
    """
    found = Markup("").join(
        Markup('<symbol id="icon-{}" viewBox="0 0 16 16">{}</symbol>').format(name, _shapes(name)) for name in names
    )
    return Markup('<svg width="0" height="0" class="symbols" aria-hidden="true">{}</svg>').format(found)


def drawn(name: str) -> Markup:
    """An icon that only decorates, of those that symbols() has put into the page."""
    return Markup('<svg class="icon" fill="currentColor" aria-hidden="true"><use href="#icon-{}"/></svg>').format(name)


@cache
def _shapes(name: str) -> Markup:
    found = re.search(rf'<symbol [^>]*id="{re.escape(name)}"[^>]*>(.*?)</symbol>', _sprite().read_text())
    if found is None:
        raise LookupError(f"There is no icon called {name}.")
    return Markup(found[1])


@cache
def _sprite() -> Path:
    spec = find_spec("flask_bootstrap")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The package flask_bootstrap is not installed; it carries the icons.")
    return Path(spec.submodule_search_locations[0]) / SPRITE
