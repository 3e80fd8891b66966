"""A tour of every page in every state that it can be in, for screenshots; those that look much like
another one are left out for axe and phones."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Page, expect

from tests.browser import inventory_places, run_places
from tests.browser.installation import Installation, wait_until
from tests.browser.place import Place


def _fill_in_nonsense(page: Page) -> None:
    page.get_by_label("Name").fill("12 monkeys")
    page.get_by_label("times").fill("often")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".problems")).to_be_visible()


def _choose_vlans(page: Page) -> None:
    box = page.get_by_role("combobox", name="VLANs")
    for text in ("101", "110", "127"):
        box.fill(text)
        box.press("Enter")


def _fill_in_everything(page: Page) -> None:
    _choose_vlans(page)
    page.get_by_label("Notes").fill("Bring the long ladder.")
    page.get_by_label("Window begins").fill("2027-07-31T22:00")
    page.get_by_label("Loopback").fill("2001:DB8::0001")
    page.get_by_label("Plan").focus()
    expect(page.get_by_label("Loopback")).to_have_value("2001:db8::1")
    page.evaluate("scrollTo(0, 0)")


def _fill_in_everything_wrongly(page: Page) -> None:
    wrong = {"Hostname": "A!", "Rack units": "-1", "Maintenance day": "", "Options (JSON)": '{"mtu": 9100,\n "x": }'}
    for label, text in (wrong | {"Loopback": "192.0.2", "Prefix": "203.0.113.5/24"}).items():
        page.get_by_label(label).fill(text)
    _choose_vlans(page)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".problems")).to_be_visible()


def _look_for_a_choice(page: Page) -> None:
    _choose_vlans(page)
    page.get_by_role("combobox", name="VLANs").fill("11")
    expect(page.locator(".chips__option")).to_have_count(10)


def _paste_what_is_not_known(page: Page) -> None:
    page.get_by_role("button", name="Paste a list: VLANs").click()
    page.locator("textarea:focus").fill("VLAN 101\nVLAN 4095\nthe one in the basement")
    page.get_by_role("button", name="Choose these").click()
    expect(page.get_by_text("2 not known")).to_be_visible()


def _show_the_commands(page: Page) -> None:
    page.get_by_role("button", name="Show the commands").click()
    expect(page.get_by_text("On a server")).to_be_visible()


def _wait_for_lines(page: Page) -> None:
    expect(page.locator("#L13")).to_be_visible()


def _look_at_the_question(page: Page) -> None:
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_label("Reason")).to_be_visible()


def _give_no_short_reason(page: Page) -> None:
    _look_at_the_question(page)
    page.get_by_label("Reason").evaluate(
        "field => { field.removeAttribute('maxlength'); field.value = 'x'.repeat(501); }"
    )
    page.get_by_role("button", name="Cancel this run").click()
    expect(page.locator(".field__errors")).to_be_visible()


def _prepare_a_lag(page: Page) -> None:
    page.get_by_label("Kind").select_option("lag")
    expect(page.get_by_label("LAG")).to_be_visible()


def _cancel(page: Page) -> None:
    _look_at_the_question(page)
    page.get_by_label("Reason").fill("The change window was moved to Thursday, so this has to wait.")
    page.get_by_role("button", name="Cancel this run").click()


def _cancel_what_waits(page: Page) -> None:
    _cancel(page)
    expect(page.locator("#run-summary .state")).to_have_text("Cancelled")


def _cancel_what_goes_on(page: Page) -> None:
    _wait_for_lines(page)
    _cancel(page)
    expect(page.locator("time[data-until]")).to_be_visible()


def _ask_after_the_end(page: Page) -> None:
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    page.goto(f"{page.url}/cancellation")


def _search_logs(page: Page) -> None:
    page.goto(f"{urljoin(page.url, '/search')}?q=hello -nobody")
    expect(page.locator("mark").first).to_be_visible()


def _be_refused(page: Page) -> None:
    page.get_by_label("User name").fill("mallory")
    page.get_by_label("Password").fill("let me in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _ask_for_it_again(page: Page) -> None:
    page.goto(f"{page.url.partition('?')[0].partition('#')[0]}/again")


def _choose_what_to_compare(page: Page) -> None:
    page.goto(f"{page.url.partition('?')[0].partition('#')[0]}/compare?with=")


def _compare_with_one_that_went_well(page: Page) -> None:
    failed = page.url
    _ask_for_it_again(page)
    page.get_by_role("link", name="Edit first").click()
    page.get_by_label("Broken").fill("")
    page.get_by_label("Management VLAN").fill("30")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    page.goto(f"{failed}/compare?with={page.url.rpartition('/')[2]}")


def _keep(page: Page) -> None:
    if page.get_by_text("Kept by").count() == 0:
        page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Kept by")).to_be_visible()


def _decide(page: Page) -> None:
    page.get_by_label("Grouping", exact=True).fill("Somewhere else")
    page.get_by_label("Hidden", exact=True).select_option("Yes")


def _decide_wrongly(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Echo")
    page.get_by_label("Hard time limit", exact=True).fill("soon")
    page.get_by_label("Runs to keep").fill("some")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".problems")).to_be_visible()


def _edit_several(page: Page) -> None:
    links = page.locator("a.list__name").evaluate_all("all => all.slice(0, 5).map((link) => link.pathname)")
    page.goto("/jobs/edit?" + "&".join(f"id={link.rpartition('/')[2]}" for link in links))
    page.get_by_label("Soft time limit", exact=True).fill("42")


def _ask_to_delete(page: Page) -> None:
    page.get_by_role("link", name="Delete", exact=True).click()
    expect(page.get_by_role("button", name="Delete this job")).to_be_visible()


def _pause_a_queue(page: Page) -> None:
    name = "the queue of all machines behind the wall of the third data centre; " * 3 + "and_without_a_space" * 2
    page.get_by_label("Name").fill(name)
    page.get_by_label("Description").fill("Reaches whatever nobody else can reach. " * 6)
    page.get_by_role("button", name="Create this queue").click()
    if page.get_by_text("already exists").count():
        page.goto("/queues/")
        page.get_by_role("link", name=name[:50]).click()
    if page.get_by_role("link", name="Pause").count():
        page.get_by_role("link", name="Pause").click()
        page.get_by_label("Reason").fill("The power is cut from Thursday to Friday, see_the_plan_of_the_building" * 4)
        page.get_by_role("button", name="Pause the queue").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def _give_no_good_name(page: Page) -> None:
    page.get_by_label("Name").fill("lab/two")
    page.get_by_role("button", name="Create this queue").click()
    expect(page.locator(".field__errors")).to_be_visible()


def _ask_to_delete_a_default(page: Page) -> None:
    page.get_by_role("link", name="lab", exact=True).click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_text("It cannot be deleted")).to_be_visible()


def _open_everything(page: Page) -> None:
    page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")


def _open_filters(page: Page) -> None:
    page.locator("summary", has_text="More").click()
    expect(page.get_by_label("Words in the log")).to_be_visible()


def _save_a_view(page: Page) -> None:
    page.locator("summary", has_text="Save this view").click()
    page.get_by_label("Name of the view").fill("What I always look for")


def _show_a_view(page: Page) -> None:
    if page.get_by_text("Save this view").count():
        _save_a_view(page)
        page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Rename or delete").click()
    expect(page.get_by_role("button", name="Delete the view")).to_be_visible()


def _choose_runs(page: Page) -> None:
    for box in page.locator("#several [name=id]").all()[:3]:
        box.check()


def _ask_to_cancel_all(page: Page) -> None:
    page.get_by_role("button", name="Choose all shown").click()
    page.get_by_role("button", name="Cancel…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ancel")


def _ask_to_delete_all(page: Page) -> None:
    page.get_by_role("button", name="Choose all shown").click()
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("elete")


def _open_and_choose(page: Page) -> None:
    _open_everything(page)
    for box in page.locator("#several [name=id]").all()[:3]:
        box.check()


def _go_home(page: Page) -> None:
    _wait_for_lines(page)
    page.goto("/")
    expect(page.locator("#home-live [id^=running-]").first).to_be_visible()


def _show_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def _mark_failures_as_seen(page: Page) -> None:
    if page.get_by_role("button", name="Mark as seen").count():
        page.get_by_role("button", name="Mark as seen").click()
    expect(page.get_by_text("Nothing has failed")).to_be_visible()


PLACES = {
    "home at first": Place("/", pictured=True),
    "jobs": Place("/jobs/"),
    "keys": Place("/jobs/", then=_show_the_keys),
    "jobs with all unfolded": Place("/jobs/?can_run=any", then=_open_and_choose),
    "no job found": Place("/jobs/?q=nothing-like-it"),
    "job": Place(job="hello.Hello"),
    "job with long words": Place(job="on_screen.LongWinded"),
    "job that is disabled": Place(job="plain.Odd"),
    "changes of a job": Place(job="on_screen.LongWinded", tab="/changes"),
    "access to a job": Place(job="on_screen.LongWinded", tab="/access", then=_open_everything),
    "job being edited": Place(job="plain.Elsewhere", tab="/edit", then=_decide),
    "job edited wrongly": Place(job="on_screen.LongWinded", tab="/edit", then=_decide_wrongly),
    "jobs being edited": Place("/jobs/?can_run=any", then=_edit_several),
    "question of a job": Place(job="hello.Hello", then=_ask_to_delete),
    "form": Place(form="hello.Hello"),
    "form with errors": Place(form="hello.Hello", then=_fill_in_nonsense),
    "form with commands": Place(form="hello.Hello", then=_show_the_commands),
    "form that changes": Place(form="ports.PreparePort", then=_prepare_a_lag),
    "form with every input": Place(form="tour.Tour"),
    "form filled in": Place(form="tour.Tour", then=_fill_in_everything),
    "form filled in wrongly": Place(form="tour.Tour", then=_fill_in_everything_wrongly),
    "form with an open list": Place(form="tour.Tour", then=_look_for_a_choice),
    "form with a pasted list": Place(form="tour.Tour", then=_paste_what_is_not_known),
    "form with long words": Place(form="on_screen.LongWinded"),
    "form without inputs": Place(form="plain.NoInputs"),
    "form of a disabled job": Place(form="plain.Odd"),
    "form with a secret": Place(form="plain.Secretive"),
    "run that succeeded": Place(run="plain.Talk", ends="Succeeded"),
    "run that failed": Place(run="on_screen.LongWinded", ends="Failed"),
    "run with an error": Place(run="plain.Raise", ends="Errored", then=_open_everything),
    "run that timed out": Place(run="plain.Sleep", ends="Timed out"),
    "run that was killed": Place(run="plain.Leave", inputs={"how": "kill"}, ends="Lost"),
    "run with a secret": Place(run="plain.Secretive", inputs={"password": "swordfish"}, ends="Succeeded"),
    "run with every input": Place(run="tour.Tour", inputs={"password": "swordfish"}, ends="Succeeded"),
    "run with items": Place(run="itemised.Backup", ends="Failed"),
    **run_places.PLACES,
    "run that waits": Place(run="plain.Elsewhere", queue="lab"),
    "run that goes on": Place(run="on_screen.Typewriter", then=_wait_for_lines),
    "home": Place("/"),
    "home with runs": Place(run="on_screen.Typewriter", brief=True, then=_go_home),
    "home without failures": Place("/", then=_mark_failures_as_seen),
    "question of a run that waits": Place(run="plain.Elsewhere", queue="lab", then=_look_at_the_question),
    "question with an error": Place(run="plain.Elsewhere", queue="lab", then=_give_no_short_reason),
    "question of a run that goes on": Place(run="on_screen.Reluctant", brief=True, then=_look_at_the_question),
    "question of a run that is over": Place(run="plain.NoInputs", then=_ask_after_the_end),
    "run that is cancelling": Place(run="on_screen.Reluctant", brief=True, then=_cancel_what_goes_on),
    "run that was cancelled": Place(run="plain.Elsewhere", queue="lab", brief=True, then=_cancel_what_waits),
    "run that is kept": Place(run="hello.Hello", ends="Succeeded", then=_keep),
    "run to be started again": Place(run="tour.Tour", ends="Succeeded", then=_ask_for_it_again),
    "run with a secret to be started again": Place(
        run="comparing.Nightly",
        inputs={"password": "swordfish"},
        ends="Succeeded",
        then=_ask_for_it_again,
        pictured=True,
    ),
    "dry run to be started again": Place(
        run="comparing.Nightly", inputs={"dryrun": True}, ends="Succeeded", then=_ask_for_it_again
    ),
    "choice of a run to compare with": Place(
        run="comparing.Nightly", ends="Succeeded", then=_choose_what_to_compare, pictured=True
    ),
    "runs compared": Place(
        run="comparing.Nightly",
        inputs={"broken": "ams-sw-07"},
        ends="Failed",
        then=_compare_with_one_that_went_well,
    ),
    "runs of a job": Place(runs_of="hello.Hello"),
    "no runs of a job": Place(runs_of="plain.Odd"),
    "dry run": Place(run="hello.Hello", inputs={"dryrun": True}, ends="Succeeded"),
    "lines found in logs": Place(run="hello.Hello", ends="Succeeded", then=_search_logs),
    "nothing found in logs": Place("/search?q=nothing-like-it"),
    "no words for logs": Place("/search", pictured=True),
    "runs": Place("/runs/"),
    "runs that are chosen": Place("/runs/", then=_choose_runs),
    "filters of runs": Place("/runs/?state=unsuccessful&queue=default&q=e", then=_open_filters),
    "filters that mean nothing": Place("/runs/?state=failed&state=sad&user=nobody&from=soon"),
    "no runs like that": Place("/runs/?state=running&period=today&q=nothing-like-it", then=_save_a_view),
    "view of runs": Place("/runs/?state=lost", then=_show_a_view),
    "question of runs to cancel": Place("/runs/", then=_ask_to_cancel_all),
    "question of runs to delete": Place("/runs/", then=_ask_to_delete_all),
    "queue that is paused": Place("/queues/new", then=_pause_a_queue),
    "queues": Place("/queues/"),
    "form of a queue": Place("/queues/new", then=_give_no_good_name),
    "question of a queue": Place("/queues/", then=_ask_to_delete_a_default),
    "workers": Place("/workers/"),
    **inventory_places.PLACES,
    "account": Place("/account/"),
    "not found": Place("/runs/999999"),
    "not allowed": Place(form="hello.Hello"),
    "sign-in": Place("/login/"),
    "sign-in refused": Place("/login/", then=_be_refused),
}
SCRIPTED = tuple(f"on_screen.{job}" for job in ("Typewriter", "Reluctant", "Stepper", "Hush"))
FOR_STRANGERS = ("sign-in", "sign-in refused")
FOR_VIEWERS = ("not allowed",)
FOR_ADMINISTRATORS = (
    *("job being edited", "job edited wrongly", "jobs being edited", "question of a job"),
    *("queue that is paused", "form of a queue", "question of a queue"),
)


class Tour:
    """Goes to the places of an installation; runs that end alike are one run, started once."""

    def __init__(self, product: Installation, script: Path) -> None:
        """The run that goes on ends when the file `script` says "end"."""
        self.product = product
        self.script = script
        self.briefs = 0
        self.held: Path | None = None
        self.addresses: dict[str, str] = {}
        script.write_text("12")
        product.enable("plain.Odd", False)

    def visit(self, name: str, page: Page) -> None:
        """Bring page to the place of that name, complete with what it loads."""
        place = PLACES[name]
        self.leave()
        self._hold(place)
        known_as = f"{place.run} {place.inputs}" if place.ends else name
        if place.brief or known_as not in self.addresses:
            self.addresses[known_as] = self._address(place)
        page.goto(self.addresses[known_as] + (place.tab if place.run else ""))
        if place.ends:
            expect(page.locator("#run-summary .state")).to_have_text(place.ends)
        place.then(page)
        expect(page.locator("[hx-trigger=load]")).to_have_count(0)

    def leave(self) -> None:
        """Let what was there for the last place go on."""
        self._brief().write_text("end")
        if self.held:
            self.held.unlink()
        self.held = None

    def _hold(self, place: Place) -> None:
        if place.holds and self.product.jobs_root:
            self.held = self.product.jobs_root / place.holds
            self.held.touch()

    def _address(self, place: Place) -> str:
        if place.kind:
            return self.product.object(place.kind, **place.named) + place.tab
        if place.job:
            return self.product.job(place.job) + place.tab
        if place.runs_of:
            return f"{self.product.job(place.runs_of)}/runs"
        if place.form:
            return self.product.form(place.form)
        if not place.run:
            return place.address
        for _ in range(place.after):
            self._succeed(place.run)
        script = {"script": str(self._script(place))} if place.run in SCRIPTED else {}
        return self.product.start(place.run, queue=place.queue, **place.inputs, **script)

    def _succeed(self, job: str) -> None:
        """Have a run of job that is over at once."""
        self.product.start(job, script=str(self._brief()))
        newest = "extras/job-results/?limit=1"
        wait_until(lambda: self.product.api("admin", "GET", newest)["results"][0]["status"]["value"] == "SUCCESS")

    def _script(self, place: Place) -> Path:
        """What the run of place is to follow; a brief one has a script that nobody has seen the end of."""
        if not place.brief:
            return self.script
        self.briefs += 1
        self._brief().write_text(place.types)
        return self._brief()

    def _brief(self) -> Path:
        return self.script.with_name(f"brief-{self.briefs}")


def visitor_of(name: str, otherwise: str) -> str | None:
    """Who sees the place of that name: otherwise, unless it is there for others."""
    if name in FOR_ADMINISTRATORS:
        return "admin"
    return None if name in FOR_STRANGERS else "vic" if name in FOR_VIEWERS else otherwise
