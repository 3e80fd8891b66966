"""*Compare*: two runs side by side, as whoever may see both sees them."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running, say
from webapp.accounts.models import User
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.runs import comparing, logs, states
from webapp.runs.comparing import lines
from webapp.runs.models import Run, State
from webapp.runs.service import submit


@pytest.fixture
def made(app, person):
    """Makes a run of a class of plain.py that says these texts, or (level, text), and comes to that end."""

    def to_the_end(
        *said: object, state: State | None = State.SUCCESS, of="plain.Echo", by="ann", result=None, **inputs: object
    ) -> Run:
        given = {"text": "x", **inputs} if of == "plain.Echo" else inputs
        number = submit(catalogue.by_class_path(of), person(by), given).number
        attempt = running(number)
        told = [one if isinstance(one, tuple) else ("info", one) for one in said]
        say(
            number,
            attempt,
            [logs.line(1_700_000_000.0 + n, level, "run", text) for n, (level, text) in enumerate(told)],
        )
        if state is not None:
            with transaction():
                reason = None if state is State.SUCCESS else "No."
                states.finish(number, attempt, State.RUNNING, state, "w", reason=reason, result=result)
        return db.session.get_one(Run, number, populate_existing=True)

    return to_the_end


@pytest.fixture
def compared(browse):
    """The page that compares a run with another one, as somebody sees it."""

    def see(right: Run, left: Run, name: str = "ann", query: str = "") -> str:
        answer = browse(name).get(f"/runs/{right.number}/compare?with={left.number}{query}")
        assert answer.status_code == 200
        return answer.text

    return see


def words(text: str, part: str = "") -> str:
    """What people read of a page, or of the section with that id."""
    found = (
        re.search(rf'<section[^>]*id="{part}".*?</section>', text, re.S)
        if part
        else re.search(r"<main.*?</main>", text, re.S)
    )
    assert found, part
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", found[0], flags=re.S))).split())


def test_the_last_success_before_a_run_is_found_among_what_one_may_see(made, person):
    first = made()
    for state in (State.FAILURE, State.ERRORED, State.CANCELLED):
        made(state=state)
    made(of="plain.NoInputs")
    run = made(state=State.FAILURE)
    made()
    assert comparing.last_success(run, person("ann")) == first.number
    assert comparing.last_success(first, person("ann")) is None
    assert comparing.last_success(run, person("sam")) is None
    with transaction() as session:
        session.execute(sa.update(Run).values(job_id=None))
    assert comparing.last_success(db.session.get_one(Run, run.number, populate_existing=True), person("ann")) is None


def test_the_last_success_is_looked_up_in_the_index_of_successes(made, person):
    run = made()
    question = comparing.before(run, person("ann"))
    sql = question.compile(db.engine, compile_kwargs={"literal_binds": True})
    if db.engine.dialect.name == "sqlite":
        plan = " ".join(row[-1] for row in db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {sql}")))
    else:
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = " ".join(row[0] for row in db.session.execute(sa.text(f"EXPLAIN {sql}")))
    assert "ix_run_success" in plan


def test_without_another_run_it_goes_to_the_last_success(browse, made):
    good, bad = made(), made(state=State.FAILURE)
    assert browse("ann").get(f"/runs/{bad.number}/compare").location == f"/runs/{bad.number}/compare?with={good.number}"


@on_sqlite
def test_where_there_is_no_success_one_chooses(browse, made):
    first, second = made(state=State.FAILURE), made(state=State.FAILURE)
    other = made(of="plain.NoInputs")
    page = browse("ann").get(f"/runs/{second.number}/compare").text
    assert f'href="/runs/{second.number}/compare?with={first.number}"' in page
    assert f"with={other.number}" not in page
    assert f'href="/runs/{second.number}/compare?with={second.number}"' not in page


@on_sqlite
@pytest.mark.parametrize("text", ["x", "-1", "1.5", "9" * 12, "0x10", "٣"])
def test_what_is_no_number_is_refused_at_its_field(browse, made, text):
    run = made()
    answer = browse("ann").get(f"/runs/{run.number}/compare", query_string={"with": text})
    assert (answer.status_code, "Give the number of a run, like 4170." in answer.text) == (400, True)


@on_sqlite
def test_a_run_is_not_compared_with_itself(browse, made):
    run = made()
    answer = browse("ann").get(f"/runs/{run.number}/compare?with=%23{run.number}")
    assert (answer.status_code, f"Choose another run than #{run.number} itself." in answer.text) == (400, True)


@on_sqlite
def test_whoever_may_not_see_one_of_them_finds_nothing(browse, made, person):
    theirs, other = made(), made(by="admin")
    with transaction() as session:  # of one's own runs one always sees
        session.execute(sa.update(Run).where(Run.number == theirs.number).values(user_id=person("sam").id))
    for right, left in ((theirs, other), (other, theirs)):
        assert browse("sam").get(f"/runs/{right.number}/compare?with={left.number}").status_code == 404
        assert browse("vic").get(f"/runs/{right.number}/compare?with={left.number}").status_code == 200
    assert browse("ann").get(f"/runs/{theirs.number}/compare?with=999").status_code == 404
    assert browse("ann").get(f"/runs/999/compare?with={theirs.number}").status_code == 404


@on_sqlite
def test_only_real_differences_of_the_logs_are_shown_with_links_to_both_lines(compared, made):
    left = made("begun at 2026-11-21 02:00:03", "open sw-1 in 0.5 s", "login to sw-1 accepted", "done")
    right = made(
        "begun at 2026-11-22 02:00:09",
        "open sw-1 in 1.5 s",
        ("failure", "authentication failed"),
        "done",
        "one more",
        state=State.FAILURE,
    )
    page = compared(right, left)
    log = words(page, "log")
    assert "2 + new 1 − gone" in log
    assert f'href="/runs/{right.number}?at=3#L3"' in page and f'href="/runs/{left.number}?at=3#L3"' in page
    assert "Failed instead of succeeded" in words(page)
    assert "3 lines of the log differ" in words(page)
    assert log.index("authentication failed") < log.index("one more")
    exact = words(compared(right, left, query="&exact=true"), "log")
    assert "2 ≠ changed" in exact
    assert "Times, durations and ids count." in exact


@on_sqlite
def test_within_a_line_that_is_alike_only_what_differs_is_marked(compared, made):
    page = compared(made("vlan 20 on port 7 is up"), made("vlan 30 on port 7 is up"))
    assert "vlan <del>30</del> on port 7 is up" in page
    assert "vlan <ins>20</ins> on port 7 is up" in page
    assert "1 ≠ changed" in words(page, "log")


@on_sqlite
def test_long_stretches_of_equal_lines_are_folded_with_links_to_where_they_begin(compared, made):
    same = [f"device {n}" for n in range(100)]
    page = compared(made(*same[:50], "here", *same[50:]), made("only before", *same))
    log = words(page, "log")
    assert "… 44 equal lines, from 5 and 4" in log
    assert "… 47 equal lines, from 55 and 55" in log
    assert [log.count(f"device {n} ") for n in (2, 3, 46, 47, 52, 53)] == [2, 0, 0, 2, 2, 0]


@on_sqlite
def test_behind_what_only_one_log_begins_with_equal_lines_are_shown_as_well(compared, made):
    same = [f"device {n}" for n in range(10)]
    log = words(compared(made("only now", *same), made(*same)), "log")
    assert [log.count(f"device {n} ") + log.endswith(f"device {n}") for n in (0, 2, 3, 9)] == [2, 2, 0, 0]
    assert "… 7 equal lines, from 4 and 5" in log


@on_sqlite
def test_a_line_of_another_level_has_changed_although_its_text_has_not(compared, made):
    page = compared(made(("warning", "link is down")), made(("info", "link is down")))
    assert "1 ≠ changed" in words(page, "log")
    assert "<ins>" not in page and "<del>" not in page


@on_sqlite
def test_a_colour_that_is_cut_off_leaves_nothing_behind(compared, made):
    long = "x" * (lines.LONGEST - 3) + "\x1b[31mred"
    page = compared(made(long), made("y"))
    assert "\x1b" not in page


@on_sqlite
def test_equal_logs_say_so(compared, made):
    page = compared(made("a", "b 1 s"), made("a", "b 2 s"))
    assert "The logs say the same." in words(page, "log")
    assert "same log" in words(page)
    assert words(compared(made(), made()), "log").count("The logs say the same.") == 1


@on_sqlite
def test_of_very_long_logs_warnings_and_errors_are_compared_and_it_is_said(compared, made, monkeypatch):
    monkeypatch.setattr(lines, "MOST", 5)
    left = made(*(f"line {n}" for n in range(6)), ("warning", "low"))
    right = made(("warning", "low"), ("error", "broken"), "other")
    log = words(compared(right, left), "log")
    assert "The logs have 7 and 3 lines. As that is more than 5, only their warnings and errors are compared" in log
    assert "1 + new" in log
    assert "other" not in log.partition("left out")[2]
    many = made(*(("error", f"broken {n}") for n in range(6)))
    assert "the first 5 warnings and errors of each are compared" in words(compared(many, left), "log")


@on_sqlite
def test_of_logs_of_too_many_characters_as_well(compared, made, monkeypatch):
    monkeypatch.setattr(lines, "MOST_CHARACTERS", 50)
    left = made("x" * 30, ("warning", "low"), "y" * 30)
    log = words(compared(made(("warning", "low"), ("error", "broken"), "other"), left), "log")
    assert "The logs have 3 and 3 lines. As that is more than 50 characters, only their warnings" in log
    assert "1 + new" in log
    assert "other" not in log.partition("left out")[2]
    many = made(*(("error", f"broken {n}" + "z" * 10) for n in range(6)))
    log = words(compared(many, left), "log")
    assert "the first 2 warnings and errors of each are compared" in log
    assert "broken 1" in log and "broken 2" not in log


@on_sqlite
def test_only_what_stands_between_equal_lines_is_levelled(compared, made, monkeypatch):
    looked = []
    monkeypatch.setattr(lines, "levelled", lambda text, number: looked.append(text) or text)
    compared(made("same 1 s", "here", "end"), made("same 1 s", "there", "end"))
    assert looked == ["there", "here"]


@on_sqlite
def test_no_more_differences_are_shown_than_a_page_can_hold(compared, made, monkeypatch):
    monkeypatch.setattr(lines, "MOST_SHOWN", 3)
    log = words(compared(made(*(f"device {n} up" for n in range(5)), "same", "more"), made("same")), "log")
    assert "6 + new" in log
    assert "3 lines more differ and are not shown." in log
    assert "device 2 up" in log and "device 3 up" not in log


@on_sqlite
def test_inputs_are_compared_by_what_differs_first(compared, made):
    page = compared(made(text="new", count=3), made(text="old", count=3))
    inputs = words(page, "inputs")
    assert "Text ≠ changed old new" in inputs
    assert "are the same" in inputs
    assert "1 input differs" in words(page)


@on_sqlite
def test_of_lists_of_objects_only_what_one_of_them_has_is_named(compared, made):
    ids = {user.username: str(user.id) for user in db.session.scalars(sa.select(User))}
    was, now = (
        made(of="objects.Visiting", by="admin", people=[ids[name] for name in names])
        for names in (("ann", "bob", "vic"), ("ann", "vic", "sam"))
    )
    assert "People ≠ changed − gone bob 2 in both + new sam 2 in both" in words(compared(now, was, "admin"), "inputs")


@on_sqlite
def test_secrets_are_neither_shown_nor_compared(compared, made):
    pair = [made(of="kinds.Confiding", account="root", password=word) for word in ("hush", "quiet")]
    page = compared(*pair)
    assert "Secret, so that nobody can say whether it is the same: Password." in words(page, "inputs")
    assert not re.search("hush|quiet|[*]{4}", page)
    hidden = compared(*(made(of="plain.Secretive", password=word) for word in ("hush", "quiet")))
    assert "were kept only until they were over" in words(hidden, "inputs")
    assert not re.search("hush|quiet", hidden)


@on_sqlite
def test_items_files_and_results_are_compared(compared, person, work, browse):
    ids = {user.username: str(user.id) for user in db.session.scalars(sa.select(User))}
    job = catalogue.by_class_path("objects.Visiting")
    numbers = []
    for people, away in ((("ann", "bob", "vic"), "vic"), (("ann", "bob", "vic", "sam"), "bob")):
        given = {"people": [ids[one] for one in people], "away": away}
        numbers.append(submit(job, person("admin"), given).number)
    work()
    left, right = (db.session.get_one(Run, number, populate_existing=True) for number in numbers)
    page = compared(right, left, "admin")
    items = words(page, "items")
    assert "1 ✗ worse 1 + new 1 ✓ better 1 the same" in items
    assert re.search(r"bob succeeded failed LookupError.*?✗ worse", items)
    assert "sam not there succeeded + new" in items
    assert re.search(r"vic failed .*? succeeded ✓ better", items)
    assert "3 items differ" in words(page)
    assert ".people[3] not there" in words(page, "result")
    assert 'id="files"' not in page


def rows(page: str, part: str) -> list[list[str]]:
    """The rows of a section's tables: where, both sides, and the difference."""
    section = re.search(rf'<section[^>]*id="{part}".*?</section>', page, re.S)[0]
    found = [re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.S) for row in re.findall(r"<tr.*?</tr>", section, re.S)]
    return [[" ".join(unescape(re.sub("<[^>]+>", " ", cell)).split()) for cell in row] for row in found][1:]


