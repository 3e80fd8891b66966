"""Forms whose fields depend on one another: the same rule on the page, over the API and in the shell."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import func, select

from tests.product import JOBS
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.runs.models import Run
from webapp.sources import answers, asking, reaching

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

RUN = "/api/extras/jobs/depending.{}/run/"
SOURCE = (JOBS / "depending.py").read_text().splitlines()
PLACE = next(number for number, line in enumerate(SOURCE, start=1) if 'VLANS[values["site"]]' in line)
FAILED = f"The choices of “VLAN” could not be found out: KeyError: 'NYC' (depending.py, line {PLACE})."


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """The data directory by which the loader of these tests is known; it ends with them."""
    yield tmp_path_factory.mktemp("installation")
    reaching.leave()


@pytest.fixture(autouse=True)
def one_loader(app, installation, monkeypatch):
    """All tests ask the same loader, and know nothing yet."""
    app.extensions["settings"] = replace(app.extensions["settings"], data_dir=installation)
    monkeypatch.setattr(answers, "kept", answers.Kept())


class Form:
    """The run form of a job of depending.py, as a page shows it."""

    def __init__(self, page, name: str) -> None:
        self.page = page
        self.path = f"/jobs/{catalogue.by_class_path(f'depending.{name}').id}/run"
        self.open()

    def open(self, query: str = "") -> None:
        """Show it anew."""
        self.text = self.page.get(self.path + query).text
        self.state = self._fields(self.text)

    def refresh(self, *, script: bool = True, **typed: object):
        """Send what the page shows, with typed over it, and take over what comes back; gives the answer."""
        answer = self.page.post(
            f"{self.path}/fields", {**self.state, **typed}, headers={"HX-Request": "true"} if script else {}
        )
        self.state |= typed
        for place in re.findall(r'<div class="place".*?\n</div>', answer.text, re.DOTALL):
            name = re.search(r'name="_seen_(\w+)"', place)[1]
            for prefix in ("", "_held_", "_computed_"):
                self.state.pop(prefix + name, None)
            self.state |= self._fields(place)
        self.text = answer.text if answer.text else self.text
        return answer

    def send(self, **typed: object):
        """Press Run."""
        return self.page.post(self.path, {**self.state, **typed})

    def options(self, name: str) -> list[str]:
        """The values that can be chosen."""
        select_ = re.search(rf'<select[^>]*name="{name}".*?</select>', self.text, re.DOTALL)
        return re.findall(r'<option[^>]*value="([^"]*)"', select_[0]) if select_ else []

    def asks_for(self, name: str) -> bool:
        """Whether there is a field of that name."""
        return (
            re.search(rf'<(input|select|textarea|fieldset)[^>]*(name="{name}"|id="id_{name}")', self.text) is not None
        )

    def _fields(self, text: str) -> dict[str, object]:
        found: dict[str, object] = {}
        for tag, attributes, inside in re.findall(
            r"<(input|select)\b([^>]*)>((?:\s*<(?:optgroup|option).*?</select>)?)",
            text.partition('<form class="columns"')[2] or text,
            re.DOTALL,
        ):
            told = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', attributes)}
            name = told.get("name", "")
            if tag == "select":
                chosen = re.findall(r'<option selected value="([^"]*)"', inside)
                first = re.findall(r'<option[^>]*value="([^"]*)"', inside)[:1]
                found[name] = chosen if "multiple" in attributes else (chosen or first or [""])[0]
            elif told.get("type") in ("checkbox", "radio"):
                if re.search(r"\bchecked\b", attributes):
                    found.setdefault(name, []).append(told.get("value", "on"))  # type: ignore[attr-defined]
            elif told.get("type") != "file" and name and name != "csrf_token":
                found[name] = told.get("value", "")
        return found


@pytest.fixture
def form(browse):
    """Opens the form of a job of depending.py as Ann."""
    return lambda name: Form(browse("ann"), name)


def last() -> Run:
    db.session.rollback()
    return db.session.scalars(select(Run).order_by(Run.number.desc()).limit(1)).one()


def runs() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Run)) or 0


def test_the_first_page_shows_what_the_defaults_ask_for(form):
    page = form("Port")
    assert [page.asks_for(name) for name in ("vlan", "allowed", "lag", "slow")] == [True, False, False, False]
    assert page.options("vlan") == ["", "10", "20"]
    assert page.state["text"] == "AMS access"


def test_the_first_page_goes_by_what_it_is_filled_with(form):
    page = form("Port")
    page.open("?kind=lag&site=BER&lag=7")
    assert (page.asks_for("vlan"), page.state["lag"], page.state["text"]) == (False, "7", "BER lag")
    page.open("?vlan=20")
    assert page.state["vlan"] == "20"
    assert "is not one of" not in page.text


def test_only_what_has_changed_comes_back(form):
    page = form("Port")
    assert page.refresh().status_code == 204
    answer = page.refresh(site="BER")
    assert re.findall(r'id="field-(\w+)" hx-swap-oob=outerHTML', answer.text) == ["vlan", "text"]
    assert answer.text.split("<div")[0].strip() == "Changed: VLAN, Text."
    assert page.options("vlan") == ["", "20", "30"]
    assert page.state["text"] == "BER access"
    assert page.refresh().status_code == 204


def test_fields_come_with_their_defaults_go_and_come_back_with_what_was_typed(form):
    page = form("Port")
    answer = page.refresh(kind="lag")
    assert "Asked for now: LAG, Slow. Not asked for any more: VLAN. Changed: Text." in " ".join(answer.text.split())
    assert page.state["slow"] == ["true"]
    page.refresh(lag="12")
    page.state.pop("slow")
    page.refresh(kind="trunk")
    assert page.state["allowed"] == ["20"]
    assert (page.asks_for("lag"), page.state["_held_lag"]) == (False, "12")
    page.refresh(kind="lag")
    assert page.state["lag"] == "12"
    assert page.state["text"] == "AMS lag"


def test_what_somebody_has_typed_is_not_computed_any_more(form):
    page = form("Port")
    page.refresh(text="mine")
    page.refresh(site="BER")
    assert page.state["text"] == "mine"
    page.refresh(text="AMS access")  # what was suggested, as if nobody had typed
    assert page.state["text"] == "BER access"


def test_a_choice_that_fits_no_more_is_not_replaced_by_another_one(form):
    page = form("Port")
    page.refresh(vlan="10")
    page.refresh(site="BER")
    assert page.state["vlan"] == ""
    answer = page.send()
    assert answer.status_code == 400
    assert "This field is required." in answer.text


def test_a_filled_form_makes_a_run_without_what_is_hidden(form, work):
    page = form("Port")
    page.refresh(kind="lag")
    assert page.send(lag="3", vlan="999").status_code == 302
    assert last().inputs == {
        "site": "AMS",
        "kind": "lag",
        "vlan": "",
        "allowed": [],
        "lag": 3,
        "slow": True,
        "text": "AMS lag",
    }
    work()
    assert last().result["lag"] == 3


def test_nothing_runs_with_what_nobody_was_asked_for(form):
    page = form("Port")
    answer = page.send(kind="lag", vlan="10")
    assert (answer.status_code, runs()) == (400, 0)
    assert "With what you have entered, this is asked for as well: LAG, Slow." in answer.text
    page.text, page.state = answer.text, page._fields(answer.text)
    assert page.state["slow"] == ["true"]
    assert page.send(lag="4").status_code == 302


def test_without_a_script_a_button_brings_the_whole_page_up_to_date(form):
    page = form("Port")
    assert re.search(r'no-script"[^>]*formaction="[^"]+/run/fields"[^>]*>Update the form<', page.text)
    answer = page.refresh(script=False, kind="lag", text="mine", site="BER")
    assert answer.status_code == 200
    assert "<h1>Run Port</h1>" in answer.text
    assert (page.asks_for("lag"), page.asks_for("vlan"), page.state["text"]) == (True, False, "mine")
    assert runs() == 0


def test_what_cannot_be_found_out_is_said_at_its_field_and_keeps_what_was_chosen(form):
    page = form("Port")
    page.refresh(vlan="10")
    page.refresh(site="NYC")
    assert FAILED in unescape(page.text)
    assert (page.options("vlan"), page.state["vlan"]) == (["10"], "10")
    answer = page.send()
    assert (answer.status_code, runs()) == (400, 0)
    assert unescape(answer.text).count(FAILED) == 2  # in the summary, and at the field


def test_what_cannot_be_found_out_is_not_asked_twice_when_the_form_is_sent(form, monkeypatch):
    page, asked = form("Port"), []
    real = asking.Asker.__call__
    monkeypatch.setattr(
        asking.Asker, "__call__", lambda self, *question: asked.append(question[:2]) or real(self, *question)
    )
    assert page.send(site="NYC").status_code == 400
    assert asked.count(("vlan", "choices")) == 1


def test_the_box_for_a_dry_run_is_always_there_and_no_news(form):
    page = form("Moment")
    page.state["ticket"] = "mine"
    answer = page.refresh(more="true", dryrun="true")
    assert re.findall(r'id="field-(\w+)" hx-swap-oob', answer.text) == ["why"]
    assert page.refresh().status_code == 204


def test_the_code_of_a_job_that_is_switched_off_is_not_run_for_its_form(form, monkeypatch):
    page = form("Port")
    with transaction():
        catalogue.by_class_path("depending.Port").enabled = False
    monkeypatch.setattr(answers, "kept", answers.Kept())
    monkeypatch.setattr(asking, "connected", lambda *_: pytest.fail("the loader was asked"))
    page.open()
    assert "It is switched off." in page.text
    assert page.refresh(kind="lag").status_code == 204
    assert page.send(lag="3").status_code == 409


def test_the_form_needs_nobody_where_conditions_are_data(form, monkeypatch):
    monkeypatch.setattr(asking, "connected", lambda *_: pytest.fail("the loader was asked"))
    page = form("Data")
    page.refresh(kind="secret")
    assert (page.asks_for("password"), page.asks_for("note")) == (True, False)
    page.refresh(password="hush")
    page.refresh(kind="plain")
    assert not any("hush" in str(value) for name, value in page.state.items() if name != "password")
    page.state.pop("password", None)
    assert page.send(note="x").status_code == 302
    assert last().inputs == {"kind": "plain", "note": "x", "password": "", "plan": None}


def test_a_file_is_asked_for_when_it_is_wanted(form):
    page = form("Data")
    page.refresh(kind="file")
    assert page.asks_for("plan")
    answer = page.page.post(
        page.path,
        {**page.state, "note": "x", "plan": (io.BytesIO(b"1"), "plan.csv")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302
    assert last().inputs["plan"]["name"] == "plan.csv"


def test_who_may_not_run_the_job_may_not_ask_for_its_fields_either(browse, job):
    page = browse("vic")
    path = f"/jobs/{catalogue.by_class_path('depending.Port').id}/run/fields"
    assert page.post(path, {"kind": "lag"}).status_code == 403


REFUSED = [
    ({"vlan": 30}, {"vlan": ["Select a valid choice. 30 is not one of the available choices."]}),
    ({"kind": "lag"}, {"lag": ["This field is required."]}),
    ({"kind": "lag", "lag": 0}, {"lag": ["Ensure this value is greater than or equal to 1."]}),
    ({"site": "NYC", "vlan": 10}, {"vlan": [FAILED]}),
    ({"vlan": 10, "nobody": 1}, {"nobody": ["Job data contained an unknown property"]}),
    (
        {"site": "BER", "kind": "trunk", "allowed": [10]},
        {"allowed": ["Select a valid choice. 10 is not one of the available choices."]},
    ),
]
ACCEPTED = [
    ({"vlan": "10"}, {"vlan": 10, "lag": None, "text": "AMS access"}),
    ({"kind": "lag", "lag": 5, "vlan": "wrong", "allowed": 7}, {"vlan": "", "lag": 5, "slow": True}),
    ({"kind": "trunk"}, {"allowed": [20], "slow": False, "text": "AMS trunk"}),
    ({"vlan": 10, "text": "mine"}, {"text": "mine"}),
]


def test_over_the_api_the_same_is_refused(api):
    ann = api("ann")
    for data, errors in REFUSED:
        for verb in ("validate", "run"):
            answer = ann.post(RUN.format("Port").replace("run", verb), json={"data": data})
            assert (answer.status_code, answer.json) == (400, {"errors": errors})
    assert runs() == 0


def test_over_the_api_hidden_values_are_dropped_and_defaults_computed(api):
    for data, expected in ACCEPTED:
        answer = api("ann").post(RUN.format("Port"), json={"data": data})
        assert answer.status_code == 201
        assert {name: last().inputs[name] for name in expected} == expected


def test_the_same_key_gives_the_same_run_whatever_the_default_is_by_then(api):
    ann, key = api("ann"), {"Idempotency-Key": "once"}
    first, again = (ann.post(RUN.format("Moment"), json={"data": {}}, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json["job_result"]["id"] == first.json["job_result"]["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = ann.post(RUN.format("Moment"), json={"data": {"ticket": "mine"}}, headers=key)
    assert (other.status_code, runs()) == (409, 1)


def test_a_key_that_has_made_a_run_says_so_when_what_was_sent_fits_no_more(api):
    ann, key = api("ann"), {"Idempotency-Key": "once"}
    number = ann.post(RUN.format("Moment"), json={"data": {}}, headers=key).json["job_result"]["meta"]["number"]
    again = ann.post(RUN.format("Moment"), json={"data": {"more": "perhaps"}}, headers=key)
    assert (again.status_code, again.json["detail"]) == (
        409,
        f"This submission was already used for run #{number}, with other inputs.",
    )


def test_in_parts_the_same_holds(api):
    answer = api("ann").post(RUN.format("Port"), data={"kind": "lag", "lag": "5"}, content_type="multipart/form-data")
    assert answer.status_code == 201
    assert last().inputs["lag"] == 5


def test_in_the_shell_the_same_holds(app):
    def runjob(**data):
        line = ["runjob", "--username", "ann", "--local", "--data", json.dumps(data), "depending.Port"]
        return app.test_cli_runner().invoke(args=line)

    assert "LAG" not in runjob(kind="lag", lag=5).output
    assert last().inputs["lag"] == 5
    refused = runjob(vlan=30)
    assert refused.exit_code == 2
    assert "30 is not one of the available choices" in refused.output


def test_the_variables_tell_on_what_they_depend(api):
    told = {one["name"]: one for one in api("vic").get(RUN.format("Port").replace("run", "variables")).json}
    assert told["vlan"]["visible_when"] == {"kind": ["access"]}
    assert told["vlan"]["live"] == {"choices": "values"}
    assert told["allowed"]["live"] == {"choices": "values", "visible_when": "values"}
    assert told["text"]["live"] == {"default": "values"}


def test_commands_leave_out_what_is_hidden(form):
    page = form("Port")
    page.refresh(kind="lag")
    text = unescape(page.page.post(f"{page.path}/preview", {**page.state, "lag": "3"}).text)
    assert '"lag": 3' in text
    assert "vlan" not in text


def test_a_run_fills_the_form_again_and_its_hidden_inputs_do_not_matter(form):
    page = form("Port")
    page.refresh(kind="lag")
    page.send(lag="3")
    page.open(f"?_from={last().number}")
    assert (page.state["kind"], page.state["lag"], page.asks_for("vlan")) == ("lag", "3", False)
    page.refresh(kind="access")
    assert page.options("vlan") == ["", "10", "20"]
