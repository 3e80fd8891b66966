"""How pages say what is decided about jobs."""

from __future__ import annotations

from webapp.catalogue.wording import told


def test_a_limit_is_told_as_on_the_page_of_its_job_and_never_two_limits_alike():
    assert [told("time_limit", value) for value in (45, 95, 7200, 3661, 90_000, 90_060)] == [
        *("45 s", "1 m 35 s", "2 h 00 m", "1 h 01 m (3,661 s)", "1 d 1 h", "1 d 1 h (90,060 s)"),
    ]
    assert told("time_limit", 0) == "0, the installation's"
    assert told("keep_days", 95) == "95"
