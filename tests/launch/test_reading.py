"""POST /jobs/<id>/run/fields/<name>: what a text means, asked when its field is left."""

from __future__ import annotations

import uuid

import pytest

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue

pytestmark = on_sqlite


@pytest.fixture
def ask(browse, app):
    """Asks what a text means to a variable of kinds.Every, by default as Ann."""
    job = catalogue.by_class_path("kinds.Every")

    def answer(name, text, who="ann", id=job.id, **more):
        page = browse(who)
        return page.post(f"/jobs/{id}/run/fields/{name}", {name: text, **more})

    return answer


@pytest.mark.parametrize(
    ("name", "text", "shown", "means"),
    [
        ("address", " 2001:DB8::0001", "2001:db8::1", ""),
        ("interface", "2001:DB8::1/64", "2001:db8::1/64", ""),
        ("prefix", "192.0.2.0/24 ", "192.0.2.0/24", ""),
        ("address", "", "", ""),
        ("moment", "2027-07-31T22:00", "2027-07-31T22:00", "2027-07-31 20:00 UTC"),
    ],
)
def test_a_text_that_fits_comes_back_in_its_normal_form(ask, name, text, shown, means):
    answer = ask(name, text, _zone="Europe/Amsterdam")
    assert (answer.status_code, answer.json) == (200, {"text": shown, "means": means, "errors": []})


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("address", "192.0.2", "Invalid IPv4/IPv6 address format: 192.0.2"),
        ("interface", "192.0.2.1", "CIDR mask (e.g. /24) is required."),
        ("prefix", "10.0.0.0/4", "10.0.0.0/4 is not a valid prefix. Did you mean 0.0.0.0/4?"),
        ("prefix", "0.0.0.0/4", "The prefix length must be greater than or equal to 8."),
        ("moment", "noon", "Enter a valid date and time, like 2026-03-31 14:30."),
    ],
)
def test_a_text_that_does_not_fit_has_the_message_of_its_variable(ask, name, text, message):
    assert ask(name, text).json == {"text": text, "means": "", "errors": [message]}


def test_only_who_may_run_the_job_may_ask_and_only_of_what_is_read_so(ask, browse):
    for name in ("string", "integer", "document", "nobody", "_zone"):
        assert ask(name, "x").status_code == 404
    assert ask("address", "x", id=uuid.uuid4()).status_code == 404
    assert ask("address", "x", who="vic").status_code == 403
    assert ask("address", "x", csrf_token="made-up").status_code == 400
