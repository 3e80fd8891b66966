"""Filters of lists over the API: the lookups of the reference, and patterns that nobody's server suffers from."""

from __future__ import annotations

import resource
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from webapp.catalogue.models import Job, JobQueue
from webapp.db import db, is_sqlite, transaction

JOBS = "/api/extras/jobs/"
NAMES = ("Rack audit", "rack rename", "Port 100%", "Grüße")


@pytest.fixture
def ask(app, api):
    """Four jobs and no others; asks which of them a filter finds."""
    born = datetime(2031, 1, 2, tzinfo=UTC)
    with transaction() as session:
        session.execute(sa.delete(Job))
        for number, name in enumerate(NAMES):
            session.add(
                Job(
                    module_name="lab",
                    job_class_name=f"C{number}",
                    name=name,
                    grouping="Lab",
                    task_queues=["default"],
                    variables=[],
                    overridden=["hidden"] if number == 0 else [],
                    declared={"name": name},
                    time_limit=60 * number,
                    keep_days=7 if number else None,
                    created_at=born + timedelta(days=number),
                )
            )
    vic = api("vic")

    def found(**query: object) -> list[int] | dict[str, list[str]]:
        answer = vic.get(JOBS, query_string=query)
        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 400:
            return answer.json
        return sorted(NAMES.index(row["name"]) for row in answer.json["results"])

    return found


def test_texts_are_compared_in_every_way_that_the_reference_knows(ask):
    for lookup, value, expected in (
        ("name", "Rack audit", [0]),
        ("name", "rack audit", []),
        ("name__n", "Rack audit", [1, 2, 3]),
        ("name__ic", "RACK", [0, 1]),
        ("name__nic", "RACK", [2, 3]),
        ("name__isw", "rack", [0, 1]),
        ("name__nisw", "rack", [2, 3]),
        ("name__iew", "AUDIT", [0]),
        ("name__niew", "AUDIT", [1, 2, 3]),
        ("name__ie", "RACK AUDIT", [0]),
        ("name__nie", "RACK AUDIT", [1, 2, 3]),
        ("name__re", "^Rack|%$", [0, 2]),
        ("name__nre", "^Rack|%$", [1, 3]),
        ("name__ire", "^RACK (a|r)", [0, 1]),
        ("name__nire", "^RACK (a|r)", [2, 3]),
        ("name__ic", "%", [2]),
        ("name__isw", "_", []),
        ("name__ic", "üß", [3]),
    ):
        assert ask(**{lookup: value}) == expected, (lookup, value)


def test_numbers_moments_flags_and_what_may_be_missing_are_compared(ask):
    for lookup, value, expected in (
        ("time_limit", "60", [1]),
        ("time_limit", "60.0", [1]),
        ("time_limit", "60.4", []),
        ("time_limit__n", "60", [0, 2, 3]),
        ("time_limit__lt", "60.5", [0, 1]),
        ("time_limit__lte", "60", [0, 1]),
        ("time_limit__gt", "60", [2, 3]),
        ("time_limit__gte", "60", [1, 2, 3]),
        ("created", "2031-01-03T00:00:00Z", [1]),
        ("created__n", "2031-01-03", [0, 2, 3]),
        ("created__lt", "2031-01-03", [0]),
        ("created__gte", "2031-01-04T02:00:00+02:00", [2, 3]),
        ("created__gte", "2031-01-04T02:00:00 02:00", [2, 3]),
        ("keep_days__isnull", "true", [0]),
        ("keep_days__isnull", "false", [1, 2, 3]),
        ("keep_days__n", "8", [0, 1, 2, 3]),
        ("hidden_override", "true", [0]),
        ("hidden_override", "no", [1, 2, 3]),
        ("name_override", "true", []),
        ("console_log_default", "false", [0, 1, 2, 3]),
        ("console_log_default", "true", []),
    ):
        assert ask(**{lookup: value}) == expected, (lookup, value)


def test_a_repeated_filter_offers_alternatives_and_different_ones_all_hold(ask):
    assert ask(name__ic=["audit", "port"]) == [0, 2]
    assert ask(name__nic=["audit", "port"]) == [1, 3]
    assert ask(name__ic="rack", time_limit__gte="60") == [1]
    assert ask(name__ic=["rack", "port"], name__re=["^r", "^P"], created__lt="2031-01-04") == [1]


def test_what_cannot_be_understood_is_told_at_its_filter(ask):
    for lookup, value, message in (
        ("foo", "1", "Unknown filter field"),
        ("name__foo", "1", "Unknown filter field"),
        ("enabled__gt", "1", "Unknown filter field"),
        ("time_limit", "many", "Enter a number."),
        ("time_limit__lt", "99999999999999999999", "Enter a number."),
        ("time_limit__lt", "nan", "Enter a number."),
        ("created__gte", "yesterday", "Enter a valid date/time."),
        ("created__gte", "0001-01-01T00:00:00+14:00", "Enter a valid date/time."),
        ("keep_days__isnull", "maybe", "“maybe” is not a valid value."),
        ("id__n", "7", "“7” is not a valid value."),
        ("name__ic", "a\0b", "Give a text of 1000 characters at most, without null characters."),
        ("name__ic", ["a"] * 101, "Give 100 values at most."),
        ("name__re", "a" * 256, "A pattern has 255 characters at most."),
    ):
        assert ask(**{lookup: value}) == {lookup: [message]}, (lookup, value)


