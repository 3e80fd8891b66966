"""A form that is filled before anybody types, and the commands that would start the same run."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape

import pytest

from webapp.catalogue import service as catalogue
from webapp.db import transaction
from webapp.runs.service import submit


@pytest.fixture
def form(browse):
    """The text of the form of a class as Ann sees it, with a query string."""

    def see(class_path: str, query: str = "") -> str:
        answer = browse("ann").get(f"/jobs/{catalogue.by_class_path(class_path).id}/run{query}")
        assert answer.status_code == 200
        return answer.text

    return see


def value(text: str, name: str) -> str:
    control = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', text)[0]
    return unescape(re.search(r'value="([^"]*)"', control)[1])


def ticked(text: str, name: str) -> list[str]:
    boxes = re.findall(rf'<input[^>]*\bname="{name}"[^>]*>', text)
    return [re.search(r'value="([^"]*)"', box)[1] for box in boxes if "checked" in box]


def offered(text: str) -> list[str]:
    return re.findall(r'_from=[0-9]+">.*?(#[0-9]+)</a>', text)


def test_the_address_fills_the_form_and_judges_nothing(form):
    page = form("plain.Echo", "?text=hi&count=many&loud=TRUE&nobody=1")
    assert (value(page, "text"), value(page, "count"), ticked(page, "loud")) == ("hi", "many", ["true"])
    assert "field__errors" not in page


def test_several_values_are_filled_from_a_repeated_parameter(form):
    assert ticked(form("kinds.Every", "?several=a&several=3"), "several") == ["a", "3"]


def test_a_secret_is_never_taken_from_the_address(form):
    page = form("kinds.Confiding", "?account=root&password=hush")
    assert value(page, "account") == "root"
    assert "hush" not in page


def test_an_earlier_run_fills_the_form(form, job, person):
    run = submit(job("Echo"), person("ann"), {"text": "as before", "count": 7, "loud": True})
    page = form("plain.Echo", f"?_from={run.number}")
    assert (value(page, "text"), value(page, "count"), ticked(page, "loud")) == ("as before", "7", ["true"])


def test_only_runs_of_this_job_fill_its_form(browse, job, person):
    run = submit(job("NoInputs"), person("ann"), {})
    for number in (run.number, 999, "x", "-1", "9" * 30):
        assert browse("ann").get(f"/jobs/{job('Echo').id}/run?_from={number}").status_code == 404


def test_the_last_five_of_my_runs_are_offered(form, job, person):
    submit(job("Echo"), person("admin"), {"text": "of somebody else"})
    numbers = [submit(job("Echo"), person("ann"), {"text": f"word {n}"}).number for n in range(6)]
    page = form("plain.Echo")
    assert offered(page) == [f"#{number}" for number in reversed(numbers[1:])]
    assert "text: word 5" in page
    assert "of somebody else" not in page


def test_runs_with_sensitive_inputs_are_not_offered(form, job, person):
    submit(job("Secretive"), person("ann"), {"password": "hush"})
    assert offered(form("plain.Secretive")) == []


def test_of_what_was_no_secret_then_nothing_is_told_now(form, job, person):
    submit(job("Echo"), person("ann"), {"text": "hush", "count": 7, "note": "gone by now"})
    with transaction():
        of_now = [{**each, "type": "SecretVar"} if each["name"] == "text" else each for each in job("Echo").variables]
        job("Echo").variables = [each for each in of_now if each["name"] != "note"]
    page = form("plain.Echo")
    assert "count: 7" in page
    assert "hush" not in page
    assert "gone by now" not in page


@pytest.fixture
def commands(browse):
    """The commands for what is typed into the form of a class, or the texts that say why there are none."""

    def show(class_path: str, typed: dict[str, object]) -> list[str]:
        answer = browse("ann").post(f"/jobs/{catalogue.by_class_path(class_path).id}/run/preview", data=typed)
        assert answer.status_code == 200
        found = re.findall(r"<pre[^>]*>(.*?)</pre>|</svg> ([^<]*)</p>", answer.text, re.DOTALL)
        return [unescape(command or problem) for command, problem in found]

    return show


def test_the_commands_start_what_the_form_would_start(commands, api):
    curl, runjob = commands("plain.Echo", {"text": "it's “this”", "count": "4", "loud": "true"})
    words = shlex.split(curl)
    body = json.loads(words[words.index("-d") + 1])
    assert (body["data"]["text"], body["data"]["count"], body["data"]["loud"]) == ("it's “this”", 4, True)
    path = words[-1].removeprefix("http://localhost")
    assert api("ann").post(path, json=body).status_code == 201
    said = shlex.split(runjob)
    assert (said[-1], json.loads(said[said.index("--data") + 1])) == ("plain.Echo", body["data"])


def test_what_is_wrong_has_no_commands(commands):
    assert commands("plain.Echo", {"text": "", "count": "many"}) == ["Correct this first: Text, Count"]


@pytest.mark.parametrize("class_path", ["plain.Secretive", "kinds.Confiding"])
def test_commands_never_show_what_is_secret(commands, class_path):
    curl, runjob = commands(class_path, {"account": "root", "password": "hush"})
    assert "hush" not in curl + runjob
    assert '"password": "…"' in curl


def test_a_preview_makes_no_run(commands, browse):
    commands("plain.Echo", {"text": "hi"})
    assert "#1" not in browse("ann").get("/runs/").text


def test_a_text_that_looks_like_a_file_is_no_file_of_whoever_runs_the_command(commands):
    curl, _ = commands("filing.Read", {"text": "@/etc/passwd"})
    words = shlex.split(curl)
    assert words[words.index("text=@/etc/passwd") - 1] == "--form-string"
    assert words[words.index("plan=@plan.bin") - 1] == "-F"
