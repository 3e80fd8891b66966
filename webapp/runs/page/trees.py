"""A JSON value as a tree that unfolds without a script, of a size that a page bears."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from webapp.db import Json
from webapp.ui.filters import pretty_json

DEEPEST = 20
MOST_NODES = 2_000
LONGEST = 300
"""Characters of a text that are shown before one asks for the rest."""
MOST_TEXT = 20_000
"""Characters of a text that are shown at all."""
LONGEST_COPY = 50_000
"""Characters of a text that a page holds for whoever copies it."""
BEYOND_ASCII = re.compile(r"[^\n\x20-\x7e]")
OPEN_NODES = 40
"""Nodes up to which a whole tree stands open."""


@dataclass
class Node:
    """One value."""

    key: str | None
    """Its name or place in what holds it; None of the whole."""
    kind: str
    """`object`, `list`, `text`, `number`, `word` (true, false, null)."""
    text: str
    """What a leaf says, or what a folded node has in it: `3 keys`."""
    rest: str = ""
    """What follows of a long text."""
    cut: int = 0
    """How many characters or entries are not shown at all."""
    children: list[Node] = field(default_factory=list)
    open: bool = False


class _Room:
    """How many nodes may still be made."""

    def __init__(self, nodes: int) -> None:
        self.left = nodes

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0


def of(value: Json, nodes: int = MOST_NODES) -> Node:
    """value as a tree of at most so many nodes; what is too deep, too long or too much is counted instead of shown."""
    root = _node(None, value, 0, _Room(nodes))
    if isinstance(value, dict | list):
        root.open = True
        if _size(root) <= OPEN_NODES:
            _unfold(root)
    return root


def copied(value: Json) -> str | None:
    """value as JSON text for whoever copies it, what cannot be seen as escapes; None if it is too long for a page."""
    text = pretty_json(value)
    return BEYOND_ASCII.sub(_visible, text) if len(text) <= LONGEST_COPY else None


def _visible(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def _node(key: str | None, value: Any, depth: int, room: _Room) -> Node:
    if isinstance(value, dict):
        return _several(Node(key, "object", _counted(len(value), "key")), value.items(), len(value), depth, room)
    if isinstance(value, list):
        numbered = ((str(n), one) for n, one in enumerate(value))
        return _several(Node(key, "list", _counted(len(value), "entry", "entries")), numbered, len(value), depth, room)
    if isinstance(value, str):
        return Node(key, "text", value[:LONGEST], value[LONGEST:MOST_TEXT], max(0, len(value) - MOST_TEXT))
    return Node(key, "word" if value is None or isinstance(value, bool) else "number", json.dumps(value))


def _several(node: Node, entries: Iterable[tuple[str, Any]], count: int, depth: int, room: _Room) -> Node:
    if depth < DEEPEST:
        for name, one in entries:
            if not room.take():
                break
            node.children.append(_node(name, one, depth + 1, room))
    node.cut = count - len(node.children)
    return node


def _size(node: Node) -> int:
    return 1 + sum(_size(child) for child in node.children)


def _unfold(node: Node) -> None:
    node.open = True
    for child in node.children:
        _unfold(child)


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
