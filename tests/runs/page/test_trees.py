"""A result as a tree: in its order, clipped where it is long, counted where it is too much."""

from __future__ import annotations

import json

from tests.product import on_sqlite
from tests.runs.page.conftest import words
from webapp.runs.page import trees
from webapp.runs.page.trees import Node


def told(node: Node) -> object:
    """A tree as the value that it shows."""
    if node.kind in ("object", "list"):
        return [(child.key, told(child)) for child in node.children]
    return node.text + node.rest


def depth(node: Node) -> int:
    return 1 + max((depth(child) for child in node.children), default=0)


def count(node: Node) -> int:
    return 1 + sum(count(child) for child in node.children)


def test_keys_stay_in_the_order_in_which_they_were_given():
    tree = trees.of({"z": 1, "a": [True, None], "m": {"text": "x"}})
    assert told(tree) == [("z", "1"), ("a", [("0", "true"), ("1", "null")]), ("m", [("text", "x")])]
    assert [child.text for child in tree.children] == ["1", "2 entries", "1 key"]


def test_a_small_tree_stands_open_and_a_large_one_only_at_its_root():
    assert trees.of({"a": {"b": 1}}).children[0].open
    large = trees.of({"a": {str(n): n for n in range(100)}})
    assert large.open
    assert not large.children[0].open


def test_a_scalar_is_a_leaf():
    assert [(trees.of(value).kind, trees.of(value).text) for value in ("hi", 1.5, True, "")] == [
        ("text", "hi"),
        ("number", "1.5"),
        ("word", "true"),
        ("text", ""),
    ]


def test_a_long_text_is_clipped_and_a_huge_one_is_cut():
    tree = trees.of("x" * 100_000)
    assert (len(tree.text), len(tree.text + tree.rest)) == (trees.LONGEST, trees.MOST_TEXT)
    assert tree.cut == 100_000 - trees.MOST_TEXT


def test_what_is_too_deep_or_too_much_is_counted():
    value: object = 1
    for _ in range(200):
        value = [value]
    assert depth(trees.of(value)) == trees.DEEPEST + 1
    tree = trees.of([[n] for n in range(5_000)])
    assert count(tree) <= trees.MOST_NODES + 1
    assert tree.cut == 5_000 - len(tree.children)


def test_a_text_that_is_too_long_is_not_copied_into_the_page():
    assert trees.copied({"a": "é"}) == '{\n  "a": "é"\n}'
    hidden = "\u202e\x7f\U000e0001"
    assert json.loads(trees.copied(hidden)) == hidden
    assert trees.copied(hidden).isascii()
    assert trees.copied("x" * 100_000) is None


@on_sqlite
def test_the_result_is_shown_as_a_tree_of_texts(ended, vic):
    run = ended(result={"<b>": "<script>alert(1)</script>", "rlo": "\u202egpj", "long": "y" * 1_000})
    text = vic.get(f"/runs/{run.number}/result").text
    assert "<script>alert" not in text
    assert "&lt;b&gt;" in text
    assert "\u202e" not in text
    assert "\\u202egpj" in words(text)
    assert "show all" in text
    assert f'href="/api/extras/job-results/{run.id}/"' in text


@on_sqlite
def test_a_scalar_is_shown_plainly_and_nothing_says_so(ended, vic):
    said = words(vic.get(f"/runs/{ended(result='12 devices').number}/result").text)
    assert "12 devices" in said
    assert "keys" not in said
    assert "The job has returned nothing." in words(vic.get(f"/runs/{ended().number}/result").text)
