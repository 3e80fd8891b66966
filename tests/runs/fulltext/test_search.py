"""Searching the logs of all runs, on both databases: what is found, by whom, and what becomes of the index."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.product import on_sqlite, running, say
from webapp.db import db, is_sqlite, transaction
from webapp.runs import deleting, logs, states
from webapp.runs.fulltext import asking, finding, indexing
from webapp.runs.fulltext.models import LogChunk
from webapp.runs.fulltext.words import searched
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run, State
from webapp.runs.service import submit
from webapp.worker.upkeep import Upkeep

AT = 1_700_000_000.5


def condition(text: str) -> sa.ColumnElement[bool]:
    return finding.search(asking.read(text)).condition


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """Nobody else wants to write."""
    monkeypatch.setattr(indexing, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(deleting, "PAUSE_SECONDS", 0)


@pytest.fixture
def logged(job, person):
    """Makes a run of somebody that has these lines in its log, and is over unless it goes on."""

    def make(*texts: str, user: str = "ann", goes_on: bool = False, level: str = "info") -> int:
        number = submit(job("NoInputs"), person(user), {}).number
        attempt = running(number)
        say(number, attempt, [logs.line(AT, level, "", text) for text in texts])
        if not goes_on:
            _end(number, attempt)
        return number

    return make


def _end(number: int, attempt: int) -> None:
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.SUCCESS, "w")


def index() -> None:
    for _ in indexing.carry_out():
        pass


def numbers(page, text: str) -> list[int]:
    """The runs that the search page shows for text, in its order."""
    answer = page.get("/search", query_string={"q": text})
    assert answer.status_code == 200
    return [int(part.partition("<")[0]) for part in answer.text.split("data-list-link>#")[1:]]


def in_fts() -> int:
    """How many entries FTS5 has, by its own count of everything that begins with some letter."""
    letters = " OR ".join(f'"{letter}" *' for letter in "abcdefghijklmnopqrstuvwxyz0123456789")
    return db.session.scalar(sa.text("SELECT count(*) FROM log_words WHERE log_words MATCH :q"), {"q": letters})


def test_runs_are_found_by_what_their_logs_say_newest_first_indexed_or_not(browse, logged):
    first = logged("sw-017: connection timed out", "done")
    logged("sw-018: connection refused")
    index()
    second, third = logged("retry", "SW-017 timed out again"), logged("sw-017 timed out", goes_on=True)
    ann = browse("ann")
    for _ in range(2):
        assert numbers(ann, "sw-017 timed") == [third, second, first]
        assert numbers(ann, '"connection timed out"') == [first]
        assert numbers(ann, "sw-017 -connection") == [third, second]
        assert numbers(ann, "nothing-like-it") == []
        index()


def test_all_that_is_wanted_stands_in_one_line(browse, logged):
    logged("sw-017: up", "sw-018: timeout")
    both = logged("sw-018: up", "sw-017: timeout")
    for _ in range(2):
        assert numbers(browse("ann"), "sw-017 timeout") == [both]
        index()


def test_the_page_shows_the_first_lines_marked_and_linked(browse, logged):
    number = logged("quiet", *(f"<b>disk</b> {n} is full" for n in range(9)), level="warning")
    for _ in range(2):
        text = browse("ann").get("/search?q=disk").text
        assert f'href="/runs/{number}?at=2#L2"' in text
        assert "&lt;b&gt;<mark>disk</mark>&lt;/b&gt; 0 is full" in text
        assert text.count("<mark>") == 3
        assert "and 6 more lines" in text
        index()


def test_lines_of_a_coloured_log_are_found_by_their_words(browse, logged):
    number = logged("\x1b[31msw-\x1b[1m017\x1b[0m is down")
    for _ in range(2):
        assert numbers(browse("ann"), "sw-017") == [number]
        assert numbers(browse("ann"), '"sw-017 is down"') == [number]
        index()


def test_pages_go_back_by_a_cursor(browse, logged, monkeypatch):
    made = [logged(f"needle {n}") for n in range(4)]
    index()
    monkeypatch.setattr("webapp.runs.fulltext.views.PAGE", 3)
    ann = browse("ann")
    assert numbers(ann, "needle") == made[:0:-1]
    assert f"before={made[1]}" in ann.get("/search?q=needle").text
    older = ann.get(f"/search?q=needle&before={made[1]}").text
    assert f">#{made[0]}<" in older
    assert f">#{made[1]}<" not in older


def test_what_asks_for_nothing_is_told_why_and_nothing_found_says_so(browse):
    ann = browse("ann")
    assert "What are you looking for?" in ann.get("/search").text
    assert "at least 2 letters" in ann.get("/search?q=x").text
    assert "not only what they shall not" in ann.get("/search?q=-error").text
    assert "Nothing found" in ann.get("/search?q=zzz").text


def test_people_find_only_what_they_may_see(browse, logged, person):
    hers, his = logged("secret-plan of ann", user="ann"), logged("secret-plan of sue", user="admin")
    for _ in range(2):
        assert numbers(browse("vic"), "secret-plan") == [his, hers]
        assert numbers(browse("sam"), "secret-plan") == []
        index()
    with transaction():
        db.session.get_one(Run, his).user_id = person("sam").id
    assert numbers(browse("sam"), "secret-plan") == [his]
    with transaction():
        db.session.execute(sa.update(Run).values(indexed_at=None))
        db.session.execute(sa.delete(LogChunk))
    assert numbers(browse("sam"), "secret-plan") == [his]


@pytest.mark.parametrize(
    "text",
    ["'", '"', '""', "*", "a*", "NEAR(a b)", "a AND OR NOT b", "^x", "col:x", "{a b}", "%__", "\\", "a' & b:*", "\0ab"]
    + ["(((", "ab" * 500_000, "ab\ud800cd", "[[a-", "a{3}", "$1 ?", ":* !", "-- drop table", "🎉 ab", "İstanbul"],
)
def test_no_text_is_a_mistake(logged, app, text, person):
    logged("some line", "another ab")
    index()
    logged("a third one ab")
    with app.test_request_context():
        _sign_in(person("ann"))
        db.session.scalars(sa.select(Run.number).where(condition(text))).all()


def _sign_in(user) -> None:
    from flask_login import login_user  # noqa: PLC0415 -- the context must be there first

    login_user(user)


WORDS = st.sampled_from(
    ["ab", "AB", "abc", "a-b", "ß", "Ünd", "und", "1.2.3.4.5", "k", "K", "(ab)", "b", "ς", "Σ", "İ", "_"]
)
SAID = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
TYPED = st.lists(st.builds("{}{}".format, st.sampled_from(["", "-"]), WORDS), min_size=1, max_size=3).map(" ".join)


def test_both_databases_find_what_our_own_code_would(logged, app, person):
    number = logged("nothing")
    with app.test_request_context():
        _sign_in(person("ann"))

        @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(said=st.lists(SAID, min_size=1, max_size=3), typed=TYPED | SAID.map('"{}"'.format))
        def agree(said, typed):
            with transaction():
                db.session.execute(sa.delete(LogLine).where(LogLine.run_number == number))
                db.session.execute(sa.delete(LogChunk))
                db.session.execute(sa.update(Run).values(indexed_at=None, last_seq=len(said)))
                logs.insert(number, 1, [logs.line(AT, "info", "", text) for text in said])
            asked = asking.read(typed)
            expected = [number] if not asked.problem and any(asked.fits(searched(text, "")) for text in said) else []
            for _ in range(2):
                assert list(db.session.scalars(sa.select(Run.number).where(condition(typed)))) == expected
                index()

        agree()


def test_a_long_log_comes_into_the_index_a_little_at_a_time_and_is_found_all_the_while(browse, logged, monkeypatch):
    monkeypatch.setattr(indexing, "LINES", 4)
    monkeypatch.setattr(indexing, "CHUNK_LINES", 3)
    number = logged(*(f"line-{n}" for n in range(1, 11)))
    page = browse("ann")
    for _ in indexing.carry_out():
        assert numbers(page, "line-10") == numbers(page, "line-2") == [number]
    spans = db.session.execute(sa.select(LogChunk.first_seq, LogChunk.last_seq).order_by(LogChunk.first_seq)).all()
    assert [first for first, _ in spans] == [1, *(last + 1 for _, last in spans[:-1])]
    assert spans[-1].last_seq == 10
    assert db.session.get_one(Run, number).indexed_at


def test_the_index_has_nothing_of_runs_that_go_on(logged):
    logged("it goes on", goes_on=True)
    index()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LogChunk)) == 0


def test_the_newest_runs_come_first(logged, monkeypatch):
    monkeypatch.setattr(indexing, "RUNS", 1)
    older, newer = logged("one"), logged("two")
    next(indexing.carry_out())
    assert db.session.get_one(Run, newer).indexed_at
    assert not db.session.get_one(Run, older).indexed_at


def test_several_that_index_at_once_write_each_line_once(app, logged):
    for n in range(12):
        logged(*(f"run {n} line {m}" for m in range(30)))

    def work() -> None:
        with app.app_context():
            index()
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    db.session.rollback()
    rows = db.session.execute(sa.select(LogChunk.run_number, LogChunk.first_seq, LogChunk.last_seq)).all()
    assert len(rows) == 12
    assert {(row.first_seq, row.last_seq) for row in rows} == {(1, 30)}
    assert not db.session.scalars(sa.select(Run.number).where(Run.indexed_at.is_(None))).all()
    assert not is_sqlite() or in_fts() == 12


def test_what_was_begun_and_not_finished_is_carried_on(browse, logged, monkeypatch):
    monkeypatch.setattr(indexing, "LINES", 5)
    number = logged(*(f"word-{n}" for n in range(12)))
    next(indexing.carry_out())
    monkeypatch.setattr(indexing, "_finish", _fail)
    with pytest.raises(RuntimeError):
        index()
    db.session.rollback()
    monkeypatch.undo()
    index()
    assert numbers(browse("ann"), "word-11") == [number]
    lines = db.session.execute(sa.select(LogChunk.first_seq, LogChunk.last_seq)).all()
    assert sum(last - first + 1 for first, last in lines) == 12


def _fail(_numbers) -> None:
    raise RuntimeError


@pytest.mark.parametrize("lines", [3, 40])
def test_a_deleted_run_leaves_nothing_in_the_index(browse, logged, person, monkeypatch, lines):
    kept = logged("kept needle")
    monkeypatch.setattr(indexing, "CHUNK_LINES", 4)
    gone = logged(*(f"needle {n}" for n in range(lines)))
    index()
    monkeypatch.setattr(deleting, "LINES", 10)
    assert numbers(browse("ann"), "needle") == [gone, kept]
    deleting.delete([db.session.get_one(Run, gone)], person("admin"))
    assert db.session.scalars(sa.select(LogChunk.run_number)).all() == [kept]
    assert not is_sqlite() or in_fts() == 1
    assert numbers(browse("ann"), "needle") == [kept]


def test_even_a_run_whose_row_is_deleted_takes_its_words_along(logged):
    number = logged("needle")
    index()
    with transaction():
        db.session.execute(sa.delete(Run).where(Run.number == number))
    assert db.session.scalars(sa.select(LogChunk.id)).all() == []
    assert not is_sqlite() or in_fts() == 0


def test_runs_beyond_the_bound_are_told_of_and_found_once_they_are_in_the_index(browse, logged, monkeypatch):
    monkeypatch.setattr(finding, "MOST_READ", 2)
    made = [logged("needle", "hay") for _ in range(3)]
    page = browse("ann")
    assert numbers(page, "needle") == made[:1:-1]
    assert "Not all runs are in the index yet" in page.get("/search?q=needle").text
    index()
    assert numbers(page, "needle") == made[::-1]
    assert "Not all runs" not in page.get("/search?q=needle").text


@pytest.mark.parametrize("text", ["needle", "über-needle"])
def test_of_a_run_that_is_longer_than_what_is_read_only_the_newest_lines_are(browse, logged, monkeypatch, text):
    monkeypatch.setattr(finding, "MOST_READ", 3)
    number = logged("Über-Needle old", "needle", "hay", "hay", goes_on=True)
    page = browse("ann")
    assert numbers(page, f"{text} old") == []
    assert "Not all runs are in the index yet" in page.get("/search", query_string={"q": f"{text} old"}).text
    say(number, 1, [logs.line(AT, "info", "", "ÜBER-needle new")])
    assert numbers(page, text) == [number]
    shown = page.get("/search", query_string={"q": text}).text
    assert shown.count("<mark>") == 1
    assert "and perhaps other lines" in shown


def test_letters_beyond_ascii_are_found_in_either_case_beside_signs_that_databases_know(browse, logged):
    made = [logged(text) for text in ("ein ÜBEL^*?[x]%_-a", "ein Übel^*?[x]%_-A", "übe l^*?[x]%_-a")]
    for text in ("übel", "ÜBEL^*?[x]%_-A", '"ein übel^*?[x]%_-a"'):
        assert numbers(browse("ann"), text) == [made[1], made[0]], text


@on_sqlite
def test_few_lines_are_looked_at_closely_for_letters_beyond_ascii(browse, logged, monkeypatch):
    looked = []
    monkeypatch.setattr(asking.Asked, "fits", lambda self, text: looked.append(text) or True)
    logged("Ubel", "ein ÜBEL", "Gerät", goes_on=True)
    browse("ann").get("/search?q=übel")
    assert set(looked) == {"ein ÜBEL"}


def test_a_search_that_has_to_read_many_lines_goes_on_when_asked_to(browse, logged, monkeypatch):
    monkeypatch.setattr(finding, "MOST_CHUNKS", 2)
    wanted = logged("both words here")
    others = [logged("both of", "no words here") for _ in range(3)]
    index()
    ann = browse("ann")
    text = ann.get("/search?q=both+words").text
    assert "Nothing found yet" in text
    assert f"before={others[0] + 1}" in text
    assert numbers(ann, "words") == [*others[::-1], wanted]
    text = ann.get(f"/search?q=both+words&before={others[0] + 1}").text
    assert f">#{wanted}<" in text
    assert "Look through" not in text


def test_a_log_that_is_longer_than_what_is_read_at_a_time_is_read_all_the_same(browse, logged, monkeypatch):
    monkeypatch.setattr(finding, "MOST_CHUNKS", 2)
    monkeypatch.setattr(indexing, "CHUNK_LINES", 1)
    older = logged("both words")
    number = logged(*["both of", "no words"] * 4, *["words of both"] * 3, "both words")
    monkeypatch.setattr(asking.Asked, "is_in_index", False)
    index()
    ann = browse("ann")
    assert numbers(ann, "both") == [number]
    assert f"before={number}" in ann.get("/search?q=both").text
    assert f">#{older}<" in ann.get(f"/search?q=both&before={number}").text


@on_sqlite
def test_the_scheduler_takes_logs_into_the_index(logged, settings):
    number = logged("needle")
    upkeep = Upkeep("scheduler", [], settings.lost_after, settings.data_dir)
    upkeep.chores.turn()
    assert db.session.get_one(Run, number).indexed_at


def test_texts_that_are_hardest_on_the_index_fit_in(browse, logged):
    joined = "-".join(f"{n:x}" for n in range(4_000))[:16_000]
    number = logged(*[joined, "ü" * 16_000, " ".join("𐐀" * 40 + str(n) for n in range(300))] * 4, "needle")
    index()
    assert db.session.get_one(Run, number).indexed_at
    assert numbers(browse("ann"), "needle f9e-f9f") == []
    assert numbers(browse("ann"), "f9a-f9b-f9c-f9d-f9e-f9f") == [number]
