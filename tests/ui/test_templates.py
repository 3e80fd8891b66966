"""Rules that all templates keep, so that the Content-Security-Policy holds and fragments say what they need."""

from __future__ import annotations

import re

import pytest

from webapp.config import PROJECT
from webapp.ui.icons import icon

FOLDER = PROJECT / "templates"
STATES = ("queued", "claimed", "running", "success", "failure", "errored", "timed_out", "lost", "cancelled")


SOURCES = {str(path.relative_to(FOLDER)): path.read_text() for path in sorted(FOLDER.rglob("*.html"))}


def those_with(pattern: str) -> list[str]:
    return [name for name, source in SOURCES.items() if re.search(pattern, source)]


def test_a_template_says_first_what_it_needs():
    assert SOURCES
    first = {name: source.splitlines()[0] for name, source in SOURCES.items()}
    assert [name for name, line in first.items() if not (line.startswith("{# ") and line.endswith(" #}"))] == []


def test_a_template_has_no_style_script_or_handler_in_it():
    assert those_with(r"\sstyle\s*=") == []
    assert those_with(r"<style") == []
    assert those_with(r"<script(?![^>]*\ssrc=)") == []
    assert those_with(r"\son\w+\s*=") == []
    assert those_with(r"\shx-(on|vals=[\"']js:)") == []
    assert those_with("javascript:") == []


def test_a_trigger_has_no_filter():
    assert those_with(r'hx-trigger="[^"]*\[') == []


def test_a_template_names_no_address_outside():
    assert those_with(r"(?:src|href|action|hx-\w+)=[\"'](?:https?:)?//") == []


def test_every_icon_is_there():
    named = {name for source in SOURCES.values() for name in re.findall(r'\bicon\("([^"]+)"\)', source)}
    assert named
    assert all(icon(name) for name in named)


def test_every_form_that_is_posted_carries_the_token():
    forms = [
        (name, form)
        for name, source in SOURCES.items()
        for form in re.findall(r'<form[^>]*method="post".*?</form>', source, re.DOTALL)
    ]
    assert forms
    assert [name for name, form in forms if 'name="csrf_token"' not in form] == []


def test_every_table_says_what_it_lists():
    tables = [(name, tag) for name, source in SOURCES.items() for tag in re.findall(r"<table[^>]*>", source)]
    assert tables
    assert [name for name, tag in tables if not re.search(r' aria-label(ledby)?="[^"]', tag)] == []
    titles = [(name, id) for name, tag in tables for id in re.findall(r' aria-labelledby="([^"]+)"', tag)]
    assert [(name, id) for name, id in titles if f' id="{id}"' not in SOURCES[name]] == []


@pytest.mark.parametrize("state", [*STATES, "cancelling"])
def test_every_state_has_its_badge_and_its_part_of_the_page(render, state):
    word = render('{% from "components/state.html" import looks %}{{ looks[state][0] }}', state=state)
    badge = render('{% from "components/state.html" import badge %}{{ badge(state) }}', state=state)
    assert "<svg" in badge
    assert word in badge
    assert (FOLDER / "runs" / "states" / f"{state}.html").is_file()


def test_a_message_is_escaped(render):
    shown = render('{% from "components/message.html" import message %}{{ message("<b>", "error") }}')
    assert "&lt;b&gt;" in shown
