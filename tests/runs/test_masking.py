"""Secrets in what a job says."""

import json

import pytest

from webapp.jobs.files import cleaned_name
from webapp.jobs.groups import END, ITEM, Group
from webapp.jobs.plain import plain, storable
from webapp.jobs.progress import progress_of
from webapp.jobs.secret import GIVEN
from webapp.jobs.tracebacks import shortened
from webapp.runs import logs
from webapp.runs.masking import Mask, mask_of

DECLARED = [
    {"name": "password", "type": "SecretVar"},
    {"name": "site", "type": "StringVar"},
    {"name": "x", "type": "?"},
]


def test_only_what_was_given_to_a_secret_is_one():
    mask = mask_of(DECLARED, {"password": "hunter2", "site": "Essen", "x": "unknown"})
    assert mask.text("hunter2 in Essen, unknown") == f"{GIVEN} in Essen, unknown"
    assert mask_of(DECLARED, {"password": "", "site": "Essen"}).text("Essen") == "Essen"
    assert mask_of(DECLARED, {}).text("x") == "x"


@pytest.mark.parametrize(
    ("secret", "text", "told"),
    [
        ("abc", "abc", "abc"),
        ("a.c*", "abcc a.c*", f"abcc {GIVEN}"),
        ("first\nsecond\nx", "say second, x", f"say {GIVEN}, x"),
        ("first\nsecond", "first\nsecond", GIVEN),
    ],
)
def test_secrets_are_found_as_they_are_and_by_their_lines(secret, text, told):
    assert Mask([secret]).text(text) == told


def test_of_two_secrets_the_longer_one_is_found_first():
    assert Mask(["hunter", "hunter2"]).text("hunter2 hunter") == f"{GIVEN} {GIVEN}"


@pytest.mark.parametrize("secret", ["pa\x7fss1234", "it's\\n0t", "two  spaces here", 'say "please"', "grün\tgelb"])
def test_secrets_are_found_as_the_kit_or_python_changes_them(secret):
    mask = Mask([secret])
    told = logs.line(0.0, "info", "run", f"it is {secret}")
    assert mask.line(told).message == f"it is {GIVEN}"
    assert mask.text(storable(repr([secret]))) in (f"['{GIVEN}']", f'["{GIVEN}"]')
    assert mask.text(json.dumps([secret])) == f'["{GIVEN}"]'
    assert mask.text(progress_of(1, 2, f"with {secret}").text) == f"with {GIVEN}"
    assert mask.anything(plain({f"to {secret}": [secret]})) == {f"to {GIVEN}": [GIVEN]}


def test_what_is_left_of_a_secret_where_a_text_was_cut_is_none_to_be_read():
    secret = "supersecretvalue"
    mask = Mask([secret])
    told = logs.line(0.0, "info", secret.rjust(110, "g"), "x" * 16_350 + secret + "y" * 99, "x" * 190 + secret)
    masked = mask.line(told)
    assert masked.grouping == "g" * 94 + GIVEN
    assert masked.object_text == "x" * 190 + GIVEN
    assert "supe" not in masked.message
    assert " … (cut: 16,465 bytes)" in masked.message
    assert mask.text(shortened("x" * 90 + secret + "y" * 200 + secret + "z" * 90, 200)) == (
        "x" * 90 + GIVEN + "\n…\n" + GIVEN + "z" * 90
    )
    assert mask.name(cleaned_name("x" * 190 + secret + ".txt")) == "x" * 190 + GIVEN + ".txt"
    heading = logs.line(0.0, "info", "run", Group(print, "run", "x" * 190 + secret).title)
    assert mask.line(heading._replace(mark=(ITEM, "k" * 250 + secret[:5], ""))) == heading._replace(
        message="x" * 190 + GIVEN + "…", mark=(ITEM, "k" * 250 + GIVEN, "")
    )


@pytest.mark.parametrize("secret", ["pa\x7fss1234", "two  spaces here"])
def test_secrets_are_found_in_the_names_of_files(secret):
    assert Mask([secret]).name(cleaned_name(f"{secret}.txt")) == f"{GIVEN}.txt"


def test_whole_texts_and_few_characters_are_left_as_they_are():
    mask = Mask(["supersecretvalue"])
    assert mask.text("this is super") == "this is super"
    assert mask.text("a sup", room=5) == "a sup"
    assert mask.text("and so on … lues") == "and so on … lues"


def test_what_is_no_text_is_no_secret():
    assert mask_of(DECLARED, {"password": ["hunter2"]}).text("hunter2") == "hunter2"


def test_the_names_that_are_ours_stay():
    ending = {"result": {"the result": 1}, "error": {"exc_type": "error"}, "reason": None}
    assert Mask(["result", "error", "exc_type"]).ending(ending) == {
        "result": {f"the {GIVEN}": 1},
        "error": {"exc_type": GIVEN},
        "reason": None,
    }


def test_what_a_line_says_to_us_stays():
    line = logs.line(0.0, "info", "item", "item item")._replace(mark=(ITEM, "item key", "/item"))
    masked = Mask(["item", "info", "success"]).line(line)
    assert (masked.level, masked.message, masked.mark) == (
        "info",
        f"{GIVEN} {GIVEN}",
        (ITEM, f"{GIVEN} key", f"/{GIVEN}"),
    )
    end = line._replace(mark=(END, 7, "success", "a success"))
    assert Mask(["success"]).line(end).mark == (END, 7, "success", f"a {GIVEN}")
    assert Mask().line(line) is line