@on_sqlite
def test_what_only_one_result_has_is_one_entry_that_opens(compared, made):
    ports = [{"name": f"ge-{n}", "vlans": [n, n + 1]} for n in range(30)]
    left = made(result={"a": 1, "old": {"x": [1, 2]}, "grown": [1], "kind": [1]})
    right = made(result={"a": 1, "ports": ports, "grown": [1, 2, 3], "kind": {}})
    page = compared(right, left)
    told = rows(page, "result")
    assert [(where, word) for where, *_, word in told] == [
        (".ports", "+ new"),
        (".grown[1–2]", "+ new"),
        (".kind", "≠ changed"),
        (".old", "− gone"),
    ]
    assert told[0][1] == "not there" and told[0][2].startswith("30 entries 0: 2 keys name: ge-0")
    assert told[3][1].startswith("1 key x:") and told[3][2] == "not there"
    assert re.search(r'<details class="tree__branch" >\s*<summary><span class="tree__about">30 entries', page)
    assert "2 are the same" in words(page, "result")


@on_sqlite
def test_what_only_one_run_gave_back_is_one_entry(compared, made):
    left, right = made(), made(result={"a": [1, 2], "b": 2})
    assert [(where, word) for where, *_, word in rows(compared(right, left), "result")] == [(".", "+ new")]
    assert [(where, word) for where, *_, word in rows(compared(left, right), "result")] == [(".", "− gone")]


