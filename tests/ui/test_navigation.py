"""The rail: entries in their order, those that the user may open, the present one marked."""

from __future__ import annotations

import re

import pytest

from webapp.ui import navigation
from webapp.ui.navigation import NavEntry

RAIL = '{% include "layouts/_navigation.html" %}'


@pytest.fixture(autouse=True)
def entries(bare_app):
    navigation.add(bare_app, NavEntry("Runs", "runs.index", "activity", "extras.view_jobresult", 30))
    navigation.add(bare_app, NavEntry("Jobs", "catalogue.index", "collection-play", "extras.view_job", 20, ("launch",)))


def labels(html):
    return re.findall(r"</svg>\s*(\w+)</a>", html)


def test_entries_stand_in_their_order(render):
    assert labels(render(RAIL)) == ["Jobs", "Runs"]


def test_an_entry_without_its_permission_is_left_out(bare_app, render):
    bare_app.jinja_env.globals["may"] = lambda permission: permission == "extras.view_job"
    assert labels(render(RAIL)) == ["Jobs"]


@pytest.mark.parametrize(("path", "current"), [("/catalogue/index/", "Jobs"), ("/runs/index/", "Runs"), ("/no/", None)])
def test_the_entry_of_the_page_at_hand_is_marked(bare_app, path, current):
    with bare_app.test_request_context(path):
        assert [entry.label for entry in navigation.entries() if entry.current] == ([current] if current else [])


def test_an_entry_covers_the_pages_of_other_features():
    assert NavEntry("Jobs", "catalogue.index", "x", "y", 1, ("launch",)).covers == ("launch",)
