"""A job that runs only with approval, as long as nobody can give any: who wants to run it learns it beforehand."""

from __future__ import annotations

import re
from html import unescape

import pytest

from webapp.db import transaction

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOBODY = "It runs only with approval, which cannot be given here yet."
ONLY_DRY = "Only dry runs work: without a dry run it needs approval, which cannot be given here yet."


@pytest.fixture
def approved(job):
    """The job of that name, which needs approval now."""

    def make(name: str):
        with transaction():
            job(name).approval_required, job(name).has_sensitive_variables = True, False
        return job(name)

    return make


def row(text: str, name: str) -> str:
    return next(found for found in re.findall(r"<tr.*?</tr>", unescape(text), re.S) if f">{name}</a>" in found)


def test_without_dry_runs_nobody_is_offered_to_run_it(browse, approved):
    ann, talk = browse("ann"), approved("Talk")
    page = unescape(ann.get(f"/jobs/{talk.id}").text)
    assert NOBODY in page
    assert f'/jobs/{talk.id}/run"' not in page
    assert ">Talk</a>" not in ann.get("/jobs/?q=plain.Talk").text
    listed = row(ann.get("/jobs/?q=plain.Talk&can_run=any").text, "Talk")
    assert "Needs approval" in listed
    assert NOBODY in listed
    assert "/run" not in listed


def test_its_form_says_why_and_has_no_button_to_press(browse, approved):
    text = unescape(browse("ann").get(f"/jobs/{approved('Talk').id}/run").text)
    assert NOBODY in text
    assert re.search(r'<button class="btn btn-primary btn-run"[^>]* disabled', text)


def test_with_dry_runs_these_are_offered_and_it_is_said_that_nothing_else_works(browse, approved):
    ann, echo = browse("ann"), approved("Echo")
    listed = row(ann.get("/jobs/?q=plain.Echo").text, "Echo")
    assert f"/jobs/{echo.id}/run" in listed
    assert "dry runs only" in listed
    for path in ("", "/run"):
        assert ONLY_DRY in unescape(ann.get(f"/jobs/{echo.id}{path}").text)
    assert f'href="/jobs/{echo.id}/run"' in ann.get(f"/jobs/{echo.id}").text


def test_who_edits_the_job_is_warned_at_the_field(browse, job):
    text = unescape(browse("admin").get(f"/jobs/{job('Talk').id}/edit").text)
    assert "until approvals can be given here" in text.partition('id="approval_required-help"')[2][:300]
