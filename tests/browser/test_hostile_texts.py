"""Hostile texts from a job, on every page and in every file that tells of its run: shown as text, and nothing more."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.installation import Installation, wait_until
from tests.browser.jobs_root.repeating import ENDINGS
from tests.hostile import HOSTILE
from webapp.jobs.plain import UNSTORABLE, storable
from webapp.runs.log.text import LONGEST, seen
from webapp.runs.unseen import marked

SEARCHES = ("/search?q=%3Cscript%3E", "/search?q=window.pwned", "/search?q=%22onerror%22")
"""Of the logs of all runs; each finds some of what a run has said."""
PAGES = (
    "/runs/{number}",
    "/runs/{number}?level=warning&time=elapsed",
    "/runs/{number}?q=%3Cscript%3E&only=1",
    "/runs/{number}?folds=closed",
    "/runs/{number}/items",
    "/runs/{number}/changes",
    "/runs/{number}/files",
    "/runs/{number}/result",
    "/runs/{number}/inputs",
    "/runs/{number}/events",
    "/runs/{number}/compare?with={other}",
    "/runs/{number}/again",
    "/jobs/{job}",
    "/jobs/{job}/runs",
    "/jobs/{job}/run?_from={number}",
    "/runs/",
    "/",
    *SEARCHES,
)
"""Pages that tell of a run; they are opened in a browser."""
LOGS = ("/runs/{number}/log.txt", "/runs/{number}/log.ndjson", "/runs/{number}/log.csv")
NO_PAGES = (
    *LOGS,
    "/api/extras/job-results/{id}/",
    "/api/extras/job-results/{id}/logs/?limit=1000",
    "/api/extras/job-results/{id}/items/?limit=1000",
    "/api/extras/job-results/?limit=5",
)
"""Answers to programs, and files; whatever they hold, a browser must not take them for pages."""
WATCH = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`refused at ${location.pathname}: ${event.violatedDirective} ${event.blockedURI}`), true);
"""
NOT_OURS = """
  script:not([src^='/static/']), style, base, meta[http-equiv], iframe, object, embed, template:not([id='one-error']),
  marquee, math, video, audio, plaintext, foreignObject, svg script, svg animate, img:not([src^='/runs/']),
  link[href^='http'], form[action^='http'], [formaction]:not([formaction^='/'])
"""
"""Elements that we never write."""
LOOK = """(notOurs) => {
  const handles = (element) => [...element.attributes].some(({ name }) => /^on|^(data-)?hx-on/.test(name));
  const found = [...document.querySelectorAll("*")].filter((element) => element.matches(notOurs) || handles(element));
  const links = [...document.links].filter(({ protocol }) => !["http:", "https:", "mailto:"].includes(protocol));
  return { pwned: window.pwned ?? null, found: [...found, ...links].map((element) => element.outerHTML.slice(0, 200)) };
}"""
LINES = """() => [...document.querySelectorAll("li.line")].map((line) =>
  [Number(line.id.slice(1)), line.querySelector(".line__text").textContent])"""
ADDRESSES = "links => links.map((link) => link.pathname)"
HARMLESS = {"pwned": None, "found": []}
RECORD = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:debug|info|success|warning|failure|error|critical) |    "
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def look_at(page: Page) -> None:
    """Nothing on the page was not written by us, nothing ran, and what deceives readers is an escape."""
    assert page.evaluate(LOOK, NOT_OURS) == HARMLESS, page.url
    shown = page.evaluate("document.body.textContent")
    assert not UNSTORABLE.search(shown.replace("\r", "")), page.url


def expected(message: str) -> str:
    """What a page shows of a message."""
    return seen(marked(message))[:LONGEST]


@pytest.fixture
def page(visit):
    opened, dialogs = visit("ann", alone=True), []
    opened.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    opened.add_init_script(WATCH)
    yield opened
    assert dialogs == []


@pytest.fixture(scope="module")
def run(product, tmp_path_factory) -> dict[str, Any]:
    """A run that has said all of them, as the API tells of it, and the number of an earlier one that said others."""
    texts = tmp_path_factory.mktemp("hostile") / "texts"
    notes = "\n".join(text for text in HOSTILE.values() if not UNSTORABLE.search(text) and len(text) < 200)
    texts.write_text(json.dumps(dict(list(HOSTILE.items())[:70:3])))
    other = ended(product, texts=str(texts), notes=notes[::-1])
    texts.write_text(json.dumps(HOSTILE))
    told = ended(product, texts=str(texts), notes=notes)
    numbers = {"number": told["meta"]["number"], "other": other["meta"]["number"]}
    return {"id": told["id"], "job": told["job_model"]["id"], **numbers}


