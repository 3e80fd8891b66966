"""The tabs that tell what a run was given and what happened to it."""

from __future__ import annotations

import re

from tests.product import on_sqlite
from tests.runs.page.conftest import words
from webapp.db import transaction
from webapp.runs import cancelling
from webapp.runs.service import submit


@on_sqlite
def test_inputs_stand_in_the_order_of_the_form_and_say_what_nobody_has_given(job, person, vic):
    number = submit(job("Echo"), person("ann"), {"text": "<hi>", "count": 3, "loud": True}).number
    text = vic.get(f"/runs/{number}/inputs").text
    said = words(text)
    order = [
        said.index(label) for label in ("Text text <hi>", "Count count 3 default", "Loud loud yes", "Colour colour r")
    ]
    assert order == sorted(order)
    assert "<hi>" not in text
    assert "Loud loud yes default" not in said
    assert "&#34;text&#34;: &#34;&lt;hi&gt;&#34;" in text


@on_sqlite
def test_what_the_job_does_not_ask_for_any_more_is_still_told(job, person, vic):
    number = submit(job("Echo"), person("ann"), {"text": "hi"}).number
    with transaction():
        job("Echo").variables = [one for one in job("Echo").variables if one["name"] != "text"]
    assert "text hi the job does not ask for it any more" in words(vic.get(f"/runs/{number}/inputs").text)


@on_sqlite
def test_a_run_that_was_given_nothing_says_so(ended, vic):
    assert "The run was given nothing." in vic.get(f"/runs/{ended().number}/inputs").text


@on_sqlite
def test_a_script_finds_the_run_by_what_its_page_says(ended, vic):
    run = ended()
    path = re.search(r'href="(/api/[^"]+)"', vic.get(f"/runs/{run.number}/inputs").text)
    assert path and vic.get(path[1]).json["id"] == str(run.id)


@on_sqlite
def test_each_event_has_its_moment_its_actor_its_attempt_and_the_time_since_the_one_before(ended, begun, person, vic):
    run = begun()
    cancelling.cancel(run, person("ann"), "wrong <site>")
    text = vic.get(f"/runs/{run.number}/events").text
    rows = re.findall(r"<tr>\s*<td class=\"events__when\">.*?</tr>", text, re.DOTALL)
    said = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    assert [re.sub(r"^\S+ \S+ UTC (\+\d+\.\d s )?", "", one) for one in said] == [
        "Queued Queued, asked for by ann ann –",
        "Running Claimed by w w 1",
        "Running Started w 1",
        "Cancelling was asked for by ann: wrong &lt;site&gt; ann 1",
    ]
    assert all("<time datetime=" in row for row in rows)
    assert [bool(re.search(r"\+\d+\.\d s", row)) for row in rows] == [False, True, True, True]