@on_sqlite
def test_much_that_only_one_result_has_is_shown_only_so_far(compared, made):
    large = {f"k{n}": [{"deep": [m] * 10} for m in range(100)] for n in range(300)}
    left, right = made(result={}), made(result=large)
    page = compared(right, left)
    assert len(page) < 1_000_000
    assert "100 more values differ" in words(page, "result")


@on_sqlite
def test_a_list_that_only_one_run_was_given_opens(compared, made):
    left, right = made(of="filing.Optional", several=[]), made(of="filing.Optional", several=["a", "b"])
    [told] = rows(compared(right, left), "inputs")
    assert told == ["Several ≠ changed", "–", "2 values a, b"]


@on_sqlite
def test_items_that_only_one_run_has_are_one_entry(compared, person, work):
    numbers = [
        submit(catalogue.by_class_path(of), person("ann"), {}).number for of in ("plain.NoInputs", "itemised.Backup")
    ]
    work()
    left, right = (db.session.get_one(Run, number, populate_existing=True) for number in numbers)
    page = compared(right, left)
    assert re.search(rf"<summary>4 that only #{right.number} has</summary>", page)
    assert re.search(rf"<summary>4 that only #{right.number} has</summary>", compared(left, right))
    assert words(page, "items").startswith("Items 4 + new")


