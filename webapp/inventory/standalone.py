"""The inventory without an application: in the tests of authors, and in processes of jobs that have loaded none."""

from __future__ import annotations

from webapp.inventory import holding, integrity, kinds
from webapp.inventory.builtin import KINDS


def set_up() -> None:
    """From now on what becomes of objects is held against the rules and recorded; nothing more if it is already."""
    integrity.init_app()
    holding.init_app()
    for kind in KINDS:
        kinds.make_known(kind)


def is_all() -> bool:
    """Whether there are no kinds but those that set_up() knows: no app has brought its own."""
    return len(kinds.every()) == len(KINDS)
