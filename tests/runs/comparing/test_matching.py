"""Two sequences are matched by as much as they have in common, whatever stands in them."""

from __future__ import annotations

import random

import pytest

from webapp.runs.comparing.matching import Stretch, stretches


def longest(left: str, right: str) -> int:
    """The length of the longest common subsequence, found in the plain way."""
    above = [0] * (len(right) + 1)
    for one in left:
        row = [0]
        for place, other in enumerate(right):
            row.append(above[place] + 1 if one == other else max(above[place + 1], row[place]))
        above = row
    return above[-1]


def part(text: str, places: range) -> str:
    return text[places.start : places.stop]


@pytest.mark.parametrize("letters", ["ab", "abcde", "abcdefghijklmnop"])
def test_nothing_is_lost_nothing_is_doubled_and_no_more_could_be_equal(letters):
    dice = random.Random(letters)
    for _ in range(400):
        left, right = ("".join(dice.choices(letters, k=dice.randrange(14))) for _ in range(2))
        found = stretches(left, right)
        assert "".join(part(left, one.left) for one in found) == left
        assert "".join(part(right, one.right) for one in found) == right
        assert all(part(left, one.left) == part(right, one.right) for one in found if one.equal)
        assert sum(len(one.left) for one in found if one.equal) == longest(left, right), (left, right)
        assert all(one.equal is not other.equal for one, other in zip(found, found[1:], strict=False))


def test_what_is_the_same_is_one_stretch_and_what_has_nothing_in_common_another():
    assert stretches("abc", "abc") == [Stretch(True, range(3), range(3))]
    assert stretches("abc", "xy") == [Stretch(False, range(3), range(2))]
    assert stretches("", "") == []


def test_ten_thousand_elements_that_repeat_each_other_are_matched_without_trying_every_way():
    """With the plain way this would be 10**8 steps; a step here is one operation on a row."""
    left, right = [n % 2 for n in range(10_000)], [n // 2 % 2 for n in range(10_000)]
    found = stretches(left, right)
    assert sum(len(one.left) for one in found) == sum(len(one.right) for one in found) == 10_000