@on_sqlite
def test_a_run_that_goes_on_is_compared_as_it_stands(compared, made):
    over, runs = made("a", "b"), made("a", ("error", "c"), state=None)
    page = compared(runs, over)
    assert "is not over. This is how it stands at" in words(page)
    told = words(page)
    assert f"#{runs.number} is still running" in told and f"the log of #{runs.number} is not complete" in told
    for verdict in ("shorter", "longer", "result differs", "of the log differ", "1 − gone", "1 ≠ differs", "Both gave"):
        assert verdict not in told, verdict
    assert re.search(r"Took .* so far still running", words(page, "facts"))
    assert f"The log of #{runs.number} is not complete." in words(page, "log")


@on_sqlite
def test_runs_of_different_jobs_are_compared_with_a_word_about_it(compared, made):
    assert "These are runs of different jobs: Echo and No inputs." in words(compared(made(of="plain.NoInputs"), made()))


@on_sqlite
def test_the_code_is_said_to_be_the_same_or_another_version(compared, made):
    left, right = made(), made()
    with transaction() as session:
        for run, version in ((left, "a" * 40), (right, "b" * 40)):
            session.execute(sa.update(Run).where(Run.number == run.number).values(code_version=version))
    page = compared(right, left)
    assert "another version of the code" in words(page)
    assert "Code aaaaaaaa bbbbbbbb ≠ another version" in words(page, "facts")


