"""What is typed into the box of the Runs page: words with keys become filters, or say why they cannot."""

from __future__ import annotations

from html import unescape

import pytest

from tests.product import on_sqlite
from tests.runs.listing.conftest import shown
from webapp.runs.listing import typed
from webapp.runs.listing.asked import Asked
from webapp.runs.models import State


@pytest.fixture
def read(job, person):
    """What a text means, as an address has it."""

    def to(text: str, **others: str) -> str:
        asked = Asked({"q": (text,), **{name: (value,) for name, value in others.items()}})
        found = typed.filters(asked, person("ann"))
        assert typed.filters(found, person("ann")) == found
        return found.query.replace(str(job("Echo").id), "ECHO")

    return to


@on_sqlite
@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("state:failed", "state=failed"),
        ("state:failed state:lost", "state=failed&state=lost"),
        ('state:"Timed out" STATE:waiting', "state=queued&state=timed_out"),
        ("-state:succeeded -state:unfinished", "state=cancelled&state=errored&state=failed&state=lost&state=timed_out"),
        ("state:unsuccessful -state:lost", "state=errored&state=failed&state=timed_out"),
        ("user:bob since:24h", "user=bob&period=24h"),
        ("user:me", "mine=yes"),
        ("since:2026-01-01 until:2026-01-31", "from=2026-01-01&to=2026-01-31"),
        ("since:soon", "period=soon"),
        ("-dry:yes queue:default trigger:api pinned:yes", "queue=default&trigger=api&dry=no&pinned=yes"),
        ("dry:maybe", "dry=maybe"),
        ('log:"link down"', "log=link+down"),
        ("job:echo", "job=ECHO"),
        ("job:ech", "job=ECHO"),
        ("job:e state:failed", "q=e&state=failed"),
        ("night job:echo", "q=night&job=ECHO"),
        ("night state:failed backup", "q=night+backup&state=failed"),
        ('"a: b" state:failed', "q=%22a%3A+b%22&state=failed"),
        ('"a: b"', "q=%22a%3A+b%22"),
        ("backup", "q=backup"),
        ("ge-0/0/1:5 12:30", "q=ge-0%2F0%2F1%3A5+12%3A30"),
        ('5" disk', "q=5%22+disk"),
        ("state-of:x", "q=state-of%3Ax"),
        ("#12", "q=%2312"),
    ],
)
def test_words_with_keys_become_filters(read, text, query):
    assert read(text) == query


@on_sqlite
def test_what_is_typed_counts_more_than_what_was_chosen_before(read):
    assert read("state:failed", state="queued", user="bob") == "state=failed&user=bob"
    assert read("user:me state:failed", user="bob", queue="default") == "state=failed&mine=yes&queue=default"
    assert read("user:bob", mine="yes") == "user=bob"
    assert read("since:2026-01-01", period="24h") == "from=2026-01-01"
    assert read("since:24h", **{"from": "2026-01-01"}, to="2026-01-31") == "period=24h&to=2026-01-31"
    assert read("until:2026-01-31", to="2026-02-01", period="7d") == "period=7d&to=2026-01-31"
    assert read("job:e", job="some") == "q=e"


@on_sqlite
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("device:sw1", "There is no “device:” here, but job, state, user, "),
        ("state:", "“state:” needs a value, as in state:failed."),
        ('state:failed "link', "A quotation mark is not closed."),
        ("-user:ann", "Only states and dry runs can be left out, as in -state:succeeded or -dry:yes."),
        ("user:ann user:bob", "“user:” can be said once only."),
        ("user:ann user:me", "“user:” can be said once only."),
        ("since:24h since:2026-01-01", "“since:” can be said once only."),
        ("job:e job:r", "“job:” can be said once only."),
        ("job:echo job:e", "“job:” can be said once only."),
        ("Ech job:o", "Several jobs have “o” in their names: say which one, or leave the other words out."),
        ("job:o Ech", "Several jobs have “o” in their names: say which one, or leave the other words out."),
        ("state:failed -state:failed", "That leaves no state."),
        ("-state:nothing", "There is no such state."),
        ("job:nothing-like-it", "No job has that in its name."),
    ],
)
def test_what_means_nothing_is_said_at_the_box(vic, text, problem):
    answer = vic.get("/runs/", query_string={"q": text})
    page = unescape(answer.text)
    assert (answer.status_code, shown(page)) == (400, [])
    assert problem in page
    assert 'aria-invalid="true" aria-describedby="filter-q-problem"' in page and 'id="filter-q-problem"' in page
    # Who still types is not told so in the middle of a word.
    typing = vic.get("/runs/", query_string={"q": text}, headers={"HX-Request": "true"})
    assert (typing.status_code, typing.text) == (204, "")


@on_sqlite
def test_one_redirect_leads_to_the_address_that_filters_have(ended, vic):
    failed, _ = ended(State.FAILURE, "Echo", text="x"), ended(State.FAILURE)
    answer = vic.get("/runs/", query_string={"q": "job:echo state:failed", "period": "", "job": ""})
    assert answer.status_code == 302
    page = vic.get(answer.location)
    assert (page.status_code, shown(page.text)) == (200, [failed])
    assert 'name="q" form="filters" value=""' in page.text
    assert "State: Failed" in page.text


@on_sqlite
def test_while_one_types_the_list_shows_what_it_means_and_the_address_says_so(ended, vic):
    failed, _ = ended(State.FAILURE), ended()
    headers = {"HX-Request": "true", "HX-Trigger": "filters"}
    answer = vic.get("/runs/", query_string={"q": "state:failed"}, headers=headers)
    assert shown(answer.text) == [failed]
    assert answer.headers["HX-Push-Url"] == "/runs/?state=failed"


@on_sqlite
def test_what_is_quoted_is_looked_for_as_it_is(ended, vic):
    number = ended(State.SUCCESS, "Echo", text="x")
    assert shown(vic.get("/runs/", query_string={"q": '"ech"'}).text) == [number]
    assert shown(vic.get("/runs/", query_string={"q": '"job:echo"'}).text) == []


@on_sqlite
def test_who_may_not_see_a_job_does_not_find_its_name(browse, start):
    answer = browse("sam").get("/runs/", query_string={"q": "job:echo"})
    assert (answer.status_code, "No job has that in its name." in answer.text) == (400, True)
