"""The shapes in which authors may write choices."""

from enum import Enum, StrEnum

import pytest

from webapp.jobs.choices import flat, key, normal


class Colour(Enum):
    RED = "red"
    BLUE = 2


class Size(StrEnum):
    SMALL = "s"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("a", "A"), ["b", "B"]], [["a", "A"], ["b", "B"]]),
        (["ab", 5, None, False], [["ab", "ab"], [5, "5"], [None, "None"], [False, "False"]]),
        ({"a": "A", "more": {"b": "B"}}, [["a", "A"], ["more", [["b", "B"]]]]),
        ([("group", [("a", "A"), "b"])], [["group", [["a", "A"], ["b", "b"]]]]),
        (Colour, [["red", "red"], [2, "2"]]),
        ([(Size.SMALL, "Small")], [["s", "Small"]]),
        (("a",), [["a", "a"]]),
        ([], []),
    ],
)
def test_all_shapes_become_one(given, expected):
    assert normal(given) == expected
    assert normal(normal(given)) == expected


@pytest.mark.parametrize("given", ["abc", 5, None, [("a", "b", "c")], [object()], [("g", [("a", ["b"])])], [b"x"]])
def test_what_is_no_choice_is_refused(given):
    with pytest.raises(TypeError):
        normal(given)


def test_choices_may_come_one_by_one():
    assert normal(iter([(1, "one")])) == [[1, "one"]]


def test_flat_choices_know_their_group():
    assert list(flat(normal([("a", "A"), ("g", [(1, "One")])]))) == [("a", "A", None), (1, "One", "g")]


def test_nothing_stands_for_none_in_a_form():
    assert (key(None), key(0), key(False)) == ("", "0", "False")
