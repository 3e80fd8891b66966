"""Which elements of two sequences stand for each other: the longest common subsequence, in time that is bounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Stretch(NamedTuple):
    """Elements from one place up to another, in both; they are equal, or those of one replace those of the other."""

    equal: bool
    left: range
    right: range


def stretches(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[Stretch]:
    """left and right from beginning to end, in stretches of which no two that follow each other are of one kind."""
    return _joined(_pairs(left, right), len(left), len(right))


def alike(left: Sequence[Hashable], right: Sequence[Hashable]) -> tuple[int, int]:
    """How many elements both begin with alike, and how many of the others they end with."""
    begin, shorter = 0, min(len(left), len(right))
    while begin < shorter and left[begin] == right[begin]:
        begin += 1
    end = 0
    while end < shorter - begin and left[-1 - end] == right[-1 - end]:
        end += 1
    return begin, end


def _pairs(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The places of what is equal, in order."""
    begin, end = alike(left, right)
    # What only one of them has cannot be equal to anything.
    common = set(left[begin : len(left) - end]) & set(right[begin : len(right) - end])
    ours = [place for place in range(begin, len(left) - end) if left[place] in common]
    theirs = [place for place in range(begin, len(right) - end) if right[place] in common]
    middle = _longest([left[place] for place in ours], [right[place] for place in theirs])
    return [
        *((place, place) for place in range(begin)),
        *((ours[one], theirs[other]) for one, other in middle),
        *((len(left) - back, len(right) - back) for back in range(end, 0, -1)),
    ]


def _longest(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The places of a longest common subsequence.

    A row of the table for each element of right, as the bits of one number, of which a bit is 0 where the length grows.
    So a row costs a few operations on a number, whatever stands in the sequences.
    Source: Hyyrö, Bit-parallel LCS-length computation revisited, 2004.
    """
    places: defaultdict[Hashable, int] = defaultdict(int)
    for place, element in enumerate(left):
        places[element] |= 1 << place
    whole = (1 << len(left)) - 1
    row, rows = whole, list[int]()
    for element in right:
        both = row & places[element]
        row = ((row + both) | (row - both)) & whole
        rows.append(row)
    return _traced(rows, len(left))


def _traced(rows: Sequence[int], width: int) -> list[tuple[int, int]]:
    """The pairs that the table tells of, from its end to its beginning and turned round."""
    found, column, line = list[tuple[int, int]](), width, len(rows)
    while column and line:
        if rows[line - 1] >> (column - 1) & 1:
            column -= 1
            continue
        line -= 1
        if not line or rows[line - 1] >> (column - 1) & 1:
            column -= 1
            found.append((column, line))
    return found[::-1]


def _joined(pairs: Sequence[tuple[int, int]], left: int, right: int) -> list[Stretch]:
    found, one, other, place = list[Stretch](), 0, 0, 0
    while place < len(pairs):
        first, second = pairs[place]
        if (first, second) != (one, other):
            found.append(Stretch(False, range(one, first), range(other, second)))
        length = 1
        while place + length < len(pairs) and pairs[place + length] == (first + length, second + length):
            length += 1
        one, other, place = first + length, second + length, place + length
        found.append(Stretch(True, range(first, one), range(second, other)))
    if one < left or other < right:
        found.append(Stretch(False, range(one, left), range(other, right)))
    return found
