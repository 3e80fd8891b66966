"""The commands that would start the run of a form."""

from __future__ import annotations

import io
import json
import re
import shlex
from html import unescape
from itertools import pairwise

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.db import db
from webapp.runs.models import Run

pytestmark = on_sqlite


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


def parts_of(curl: str, content: bytes = b"x") -> MultiDict[str, object]:
    """What curl would send, with content as that of each file."""
    words, parts = shlex.split(curl), MultiDict[str, object]()
    for option, word in pairwise(words):
        name, _, text = word.partition("=")
        if option == "-F":
            path = text.removeprefix("@")
            quoted = path.startswith('"')
            parts.add(name, (io.BytesIO(content), re.sub(r"\\(.)", r"\1", path[1:-1]) if quoted else path))
        elif option == "--form-string":
            parts.add(name, text)
    return parts


EMPTIED = {"several": [], "text": "", "number": "", "document": "", "day": "", "one": "", "choice": ""}
FILLED = {
    "several": ["", "b"],
    "text": "@/etc/passwd;type=x",
    "number": "7",
    "document": '"a text"',
    "day": "2027-01-31",
    "one": "x",
    "choice": "2",
}


@pytest.mark.parametrize(
    "typed", [EMPTIED, FILLED, {**FILLED, "several": [""]}], ids=["emptied", "filled", "an empty choice"]
)
@pytest.mark.parametrize("plan", [None, 'my plan; it\'s "new", v2\\.csv'], ids=["no file", "a file"])
def test_the_request_that_curl_sends_gives_the_inputs_that_the_form_gives(
    commands, browse, api, submission, typed, plan
):
    id = catalogue.by_class_path("filing.Optional").id
    sent = {"plan": (io.BytesIO(b"x"), plan)} if plan else {}
    form = browse("ann")
    form.get(f"/jobs/{id}/run")
    assert form.post(f"/jobs/{id}/run", {**typed, **sent}, content_type="multipart/form-data").status_code == 302
    by_form = submission()
    curl, runjob = commands("filing.Optional", typed | ({"plan": plan} if plan else {}))
    words = shlex.split(curl)
    if plan:
        answer = api("ann").post(words[-1], data=parts_of(curl), content_type="multipart/form-data")
    else:
        answer = api("ann").post(words[-1], json=json.loads(words[words.index("-d") + 1]))
    assert (answer.status_code, answer.text) == (201, answer.text)
    assert submission() == by_form
    said = shlex.split(runjob)
    assert json.loads(said[said.index("--data") + 1])["plan"] == (f"@{plan}" if plan else None)


@pytest.fixture
def submission(app):
    """The inputs of the newest run, a file by what it is called."""

    def newest() -> dict[str, object]:
        db.session.rollback()
        inputs = db.session.scalars(sa.select(Run).order_by(Run.number.desc()).limit(1)).one().inputs
        return inputs | {"plan": inputs["plan"] and inputs["plan"]["name"]}

    return newest


def test_commands_name_the_file_that_the_form_keeps_unless_it_is_to_be_done_without(commands, browse):
    page = browse("ann")
    path = f"/jobs/{catalogue.by_class_path('filing.Optional').id}/run"
    page.get(path)
    wrong = {"plan": (io.BytesIO(b"x"), "kept.csv"), "number": "many"}
    text = page.post(path, wrong, content_type="multipart/form-data").text
    kept = {"_kept_plan": re.search(r'name="_kept_plan" value="([^"]+)"', text)[1]}
    assert "plan=@kept.csv" in commands("filing.Optional", kept)[0]
    assert "plan=@new.csv" in commands("filing.Optional", {**kept, "plan": "new.csv"})[0]
    assert '"plan": null' in commands("filing.Optional", {**kept, "_clear_plan": "true"})[0]


def test_a_file_that_is_needed_or_does_not_fit_is_to_be_corrected_before_there_are_commands(commands):
    assert commands("filing.Read", {}) == ["Correct this first: Plan"]
    assert commands("filing.Read", {"plan": "a.csv", "notes": "notes.pdf"}) == ["Correct this first: Notes"]


def test_a_secret_that_nobody_gave_is_not_asked_for(commands):
    curl, runjob = commands("kinds.Confiding", {"account": "root", "password": "hush", "token": ""})
    for command in (curl, runjob):
        assert '"account": "root", "password": "…"}' in command
        assert "token" not in command.replace("Token $TOKEN", "")


@pytest.mark.parametrize("class_path", ["plain.Secretive", "kinds.Confiding"])
def test_commands_never_show_what_is_secret(commands, class_path):
    curl, runjob = commands(class_path, {"account": "root", "password": "hush"})
    assert "hush" not in curl + runjob
    assert '"password": "…"' in curl


def test_a_preview_makes_no_run(commands, browse):
    commands("plain.Echo", {"text": "hi"})
    assert "#1" not in browse("ann").get("/runs/").text


def test_a_text_that_looks_like_a_file_is_no_file_of_whoever_runs_the_command(commands):
    curl, _ = commands("filing.Read", {"text": "@/etc/passwd", "plan": "my plan.csv"})
    words = shlex.split(curl)
    assert words[words.index("text=@/etc/passwd") - 1] == "--form-string"
    assert words[words.index("plan=@my plan.csv") - 1] == "-F"
