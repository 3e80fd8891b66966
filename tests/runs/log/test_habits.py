"""How a reader has left groups in other runs: what a browser tells of it, and what becomes of it."""

from __future__ import annotations

import re

import pytest

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.runs.log import habits
from webapp.runs.service import submit

HEADING = r'id="L(\d+)"[^>]*>(?:(?!</li>).)*line__fold"[^>]* aria-expanded="(\w+)"[^>]*>([^<]+)<'


def test_titles_are_told_as_forms_are():
    told = habits.read("open=Connect+to+all&close=A%26B&open=%C3%A9&sing=loudly")
    assert told.opened == {"Connect to all", "é"}
    assert told.closed == {"A&B"}
    assert told


@pytest.mark.parametrize("header", ["", "nonsense", "open=", "&&&=%", "open=a&" * 10_000])
def test_what_means_nothing_is_no_habit(header):
    assert habits.read(header) == habits.NONE
    assert not habits.NONE


class Backup:
    """A run of Backup, whose log somebody reads."""

    def __init__(self, number: int, reader) -> None:
        self.number, self.reader = number, reader
        self.headings: dict[str, int] = {}
        """Numbers of the lines, by the titles that were seen last."""

    def folds(self, told: str = "", asked: str = "") -> dict[str, str]:
        """Title of each heading, and whether it is open, to one of whose habits that is told."""
        text = self.reader.get(f"/runs/{self.number}{asked}", headers={habits.HEADER: told}).text
        found = re.findall(HEADING, text)
        self.headings = {title: int(seq) for seq, _, title in found}
        return {title: expanded for _, expanded, title in found}


@pytest.fixture
def run(app, person, supervise, vic):
    number = submit(catalogue.by_class_path("itemised.Backup"), person("ann"), {}).number
    supervise(number, "worker@test")
    return Backup(number, vic)


@on_sqlite
def test_a_group_is_as_its_reader_has_left_one_of_its_title(run):
    assert run.folds("open=sw-1&close=sw-2&close=sw-9") == {
        "Access switches": "true",
        "sw-1": "true",
        "Connect": "false",
        "sw-2": "false",
        "sw-3": "false",
        "sw-4": "true",
    }
    assert run.folds("close=Access+switches") == {"Access switches": "false"}


@on_sqlite
def test_what_is_said_of_all_groups_holds_for_titles_without_a_habit(run):
    assert run.folds("close=sw-2", "?folds=open")["sw-2"] == "false"
    assert run.folds("close=sw-2", "?folds=open")["sw-3"] == "true"
    assert run.folds("open=Access+switches", "?folds=closed")["Access switches"] == "true"
    assert run.folds("open=Access+switches", "?folds=closed")["sw-4"] == "false"


@on_sqlite
def test_what_is_turned_here_counts_more_than_habits(run):
    run.folds("")
    here = f"?open={run.headings['sw-2']}&close={run.headings['sw-4']}"
    folds = run.folds("close=sw-2&open=sw-4", here)
    assert (folds["sw-2"], folds["sw-4"]) == ("true", "false")


@on_sqlite
def test_a_line_in_a_group_that_is_folded_by_habit_opens_it(run):
    run.folds("")
    at = run.headings["sw-2"] + 1
    assert run.folds("close=sw-2", f"?at={at}")["sw-2"] == "true"
