"""Files written for Nautobot: what they import from `nautobot` comes from the kit, in processes that run authors' code.

An installed Nautobot, or an author's own module of that name, comes first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from webapp.sources.nautobot_names import MODULES, missing

TOP = "nautobot"


class Stage(MetaPathFinder, Loader):
    """Finds the modules that nobody else has found, and fills them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where the module of that name comes from; None if it is none of Nautobot's.

        :raises ModuleNotFoundError: it is, but there is none of that name here; the text says what to use instead.
        """
        if fullname.partition(".")[0] != TOP or (fullname != TOP and not self._began(sys.modules.get(TOP))):
            return None
        if fullname not in MODULES:
            raise ModuleNotFoundError(missing(fullname), name=fullname)
        return ModuleSpec(fullname, self, is_package=any(name.startswith(f"{fullname}.") for name in MODULES))

    def exec_module(self, module: ModuleType) -> None:
        """Give module what it holds; whatever else is asked of it is an ImportError that says what to use instead."""
        name, content = module.__name__, MODULES[module.__name__]

        def refuse(wanted: str) -> Any:
            # Packages are asked before their modules, and everybody asks for names like __path__.
            if wanted.startswith("__") or f"{name}.{wanted}" in MODULES:
                raise AttributeError(f"module {name!r} has no attribute {wanted!r}")
            raise ImportError(missing(wanted, name), name=name)

        vars(module).update(content, __all__=list(content), __getattr__=refuse)

    def _began(self, module: ModuleType | None) -> bool:
        return module is not None and getattr(module.__spec__, "loader", None) is self


_stage = Stage()


def set_up() -> None:
    """From now on files written for Nautobot find the kit where they look for it."""
    if _stage not in sys.meta_path:
        sys.meta_path.append(_stage)
