"""Moments in the zone of whoever types them: read in it, shown in it, explained in UTC."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from webapp.errors import InvalidInputs
from webapp.inputs import values
from webapp.inputs.forms import InputsForm
from webapp.inputs.reading import read
from webapp.inputs.zones import zone_called
from webapp.jobs import DateTimeVar, IPAddressVar, IPAddressWithMaskVar, IPNetworkVar

AMSTERDAM, UTC = zone_called("Europe/Amsterdam"), zone_called(None)
BEGINS = {"begins": DateTimeVar()}


def sent(text, zone="Europe/Amsterdam"):
    """What a form gives to the job, as JSON keeps it."""
    form = InputsForm(BEGINS, MultiDict({"begins": text, "_zone": zone}))
    return values.dump(BEGINS, values.parse(BEGINS, form.raw()))["begins"]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2027-01-31T22:00", "2027-01-31T21:00:00+00:00"),
        ("2027-07-31 22:00:15.25", "2027-07-31T20:00:15.250000+00:00"),
        ("2027-01-31T22:00Z", "2027-01-31T22:00:00+00:00"),
        ("2027-01-31T22:00-05:00", "2027-02-01T03:00:00+00:00"),
        ("2027-10-31T02:30", "2027-10-31T00:30:00+00:00"),
        ("1930-06-01T12:00", "1930-06-01T10:40:28+00:00"),
    ],
)
def test_a_moment_without_a_zone_is_one_of_the_form(text, stored):
    assert sent(text)[:16] == stored[:16]
    assert sent(text, "")[:16] == sent(text, "UTC")[:16] == DateTimeVar().parse(text).isoformat()[:16]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "2027-03-28T02:30",
            "2027-03-28 02:30 does not exist in Europe/Amsterdam: clocks are put forward that day. "
            "Enter a time before or after the gap.",
        ),
        ("noon", "Enter a valid date and time, like 2026-03-31 14:30."),
        ("2027-02-30T10:00", "Enter a valid date and time, like 2026-03-31 14:30."),
        ("0001-01-01T00:00", "Enter a valid date and time, like 2026-03-31 14:30."),
        ("", "This field is required."),
    ],
)
def test_what_is_no_moment_in_that_zone_is_told_at_the_field(text, message):
    with pytest.raises(InvalidInputs) as refusal:
        sent(text)
    assert refusal.value.errors == {"begins": [message]}


def test_the_end_of_the_calendar_is_no_moment_further_west():
    with pytest.raises(InvalidInputs):
        sent("9999-12-31T23:30", "America/New_York")
    assert sent("9999-12-31T23:30", "UTC") == "9999-12-31T23:30:00+00:00"


@pytest.mark.parametrize(
    "name",
    [
        "Mars/Base",
        "../../etc/passwd",
        "/etc/passwd",
        "Europe",
        "a\0b",
        "é",
        "\ud800",
        "x" * 5000,
        "Europe/Amsterdam\n",
        "<b>",
    ],
)
def test_a_zone_that_nobody_knows_is_utc_and_the_form_says_so(name):
    zone = zone_called(name)
    assert (zone.name, zone.unknown) == ("UTC", name[:64])
    assert sent("2027-01-31T22:00", name) == "2027-01-31T22:00:00+00:00"


@given(st.datetimes(timezones=st.just(DateTimeVar().parse("2027-01-01T00:00Z").tzinfo)))
def test_what_a_form_shows_of_a_moment_is_that_moment_again(moment):
    shown = InputsForm(BEGINS, initial={"begins": moment.isoformat()}, zone=AMSTERDAM)["begins"].data
    assert sent(shown) == moment.isoformat()


def test_a_moment_of_an_earlier_run_is_shown_as_ones_own_clock_shows_it():
    form = InputsForm(BEGINS, initial={"begins": "2027-07-31T20:00:00+00:00"}, zone=AMSTERDAM)
    assert (form["begins"].data, form["begins"].explained) == ("2027-07-31T22:00", "2027-07-31 20:00 UTC")
    assert 'type="datetime-local"' in str(form["begins"]())
    again = InputsForm(BEGINS, initial={"begins": "2027-10-31T01:30:00+00:00"}, zone=AMSTERDAM)["begins"]
    assert again.data == "2027-10-31T01:30Z"
    assert 'type="text"' in str(again())


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2027-07-31T22:00", "2027-07-31 20:00 UTC"),
        ("2027-07-31 22:00:05", "2027-07-31 20:00:05 UTC"),
        ("2027-10-31T02:30", "2027-10-31 00:30 UTC (this time comes twice that day: the first is meant)"),
        ("2027-10-31T02:30+01:00", "2027-10-31 01:30 UTC"),
        ("2027-03-28T02:30", ""),
        ("noon", ""),
        ("", ""),
    ],
)
def test_beside_a_moment_stands_what_it_is_in_utc(text, means):
    assert AMSTERDAM.explained(text) == means
    assert UTC.explained("2027-07-31T22:00") == ""


@pytest.mark.parametrize(
    ("variable", "text", "shown"),
    [
        (IPAddressVar(), " 2001:DB8::0001 ", "2001:db8::1"),
        (IPAddressWithMaskVar(), "2001:DB8::1/064", None),
        (IPAddressWithMaskVar(), "192.0.2.1/255.255.255.0", None),
        (IPNetworkVar(), "2001:DB8:0::/32", "2001:db8::/32"),
        (IPNetworkVar(required=False), "", ""),
        (DateTimeVar(), "2027-07-31T22:00", "2027-07-31T22:00"),
    ],
)
def test_a_text_is_read_as_the_variable_reads_it(variable, text, shown):
    found = read(variable, "x", MultiDict({"x": text}))
    try:
        expected = variable.dump(variable.parse(text))
    except ValueError as refusal:
        assert found == {"text": text, "means": "", "errors": [str(refusal)]}
        return
    assert found["errors"] == []
    assert found["text"] == (shown if shown is not None else expected)


def test_what_is_wrong_with_a_text_is_said_in_the_words_of_the_variable():
    found = read(IPNetworkVar(), "x", MultiDict({"x": "192.0.2.1/24"}))
    assert found["errors"] == ["192.0.2.1/24 is not a valid prefix. Did you mean 192.0.2.0/24?"]
    assert found["text"] == "192.0.2.1/24"
    assert read(IPAddressVar(), "x", MultiDict())["errors"] == ["This field is required."]
