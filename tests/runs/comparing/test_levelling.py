"""What counts as the same in the logs of two runs, and what does not."""

from __future__ import annotations

import pytest

from webapp.runs.comparing.levelling import FIRST, levelled

SAME = [
    ("at 2026-11-22 04:13:00,123 begun", "at 2026-11-23 14:03:59,999 begun"),
    ("at 2026-11-22T04:13:00.123Z", "at 2025-01-01T00:00:00Z"),
    ("2026-11-22T04:13:00+01:00 up", "2026-11-22 04:13 UTC up"),
    ("Nov 22 04:13:00 host sshd", "Jan  1 00:00:00 host sshd"),
    ("Date: Sun, 22 Nov 2026 04:13:00 +0000", "Date: Mon, 23 Nov 2026 05:00:01 GMT"),
    ("04:13:00 begun", "4:13:09.5 begun"),
    ("took 0.532 s", "took 12 s"),
    ("took 1 m 04 s in all", "took 2 h 05 m in all"),
    ("took 350ms", "took 4ms"),
    ("took 2 days, 3:04:05", "took 1 day, 0:00:01"),
    ("waits 3 seconds", "waits 1 second"),
    ("since 1716000000.123", "since 1716999999.9"),
    ("Run #12 began", "Run #4181 began"),
    ("this is #4182.", "this is #4170."),
    ("process id: 812 ended", "process id: 4 ended"),
    ("pid=812 ended", "pid=4 ended"),
    ("request_id=ab-12 sent", "request_id=cd-99 sent"),
    ("device 0b9c6c1e-5a4f-4a0e-9c9e-1d2f3a4b5c6d", "device ffffffff-5a4f-4a0e-9c9e-1d2f3a4b5c6d"),
    ("<Thing object at 0x7f12ab34cd56>", "<Thing object at 0x55d0c0ffee00>"),
    ("wrote /tmp/tmpab12cd_3/x", "wrote /tmp/tmpzz99aa_1/x"),
]
DIFFERENT = [
    ("ping 10.0.0.1", "ping 10.0.0.2"),
    ("neighbour fe80::1", "neighbour fe80::2"),
    ("mac 00:11:22:33:44:55", "mac 00:11:22:33:44:56"),
    ("version 1.2.3", "version 1.2.4"),
    ("12 devices", "13 devices"),
    ("vlan 20", "vlan 30"),
    ("sw-017 up", "sw-018 up"),
    ("eth0 up", "eth1 up"),
    ("5 m cable", "10 m cable"),
    ("register 0x1f", "register 0x2f"),
    ("id=5", "id=6"),
    ("ticket #41825", "ticket #41826"),
    ("authentication failed", "authentication succeeded"),
    ("status 200", "status 500"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_times_durations_and_what_each_run_calls_otherwise_do_not_count(left, right):
    assert levelled(left, 4182) == levelled(right, 4170)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_what_tells_two_things_apart_counts(left, right):
    assert levelled(left, 4182) != levelled(right, 4170)


def test_only_the_beginning_of_a_long_line_is_levelled():
    text = "x" * (FIRST - 5)
    assert levelled(f"{text} 1 s", 1) == levelled(f"{text} 9 s", 1) != levelled(f"{text} now 9 s", 1)
    assert levelled(f"{text} later 1 s", 1) == f"{text} later 1 s"


def test_of_a_number_that_begins_like_that_of_the_run_nothing_is_taken_away():
    assert levelled("see #41829", 4182) == "see #41829"