@on_sqlite
def test_hostile_texts_are_texts_everywhere(compared, made):
    evil = "<script>alert(1)</script>\u202e\x1b[31mred\x1b[0m"
    page = compared(made(evil, "same", text="<b>i</b>", note=evil), made("<img src=x onerror=alert(1)>", "same"))
    assert not re.search(r"<script>alert|<img src=x|<b>i</b>|\x1b|\u202e", page)
    assert "alert(1)" in words(page, "log")


@on_sqlite
def test_a_line_that_is_written_over_is_compared_as_it_is_read(compared, made):
    assert "The logs say the same." in words(compared(made("10 %\r20 %\rdone"), made("30 %\rdone")), "log")


@on_sqlite
def test_files_are_compared_by_name_and_content(compared, person, work):
    made = (
        [("same.txt", 3), ("other.txt", 4), ("of monday.txt", 9)],
        [("same.txt", 3), ("other.txt", 5), ("late.txt", 1), ("of tuesday.txt", 9)],
    )
    job = catalogue.by_class_path("filing.Make")
    numbers = [submit(job, person("ann"), {"files": json.dumps(files)}).number for files in made]
    work()
    left, right = (db.session.get_one(Run, number, populate_existing=True) for number in numbers)
    page = compared(right, left)
    differ, same = words(page, "files").split("2 have the same content")
    assert re.search(r"other.txt 4 B \w{12} 5 B \w{12} ≠ changed late.txt not there 1 B \w{12} \+ new $", differ)
    assert re.search(r"same.txt 3 B .*same content of tuesday.txt of monday.txt 9 B .* 9 B .*same content$", same)
    assert "2 files differ" in words(page)
    assert re.search(r'<details class="compare__rest">\s*<summary>2 have the same content', page)
    # The links to them in the result are as equal as they are.
    result = words(page, "result")
    assert '[1][3] "/runs/' in result and "[0][3]" not in result


@on_sqlite
def test_the_order_of_a_list_counts_as_a_change(compared, made):
    ids = {user.username: str(user.id) for user in db.session.scalars(sa.select(User))}
    was, now = (
        made(of="objects.Visiting", by="admin", people=[ids[name] for name in names])
        for names in (("ann", "bob"), ("bob", "ann"))
    )
    assert "People ≠ changed ann, bob bob, ann" in words(compared(now, was, "admin"), "inputs")