def test_a_pattern_that_cannot_be_read_is_a_400_on_either_database(ask):
    for pattern in ("(", "[a", "a{2,1}", "(?P<a", "*", "(" * 120, "(((a{250}){250}){250}){250}x("):
        for lookup in ("name__re", "name__nire"):
            refused = ask(**{lookup: pattern})
            assert list(refused) == [lookup], pattern
            assert refused[lookup][0].startswith("This pattern cannot be read: "), pattern


HOSTILE = (
    *("(?:(?:(?:x{999}){999}){99}){99}", "(((x{99}){99}){99}){99}", "(?:(?:x{999,}){999,}){999,}"),
    *("(?:(?:(?:x{,999}){,999}){,99}){,99}", "(?:(?:(?:x{99}?){99}?){99}?){99}?", "(?:(?:(?:x{99}+){99}+){99}+){99}+"),
    *(
        "(?P<a>(?P<b>(?P<c>x{999}){999}){99})",
        "(?i)(?:(?:(?:x{999}){999}){99}){99}",
        "(?:(?:[a-\u00ff]{999}){999}){99}",
    ),
    *("(?<=(?:(?:x{999}){999}){99})a", "(?=(?:(?:(x)|y{999}){999}){99})a", "(?>(?>(?>x{999}){999}){99})"),
    *("(?:(?:[)]x{999}){999}[(]){99}", "(?:(?:(?:\\)x{999}){999}\\(){99}){99}", "x{99}{99}{99}{99}", "x{99999999}"),
    *(
        "(?:(?:x{99}(?#c)){99}(?#c)){99}",
        "(?x)((x{99}) {99} ) {99}",
        "(?ix-s:(x{9 9 9}) {99 9})",
        "x{" + "9" * 200 + "}",
    ),
)
HARMLESS = (
    *("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "^([0-9]{1,3}\\.){3}[0-9]{1,3}$", "x{255}"),
    *("(Mon|Tue) [0-9]{2}:[0-9]{2}:[0-9]{2}", "(([0-9a-f]{2}:){5}[0-9a-f]{2} ?){8}", "\\(?max\\)?"),
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_pattern_that_would_fill_the_memory_is_refused_before_it_is_read(ask):
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, limits[1]))
    try:
        for pattern in HOSTILE:
            told = ask(name__re=pattern)
            assert told == {"name__re": ["This pattern cannot be read: it is too complicated."]}, pattern
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
    assert ask(name__re="^([A-Z][a-z]{1,20} ?){1,3}$", name__ire="^rack") == []
    assert ask(name__re="^Port [0-9]{3}%$") == [2]


def test_patterns_that_people_look_for_are_read(ask):
    for pattern in HARMLESS:
        assert ask(name__re=pattern) == [], pattern


def test_a_pattern_that_takes_for_ever_is_ended_and_the_server_goes_on(app, ask):
    with transaction() as session:
        for job in session.scalars(sa.select(Job)):
            job.description = "a" * 5000 + "!"
    [told] = ask(description__re="(a{1,200}){1,200}b")["description__re"]
    slow, complicated = "It takes too long to look for this pattern; make it simpler.", "it is too complicated."
    assert told == slow or told.endswith(complicated)
    if is_sqlite():
        assert ask(description__nire=r"(a+)(a+)(a+)\3\2\1b") == {"description__nire": [slow]}
    assert ask(name__re="Port") == [2]


def test_who_looks_for_a_pattern_in_vain_does_not_slow_down_those_who_come_after(app, ask):
    ask(name__re="(")
    if not is_sqlite():
        # What was set for the pattern is gone from the connection.
        assert db.session.scalar(sa.text("SHOW statement_timeout")) == "0"
        assert db.session.scalar(sa.text("SELECT now() = statement_timestamp()")), "no transaction is left open"
    assert ask(name__re="Port") == [2]


def test_a_pattern_that_calls_itself_is_no_danger(ask):
    for pattern in ("(?R)", "((?1))*", "(?&a)", r"\\(?R)"):
        refused = ask(name__re=pattern)
        assert refused == [] or refused["name__re"][0].startswith("This pattern cannot be read: "), pattern
    assert ask(name__re=r"\(?1") == [2]


def test_rows_without_a_value_fit_what_negates(app, api):
    with transaction() as session:
        session.add_all([JobQueue(name="a", paused_by="ann"), JobQueue(name="b", paused_by="bob")])
    vic = api("vic")
    for query, expected in (
        ("paused_by__n=ann", {"b", "c"}),
        ("paused_by__nic=ANN", {"b", "c"}),
        ("paused_by__nre=^a", {"b", "c"}),
        ("paused_by__isnull=true", {"c"}),
        ("paused__isnull=true", {"a", "b", "c"}),
        ("paused_by=ann&paused_by=bob", {"a", "b"}),
    ):
        names = {row["name"] for row in vic.get(f"/api/extras/job-queues/?{query}").json["results"]}
        assert ("c" in expected) is ("default" in names), query
        assert names & {"a", "b"} == expected & {"a", "b"}, query
