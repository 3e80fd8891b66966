"""Logs with folded groups in blocks: the same whether the groups tell what is hidden, or the lines have to."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from webapp.db import db, transaction
from webapp.runs.log import blocks, folding
from webapp.runs.log.asked import Asked
from webapp.runs.log.blocks import Block, around
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.log.reading import Reading
from webapp.runs.models import Run


@given(st.lists(st.booleans(), max_size=80))
def test_blocks_hold_each_line_that_is_shown_once_and_none_has_too_many(hidden):
    shown = [seq for seq, away in enumerate(hidden, 1) if not away]
    stretches, last = [], 0
    for seq, away in enumerate(hidden, 1):
        if away:
            stretches += [] if last == seq - 1 and stretches else [(seq, seq)]
            stretches[-1] = (stretches[-1][0], seq)
            last = seq
    size, blocks.SIZE = blocks.SIZE, 7
    try:
        found = around(stretches, len(hidden))
    finally:
        blocks.SIZE = size
    told = [[seq for seq in shown if block.first <= seq <= block.last] for block in found]
    assert sum(told, []) == shown
    assert [len(lines) for lines in told] == [block.size for block in found]
    assert all(0 < block.size <= 7 for block in found)
    assert all(block.first == before.last + 1 for before, block in zip(found, found[1:], strict=False))


@pytest.fixture
def grouped(told):
    """A run with three groups that went well: 2 to 4, 5 to 9 with one below, and one between whose lines are others."""
    run = told()
    run.count(20)
    run.end()
    paths = {3: "2/", 4: "2/", 6: "5/", 7: "5/", 8: "5/7/", 9: "5/", 12: "11/", 14: "11/"}
    with transaction() as session:
        for seq, path in paths.items():
            session.execute(sa.update(LogLine).where(LogLine.seq == seq).values(path=path))
        for seq, path, end, count in ((2, "2/", 4, 2), (5, "5/", 9, 4), (7, "5/7/", 8, 1), (11, "11/", 14, 2)):
            session.add(
                LogGroup(
                    **{"run_number": run.number, "seq": seq, "attempt": 1, "is_item": False, "path": path},
                    **{"title": "g", "started_us": 1, "ended_us": 2, "end_seq": end, "line_count": count},
                )
            )
        session.execute(sa.update(Run).values(group_count=4))
    return db.session.get(Run, run.number)


def without_the_last(session) -> None:
    session.execute(sa.delete(LogGroup).where(LogGroup.seq == 11))
    session.execute(sa.update(LogLine).where(LogLine.path == "11/").values(path=""))


def test_groups_tell_what_they_hide_unless_other_lines_stand_between_theirs(grouped):
    assert folding.stretches(grouped, Asked()) is None
    counted = Reading(grouped, Asked()).blocks
    assert counted == [Block(1, 20, 20 - 8)]
    with transaction() as session:
        without_the_last(session)
    assert folding.stretches(grouped, Asked()) == [(3, 4), (6, 9)]
    assert folding.stretches(grouped, Asked(opened=frozenset({5}))) == [(3, 4), (8, 8)]
    assert Reading(grouped, Asked()).blocks == [Block(1, 20, 20 - 6)]


def test_a_group_that_goes_on_when_the_one_around_it_is_over_has_to_be_looked_at(grouped):
    with transaction() as session:
        without_the_last(session)
        session.execute(sa.update(LogGroup).where(LogGroup.seq == 7).values(end_seq=12))
        session.execute(sa.update(LogLine).where(LogLine.seq == 12).values(path="5/7/"))
    assert folding.stretches(grouped, Asked()) is None
    assert [block.size for block in Reading(grouped, Asked()).blocks] == [20 - 7]


def test_what_is_nested_too_deeply_hides_nothing(grouped):
    with transaction() as session:
        without_the_last(session)
        session.execute(sa.update(LogGroup).where(LogGroup.seq == 7).values(path="5/"))
    assert folding.stretches(grouped, Asked(opened=frozenset({5}))) == [(3, 4)]
