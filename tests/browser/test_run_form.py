"""The form of a job: wrong inputs, right inputs, and one run for one intention."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

RUN_PAGE = re.compile(r"/runs/\d+$")
SEND_AGAIN = """form => fetch(form.action, {method: "POST", body: new FormData(form)}).then(({url}) => url)"""


@pytest.fixture
def page(visit, product) -> Page:
    """Ann before the form of the job Hello."""
    opened: Page = visit("ann")
    opened.goto(product.form("hello.Hello"))
    return opened


@pytest.fixture
def alone(visit, product) -> Page:
    """The same in a window that is closed afterwards, whatever it may ask then."""
    opened: Page = visit("ann", alone=True)
    opened.goto(product.form("hello.Hello"))
    return opened


def run_button(page: Page):
    return page.get_by_role("button", name="Run")


def test_the_form_shows_each_variable_with_its_help_and_default(page):
    expect(page.get_by_label("Name")).to_have_value("World")
    expect(page.get_by_label("Name")).to_have_accessible_description(
        "A letter first; then letters, digits, spaces, dots, dashes and apostrophes."
    )
    expect(page.get_by_label("greeting").locator("optgroup[label=Elsewhere] option")).to_have_count(2)
    expect(page.get_by_label("shout")).not_to_be_checked()
    expect(page.get_by_label("message")).to_have_value("")
    expect(page.get_by_label("Dry run")).not_to_be_checked()


def test_wrong_inputs_are_named_at_their_fields_and_in_a_summary_and_nothing_typed_is_lost(page, product):
    runs = product.runs()
    page.get_by_label("Name").fill("4711")
    page.get_by_label("times").fill("21 times")
    page.get_by_label("greeting").select_option("Bonjour")
    page.get_by_label("shout").check()
    page.get_by_label("message").fill("first\nsecond <script>alert(1)</script>")
    run_button(page).click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading")).to_have_text("2 things are not right yet")
    expect(page.get_by_label("times")).to_have_accessible_description(re.compile("Enter a whole number"))
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    expect(page.get_by_label("Name")).to_have_value("4711")
    expect(page.get_by_label("times")).to_have_value("21 times")
    expect(page.get_by_label("greeting")).to_have_value("Bonjour")
    expect(page.get_by_label("shout")).to_be_checked()
    expect(page.get_by_label("message")).to_have_value("first\nsecond <script>alert(1)</script>")
    summary.get_by_role("link", name="times").click()
    expect(page.get_by_label("times")).to_be_focused()
    assert product.runs() == runs


def test_after_the_mistakes_are_mended_the_job_runs(page):
    page.get_by_label("times").fill("0")
    run_button(page).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("times").fill("2")
    run_button(page).click()
    expect(page).to_have_url(RUN_PAGE)
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")


def test_right_inputs_lead_to_the_run_with_its_inputs_log_and_result(page):
    page.get_by_label("Name").fill("Ann O'Hara")
    page.get_by_label("greeting").select_option("Bonjour (French)")
    page.get_by_label("times").fill("3")
    page.get_by_label("message").fill("one\ntwo")
    run_button(page).click()
    expect(page).to_have_url(RUN_PAGE)
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    expect(page.locator(".line__text", has_text="Bonjour, Ann O'Hara!")).to_have_count(3)
    expect(page.locator(".line__group", has_text="message")).to_have_count(2)
    expect(page.locator(".dry-run")).to_have_count(0)
    page.locator("#tab-inputs").click()
    expect(page.locator(".list--inputs")).to_contain_text("Ann O'Hara")
    page.locator("#tab-result").click()
    expect(page.locator(".tree")).to_contain_text("words: Bonjour, Ann O'Hara!")


def test_a_dry_run_says_so_wherever_it_appears(page, product):
    page.get_by_label("Dry run").check()
    run_button(page).click()
    expect(page.locator("#run-summary .dry-run")).to_have_text("dry run")
    expect(page.locator(".line--warning")).to_contain_text("Dry run: would say")
    number = page.url.rpartition("/")[2]
    for address in ("/runs/", product.job("hello.Hello")):
        page.goto(address)
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=f"#{number}", exact=True))
        expect(row.locator(".dry-run")).to_be_visible()


def test_what_a_sensitive_job_was_given_is_shown_nowhere(visit, product):
    page = visit("ann")
    page.goto(product.form("plain.Secretive"))
    expect(page.get_by_text("Inputs are kept encrypted until the run is over")).to_be_visible()
    page.get_by_label("password").fill("swordfish")
    run_button(page).click()
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    assert "swordfish" not in page.content()
    page.locator("#tab-inputs").click()
    expect(page.get_by_text("The inputs of this run are not shown")).to_be_visible()
    assert "swordfish" not in page.content()


def test_a_double_click_makes_one_run(page, product):
    runs = product.runs()
    run_button(page).dblclick()
    expect(page).to_have_url(RUN_PAGE)
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    assert product.runs() == runs + 1


def test_the_same_form_sent_twice_leads_twice_to_the_same_run(page, product):
    runs = product.runs()
    first = page.locator("form[data-send]").evaluate(SEND_AGAIN)
    run_button(page).click()
    expect(page).to_have_url(first)
    assert product.runs() == runs + 1


def test_the_same_form_sent_with_other_inputs_asks_before_it_makes_a_second_run(page, product):
    runs = product.runs()
    first = page.locator("form[data-send]").evaluate(SEND_AGAIN)
    page.get_by_label("Name").fill("Somebody else")
    run_button(page).click()
    expect(page.get_by_role("alert")).to_contain_text(f"already used for run #{first.rpartition('/')[2]}")
    expect(page.get_by_label("Name")).to_have_value("Somebody else")
    assert product.runs() == runs + 1
    run_button(page).click()
    expect(page).to_have_url(RUN_PAGE)
    assert product.runs() == runs + 2


def test_back_from_the_run_one_finds_the_form_and_may_start_another(page, product):
    runs = product.runs()
    run_button(page).click()
    expect(page).to_have_url(RUN_PAGE)
    first = page.url
    page.go_back()
    run_button(page).click()
    expect(page).to_have_url(RUN_PAGE)
    assert page.url != first
    assert product.runs() == runs + 2


def test_a_job_can_be_sent_to_another_of_its_queues(visit, product):
    page = visit("ann")
    page.goto(product.form("plain.Elsewhere"))
    page.get_by_label("Queue").select_option("default")
    run_button(page).click()
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    expect(page.locator(".summary__facts")).to_contain_text(re.compile(r"Queue\s*default"))


def test_leaving_a_form_in_which_something_was_typed_is_asked_about(alone):
    alone.get_by_label("Name").press_sequentially("half a thought")
    alone.on("dialog", lambda dialog: dialog.dismiss())
    with alone.expect_event("dialog") as asked:
        alone.get_by_role("navigation").get_by_role("link", name="Runs").click()
    assert asked.value.type == "beforeunload"
    expect(alone.get_by_label("Name")).to_have_value(re.compile("half a thought"))


def test_a_form_that_was_sent_is_left_without_a_question(alone):
    alone.get_by_label("Name").press_sequentially("x")
    alone.on("dialog", lambda dialog: pytest.fail(f"asked: {dialog.type}"))
    run_button(alone).click()
    alone.wait_for_url(RUN_PAGE)


def test_a_form_that_nobody_has_touched_is_sent_by_its_key(page, product):
    runs = product.runs()
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(RUN_PAGE)
    assert product.runs() == runs + 1


def test_the_key_sends_no_form_while_a_dialog_or_a_menu_has_the_focus(page, product):
    runs = product.runs()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<dialog open><p tabindex=-1>Sure?</p></dialog>')")
    page.get_by_text("Sure?").press("Control+Enter")
    page.locator("summary", has_text="ann").press("Control+Enter")
    expect(page.locator("form[data-sent]")).to_have_count(0)
    assert product.runs() == runs


def test_the_commands_name_the_file_that_was_chosen(visit, product):
    page = visit("ann", alone=True)
    page.goto(product.form("filing.Read"))
    page.get_by_role("button", name="Show the commands").click()
    expect(page.get_by_text("Correct this first: Plan")).to_be_visible()
    page.get_by_label("Plan").set_input_files({"name": "my plan.csv", "mimeType": "text/csv", "buffer": b"a"})
    expect(page.get_by_text("-F 'plan=@my plan.csv'")).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page).to_have_url(RUN_PAGE)
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    page.locator("#tab-result").click()
    expect(page.locator(".tree")).to_contain_text("name: my plan.csv")


def test_the_commands_of_what_is_typed_are_shown_and_follow_it(page):
    page.get_by_label("Name").fill("Typed")
    page.get_by_role("button", name="Show the commands").press("Enter")
    expect(page.get_by_text("flask --app wsgi runjob --username ann")).to_contain_text('"person": "Typed"')
    expect(page.locator("#commands")).to_have_attribute("aria-live", "polite")
    page.get_by_label("times").fill("often")
    expect(page.get_by_text("Correct this first: times")).to_be_visible()
    expect(page.locator("#commands")).to_have_attribute("aria-live", "off")


def test_nothing_is_asked_for_the_commands_before_somebody_wants_them(page):
    page.clock.install()
    page.reload()
    page.evaluate("window.sent = []; addEventListener('htmx:beforeSend', ({detail}) => sent.push(detail.elt.id))")
    page.get_by_label("Name").fill("Typed")
    page.clock.run_for(2000)
    assert page.evaluate("sent") == []
    page.get_by_role("button", name="Show the commands").press("Enter")
    expect(page.get_by_text("flask --app wsgi runjob --username ann")).to_contain_text('"person": "Typed"')
    page.get_by_label("Name").fill("Typed again")
    page.clock.run_for(2000)
    expect(page.get_by_text("flask --app wsgi runjob --username ann")).to_contain_text('"person": "Typed again"')
    assert page.evaluate("sent") == ["", "commands"]