def ended(product: Installation, **inputs: str) -> dict[str, Any]:
    """A run of the job that repeats, once it is over, as the API tells of it."""
    product.start("repeating.Repeater", **inputs)
    newest = "extras/job-results/?limit=1"
    wait_until(lambda: product.api("ann", "GET", newest)["results"][0]["status"]["value"] == "FAILURE")
    told: dict[str, Any] = product.api("ann", "GET", newest)["results"][0]
    return told


def test_hostile_texts_do_nothing_while_they_come(page, product, tmp_path):
    texts, draft = tmp_path / "texts", tmp_path / "draft"
    page.goto(product.start("repeating.Repeater", texts=str(texts), raises=True))
    draft.write_text(json.dumps(dict(list(HOSTILE.items())[:70])))
    draft.rename(texts)
    expect(page.locator("#run-summary .state")).to_have_text("Errored")
    expect(page.locator("[data-live]")).to_have_count(0)
    assert page.locator("li.line").count() > 100
    look_at(page)
    page.reload()
    look_at(page)


def test_hostile_texts_are_lines_that_can_be_read(page, run):
    log = f"/runs/{run['number']}"
    told = [json.loads(line) for line in page.request.get(f"{log}/log.ndjson").text().splitlines()]
    assert len(told) == told[-1]["line"] > 6 * len(HOSTILE)
    shown: dict[int, str] = {}
    for at in range(1, len(told) + 1, 250):
        page.goto(f"{log}?folds=open&at={at + 120}")
        look_at(page)
        shown |= dict(page.evaluate(LINES))
    assert shown.keys() == {line["line"] for line in told}
    for line in told:
        assert line["message"] == storable(line["message"])
        if "Traceback" not in line["message"] and line["group"] != "Markdown":
            assert expected(line["message"]) in shown[line["line"]], line["message"][:80]


def test_hostile_texts_do_nothing_on_any_page(page, run):
    files = f"/runs/{run['number']}/files"
    for address in PAGES:
        answer = page.goto(address.format(**run))
        assert answer.status == 200, address
        assert address not in SEARCHES or page.locator(".found mark").count() > 0, address
        look_at(page)
    page.goto(files)
    previews = page.eval_on_selector_all(f"a[href^='{files}/'][href$='/preview']", ADDRESSES)
    for address in list(dict.fromkeys(previews))[-len(ENDINGS) :]:
        page.goto(address)
        assert "<script>window.pwned=1</script>" in page.evaluate("document.body.textContent"), address
        look_at(page)


def test_hostile_texts_in_files_and_answers_are_no_pages(page, run):
    page.goto(f"/runs/{run['number']}/files")
    files = page.eval_on_selector_all(f"a[href^='/runs/{run['number']}/files/']:not([href$='/preview'])", ADDRESSES)
    assert len(files) > 50
    for address in [*NO_PAGES, *files[:: len(files) // 20], *files[-len(ENDINGS) :]]:
        answer = page.request.get(address.format(**run))
        assert answer.status == 200, address
        assert answer.headers["x-content-type-options"] == "nosniff"
        taken_along = answer.headers.get("content-disposition", "").startswith("attachment;")
        assert taken_along or answer.headers["content-type"].startswith("application/json"), address
        assert "x-pwned" not in answer.headers


def test_hostile_texts_forge_no_record_and_no_formula(page, run):
    text, lines, table = (page.request.get(address.format(**run)).text() for address in LOGS)
    assert [line for line in text.split("\n")[:-1] if not RECORD.match(line)] == []
    numbers = [json.loads(line)["line"] for line in lines.split("\n")[:-1]]
    assert numbers == list(range(1, len(numbers) + 1))
    rows = list(csv.reader(io.StringIO(table)))
    assert [row[0] for row in rows] == ["line", *map(str, numbers)]
    assert [cell for row in rows for cell in row if cell.startswith(FORMULA)] == []


def test_a_long_line_is_shown_in_full_where_it_stands(page, run):
    log = f"/runs/{run['number']}"
    told = [json.loads(line) for line in page.request.get(f"{log}/log.ndjson").text().splitlines()]
    at = next(line["line"] for line in told if line["message"] == HOSTILE["word of 16,000 letters"])
    page.goto(f"{log}?at={at}")
    line = page.locator(f"#L{at} .line__text")
    more = line.get_by_role("link", name="show all (16,000 characters)")
    address = more.get_attribute("href")
    more.press("Enter")
    whole = line.locator(".line__whole")
    expect(whole).to_be_focused()
    expect(more).to_have_count(0)
    assert whole.text_content() == "w" * 16_000
    assert page.url.endswith(f"{log}?at={at}")
    page.goto(address)
    expect(line).to_be_visible()
    assert "w" * 16_000 in line.text_content()
