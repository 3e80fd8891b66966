"""Objects in trees: each may have a parent of the same kind."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def and_below(model: Any, ids: sa.Select[Any]) -> sa.Select[Any]:
    """The ids of the rows of model among ids, and of all below them."""
    tree = sa.select(model.id).where(model.id.in_(ids)).cte("tree", recursive=True)
    # UNION, and not UNION ALL: a tree that has become a circle must not keep the database busy.
    tree = tree.union(sa.select(model.id).join(tree, model.parent_id == tree.c.id))
    return sa.select(tree.c.id)
