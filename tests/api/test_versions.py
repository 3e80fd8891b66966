"""The API's version, indentation and errors, as clients of the reference know them."""

from __future__ import annotations

import pytest

from tests.product import on_sqlite
from webapp.api.versions import KNOWN, NEWEST

pytestmark = on_sqlite

JOBS = "/api/extras/jobs/"


@pytest.fixture
def ask(api):
    """Asks for the list of jobs as Vic, with an Accept header and a query."""
    vic = api("vic")

    def get(accept: str = "*/*", query: str = ""):
        return vic.get(JOBS + query, headers={"Accept": accept})

    return get


def test_every_answer_names_the_version_that_gave_it(ask, api, browse):
    assert ask().headers["API-Version"] == NEWEST == "3.1"
    for answer in (api().get(JOBS), api("vic").get("/api/nothing/"), api("vic").post(JOBS), api("sam").get(JOBS)):
        assert answer.status_code in (403, 404, 405)
        assert answer.headers["API-Version"] == NEWEST
    assert "API-Version" not in browse("vic").get("/jobs/").headers


def test_a_client_chooses_a_version_by_header_or_by_query(ask):
    for version in KNOWN:
        for answer in (
            ask(f"application/json; version={version}"),
            ask(query=f"?api_version={version}"),
            ask(f"application/json;version={version}", f"?api_version={version}"),
        ):
            assert (answer.status_code, answer.headers["API-Version"]) == (200, version)
    assert ask('text/html, application/json; q=0.9; version="2.4"').headers["API-Version"] == "2.4"


def test_a_version_that_there_is_not_is_refused(ask):
    for answer, status in (
        (ask("application/json; version=9.9"), 406),
        (ask("application/json; version=0"), 406),
        (ask(query="?api_version=9.9"), 404),
        (ask(query="?api_version=x"), 404),
        (ask("application/json; version=3.0", "?api_version=3.1"), 400),
    ):
        assert (answer.status_code, list(answer.json)) == (status, ["detail"])
        assert isinstance(answer.json["detail"], str)
        assert answer.headers["API-Version"] == NEWEST


def test_an_answer_is_indented_on_demand_and_never_by_much(ask):
    assert "\n" not in ask().text.strip()
    assert '\n    "count"' in ask("application/json; indent=4").text
    assert '\n        "count"' in ask("application/json; indent=99999999").text
    for odd in ("x", "-1", "1.5", "٣"):
        assert ask(f"application/json; indent={odd}".encode().decode("latin-1")).status_code == 200


def test_letters_stay_as_they_are(api, job):
    from_api = api("vic").get(f"{JOBS}Echo/")
    assert from_api.mimetype == "application/json"
    assert api("admin").patch(f"{JOBS}Echo/", json={"Grüße": 1}).text.startswith('{"Grüße"')


def test_errors_below_the_api_are_json_and_elsewhere_pages(api, browse):
    vic = api("vic")
    missing = vic.get("/api/extras/nothing/")
    assert (missing.status_code, missing.mimetype, list(missing.json)) == (404, "application/json", ["detail"])
    page = browse("vic").get("/nothing/")
    assert (page.status_code, page.mimetype) == (404, "text/html")


def test_a_mistake_of_ours_is_a_500_that_tells_nothing(app, api, monkeypatch):
    app.testing = False
    monkeypatch.setattr("webapp.catalogue.api.listing", lambda *_: 1 // 0)
    answer = api("vic").get(JOBS)
    assert (answer.status_code, list(answer.json)) == (500, ["detail"])
    assert "division" not in answer.text


def test_every_list_with_a_slash_left_out_answers_as_well(api):
    for path in ("/api/extras/jobs", "/api/extras/job-results"):
        assert api("vic").get(path).status_code == 200
