"""Rules that all templates keep, so that the Content-Security-Policy holds and fragments say what they need."""

from __future__ import annotations

import re

import pytest

from webapp.config import PROJECT
from webapp.ui.icons import icon

FOLDER = PROJECT / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
STATES = ("queued", "claimed", "running", "success", "failure", "errored", "timed_out", "lost", "cancelled")

each_template = pytest.mark.parametrize(
    "source", [pytest.param(path.read_text(), id=str(path.relative_to(FOLDER))) for path in TEMPLATES]
)


@each_template
def test_a_template_says_first_what_it_needs(source):
    first = source.splitlines()[0]
    assert first.startswith("{# ")
    assert first.endswith(" #}")


@each_template
def test_a_template_has_no_style_script_or_handler_in_it(source):
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"<style", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)
    assert not re.search(r"\son\w+\s*=", source)
    assert not re.search(r"\shx-(on|vals=[\"']js:)", source)
    assert "javascript:" not in source


@each_template
def test_a_trigger_has_no_filter(source):
    for trigger in re.findall(r'hx-trigger="([^"]*)"', source):
        assert "[" not in trigger


@each_template
def test_a_template_names_no_address_outside(source):
    assert not re.search(r"(?:src|href|action|hx-\w+)=[\"'](?:https?:)?//", source)


@each_template
def test_every_icon_is_there(source):
    for name in re.findall(r'\bicon\("([^"]+)"\)', source):
        assert icon(name)


@each_template
def test_every_form_that_is_posted_carries_the_token(source):
    for form in re.findall(r'<form[^>]*method="post".*?</form>', source, re.DOTALL):
        assert 'name="csrf_token"' in form


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
