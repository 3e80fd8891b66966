"""Reserving what is free in a prefix: all that was asked for, or nothing."""

from __future__ import annotations

import pytest

from tests.examples.conftest import changes, planned
from webapp.demo.objects import id_of
from webapp.inventory import filter
from webapp.inventory.models import IPAddress, Prefix
from webapp.runs import logs
from webapp.runs.models import State

JOB = "reserving.Reserve"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def prefix(text: str) -> str:
    return str(id_of(Prefix, text))


@pytest.mark.parametrize(
    ("given", "reserved"),
    [
        ({"what": "addresses", "count": 3}, ["10.1.2.89/22", "10.1.2.90/22", "10.1.2.91/22"]),
        ({"what": "prefixes", "count": 2, "length": 24}, ["10.1.4.0/24", "10.1.5.0/24"]),
    ],
)
def test_the_next_free_ones_are_reserved_as_the_dry_run_says(send, given, reserved):
    given |= {"prefix": prefix("10.1.0.0/22" if "length" not in given else "10.1.0.0/16"), "purpose": "New hall"}
    dry = send(JOB, **given, dryrun="true")
    real = send(JOB, **given)
    assert dry.result == real.result == {"reserved": reserved}
    assert (changes(real), changes(dry)) == (planned(dry), [])
    kind = Prefix if "length" in given else IPAddress
    assert [str(row) for row in filter(kind, status__name="Reserved", description="New hall")] == reserved
    assert send(JOB, **given).result["reserved"][0] not in reserved


@on_sqlite
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"count": 256, "prefix": prefix("10.255.0.0/24")}, "10.255.0.0/24 has 191 free addresses, and not 256."),
        (
            {"what": "prefixes", "length": 18, "count": 4, "prefix": prefix("10.1.0.0/16")},
            "10.1.0.0/16 has no room left for a network of length 18.",
        ),
    ],
)
def test_nothing_is_reserved_where_there_is_no_room_for_all(start, given, reason):
    run = start(JOB, purpose="New hall", **given)
    assert (run.state, run.reason, changes(run)) == (State.FAILURE, f"Nothing is reserved. {reason}", [])


@on_sqlite
def test_a_prefix_that_would_hold_addresses_is_reserved_with_a_warning(start):
    run = start(JOB, prefix=prefix("10.1.0.0/22"), what="prefixes", length=24, purpose="New hall", dryrun=True)
    assert run.result == {"reserved": ["10.1.0.0/24"]}
    lines = [line.message for line in logs.after(run.number, 0, 100) if line.level == "warning"]
    assert lines == ["10.1.0.0/24 overlaps no other prefix, but holds 255 addresses already"]


@on_sqlite
def test_it_can_be_done_from_the_shell(command):
    given = f'{{"prefix": "{prefix("10.1.0.0/22")}", "purpose": "New hall"}}'
    done = command(JOB, "--data", given)
    assert (done.exit_code, "10.1.2.89/22 is reserved" in done.output) == (0, True), done.output
