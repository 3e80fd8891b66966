"""Marks in pipes: they are found wherever they lie, and nobody reads them."""

from __future__ import annotations

import os

import pytest

from webapp.job_process.marks import BEGINNING, Marked, Marker


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def mark(number: int) -> bytes:
    return BEGINNING + b"%d\x1b\\\x00" % number


def test_what_lies_before_a_mark_is_told_apart_from_what_lies_behind_it():
    out = Marked()
    out.add(b"a\nb" + mark(1) + b"c\n" + mark(2) + mark(3))
    out.add(b"d")
    assert b"".join(out.before(1)) == b"a\nb"
    assert b"".join(out.before(1)) == b""
    assert b"".join(out.before(3)) == b"c\n"
    assert b"".join(out.before(4)) == b"d"


def test_who_meets_a_mark_may_take_what_lies_behind_it():
    out, told = Marked(), []

    def met(number):
        told.append(number)
        told.extend(out.before(number))
        told.extend(out.before(number + 1))

    out.add(b"a" + mark(1) + b"b" + mark(2) + b"c")
    for piece in out.everything(met):
        told.append(piece)
    assert [one for one in told if one] == [b"a", 1, b"b", 2, b"c"]


def test_what_looks_like_one_is_what_somebody_printed():
    out = Marked()
    out.add(BEGINNING + b"x" + mark(7)[:-1])
    assert b"".join(out.everything(pytest.fail)) == BEGINNING + b"x" + mark(7)[:-1]


def test_marks_are_left_only_where_pipes_still_are_what_they_were(pipe, tmp_path):
    read, write = pipe
    marker = Marker([write])
    marker.leave()
    assert os.read(read, 1_000) == mark(1)
    kept, file = os.dup(write), os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    os.dup2(file, write)
    marker.leave()
    assert (tmp_path / "file").read_bytes() == b""
    os.dup2(kept, write)
    marker.leave()
    assert os.read(read, 1_000) == mark(3)
    for number in (kept, file):
        os.close(number)
