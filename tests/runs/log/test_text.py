"""The text of a line: what becomes of colours, carriage returns, length, tracebacks and Markdown, and of malice."""

from __future__ import annotations

import re
import time
from html import unescape
from html.parser import HTMLParser

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile import HOSTILE
from tests.product import on_sqlite
from webapp.config import PREFIX, Settings
from webapp.jobs.plain import sayable, storable, without_colours
from webapp.runs import logs
from webapp.runs.log.models import LogLine
from webapp.runs.log.text import LONGEST, seen, shown, taken_along
from webapp.runs.log.text.painting import painted
from webapp.runs.printed_tracebacks import HEADER
from webapp.runs.routes import bp
from webapp.runs.unseen import marked

OURS = {"span", "a", "b", "code", "details", "summary", "pre"}
OF_MARKDOWN = {"div", "p", "br", "hr", "em", "strong", "s", "blockquote", "ul", "ol", "li", "table", "thead", "tbody"}
OF_MARKDOWN |= {"tr", "th", "td", "h3", "h4", "h5", "h6"}
LINK = re.compile(r"(?:/|https?://|mailto:|[^:]*$)")
OUTSIDE = re.compile(r"https?://(?:a\.invalid|\[::1\])(?::80)?/[!-~]*")
BEL, ST, END = "\a", "\x1b\\", "\x1b]8;;\a"


def line(message: str, format: str = "") -> LogLine:
    return LogLine(run_number=7, seq=9, message=message, format=format)


def plain_text(of: LogLine) -> str:
    return seen(marked(of.message))


def html(message: str, **options: bool) -> str:
    return str(shown(line(message), **options))


class Reader(HTMLParser):
    """What a browser would make of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.elements, self.attributes, self.links, self.open = "", set(), set(), [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.links += [value or "" for name, value in attributes if name == "href"]
        self.open += [] if tag in ("br", "hr") else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module", autouse=True)
def addresses(tmp_path_factory):
    app = Flask("addresses")
    app.register_blueprint(bp)
    app.extensions["settings"] = Settings.from_environment(
        {f"{PREFIX}JOBS_ROOT": "/jobs", f"{PREFIX}DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    )
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("plain <b>&", "plain &lt;b&gt;&amp;"),
        ("two\nlines", "two\nlines"),
        ("\x1b[31mred\x1b[0m back", '<span class="ansi-31">red</span> back'),
        ("\x1b[1;4mboth\x1b[22m one\x1b[m", '<span class="ansi-bold ansi-underline">both</span>'
         '<span class="ansi-underline"> one</span>'),
        ("\x1b[2;3mx", '<span class="ansi-dim ansi-italic">x</span>'),
        ("\x1b[31;91;39mx\x1b[43;103;49my", "xy"),
        ("\x1b[94mx\x1b[107my", '<span class="ansi-94">x</span><span class="ansi-107">y</span>'),
        ("\x1b[7mx\x1b[27my", '<span class="ansi-inverse">x</span>y'),
        ("\x1b[7;31mx", '<span class="ansi-41">x</span>'),
        ("\x1b[7;41mx", '<span class="ansi-inverse">x</span>'),
        ("\x1b[30;40mx", '<span class="ansi-40">x</span>'),
        ("\x1b[31m\x1b[31m\x1b[0m", ""),
        ("\x1b[5;8;53;999;mx", "x"),
        ("\x1b[31m<b>\x1b[32m&", '<span class="ansi-31">&lt;b&gt;</span><span class="ansi-32">&amp;</span>'),
        ("&l\x1b[31mt;", '&amp;l<span class="ansi-31">t;</span>'),
    ],
)  # fmt: skip
def test_colours_become_classes_and_all_else_is_escaped(message, expected):
    assert html(message) == expected


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ("38;5;1", "ansi-31"),
        ("38;5;9", "ansi-91"),
        ("38;5;208", "ansi-33"),
        ("38;5;21", "ansi-34"),
        ("38;5;244", "ansi-90"),
        ("48;5;22", "ansi-40"),
        ("48;5;255", "ansi-47"),
        ("38;2;250;10;10", "ansi-91"),
        ("38;2;0;0;0", "ansi-30"),
        ("48;2;255;255;255", "ansi-107"),
        ("38;2;1;2;3;1", "ansi-bold ansi-30"),
        ("38;5;300;1", "ansi-bold"),
        ("38;2;256;0;0;1", "ansi-bold"),
        ("1;38;2;0;0", "ansi-bold"),
        ("1;38;5", "ansi-bold"),
        ("1;38", "ansi-bold"),
    ],
)
def test_other_colours_become_the_nearest_of_sixteen(codes, expected):
    assert html(f"\x1b[{codes}mx") == f'<span class="{expected}">x</span>'


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("10%\r20%\r30%", "30%"),
        ("failed: no\rok", "okiled: no"),
        ("Windows\r\nlines\r\n", "Windows\nlines\n"),
        ("at the end\r", "at the end"),
        ("twice\r\r\nnext", "twice\nnext"),
        ("a\rb\nc\rd", "b\nd"),
        ("\rnothing before", "nothing before"),
        ("\r\r\r", ""),
        ("\x1b[31mabc\r\x1b[32mX\x1b[0m", '<span class="ansi-32">X</span><span class="ansi-31">bc</span>'),
    ],
)
def test_what_a_carriage_return_goes_back_to_is_written_over(message, expected):
    assert html(message) == expected
    assert plain_text(line(message)) == re.sub("<.*?>", "", expected)


def test_a_long_line_is_cut_and_leads_to_all_of_it():
    found = html("\x1b[31m" + "x" * 12_345)
    assert f'<span class="ansi-31">{"x" * LONGEST}</span>… <a' in found
    assert "x" * (LONGEST + 1) not in found
    assert 'href="/runs/7?at=9&amp;whole=9#L9"' in found
    assert 'hx-get="/runs/7/log/9"' in found
    assert "show all (12,345 characters)" in found
    assert html("x" * 12_345, whole=True) == "x" * 12_345
    assert html("x" * LONGEST) == "x" * LONGEST


def test_escapes_and_what_was_overwritten_do_not_count_as_length():
    assert "show all" not in html("\x1b[31mx" * LONGEST)
    assert "show all" not in html("\r".join(["x" * LONGEST] * 3))
    assert "show all (2,001 characters)" in html("\x1b[31mx" * (LONGEST + 1))


def test_a_traceback_shows_what_counts_and_folds_the_rest():
    trace = "Traceback (most recent call last):\n  File \"/jobs/a.py\", line 3, in <lambda>\n    x < y\nKeyError: '<k>'"
    found = html(f"it <b>failed</b>\n{trace}")
    ahead, _, rest = found.partition('<details class="traceback">')
    assert Reader(ahead).text == "it <b>failed</b>\nKeyError: '<k>'\nin <lambda>, a.py:3\nx < y"
    assert unescape(rest).startswith(f"<summary>Traceback, 4 lines</summary><pre>{trace}</pre>")
    assert plain_text(line(trace)) == trace


def test_a_long_traceback_leads_to_all_of_it_and_a_long_error_is_cut():
    trace = "Traceback (most recent call last):\n" + '  File "a.py", line 1, in run\n' * 1_000 + "E: " + "x" * 5_000
    cut = html("lead" * 1_000 + "\n" + trace)
    assert len(cut) < 20_000
    assert "show all" in cut
    whole = html(trace, whole=True)
    assert "show all" not in whole
    assert f'<b class="traceback__error">E: {"x" * 1_997}…</b>' in whole
    assert trace in unescape(whole)


def test_markdown_is_understood_where_the_author_asked_for_it():
    message = "\x1b[31m**Done** [run](/runs/1) ![p](http://evil.invalid/x.png)<script>"
    found = shown(line(message, "markdown"))
    assert "<strong>Done</strong>" in found
    assert 'href="/runs/1"' in found
    assert Reader(found).elements == {"div", "p", "strong", "a"}
    assert "**Done**" in html(message)
    long = shown(line("- item\n" * 1_000, "markdown"))
    assert "show all (7,000 characters)" in long
    assert long.count("<li>") <= LONGEST / 7 + 1


def test_a_traceback_names_files_as_they_stand_in_the_folder_of_jobs():
    trace = HEADER + '\n  File "{}", line 3, in run\n    x()\nOSError: away'
    for file, told in (("/jobs/night/backup.py", "night/backup.py"), ("/jobs2/a.py", "/jobs2/a.py")):
        ahead, _, rest = html(trace.format(file)).partition("<details")
        assert Reader(ahead).text == f"OSError: away\nin run, {told}:3\nx()"
        assert f'File "{file}"' in unescape(rest)


@pytest.mark.parametrize("end", [BEL, ST])
def test_links_of_programs_lead_to_pages_and_tell_where(end):
    address = "https://ci.example:8080/a?b=1&c=(2)#L5"
    message = storable(f"see \x1b]8;id=7;{address}{end}build <7>{END} now")
    assert html(message) == (
        'see <a class="line__link" href="https://ci.example:8080/a?b=1&amp;c=(2)#L5" rel="noopener noreferrer"'
        ' title="Link to ci.example:8080">build &lt;7&gt;</a> now'
    )
    assert plain_text(line(message)) == "see build <7> now"
    assert taken_along(line(message)) == f"see build <7> ({address}) now"
    assert taken_along(line(storable(f"\x1b]8;;{address}{end}{address}{END}"))) == address


def test_a_link_keeps_its_colours_and_is_one():
    found = html("\x1b]8;;http://a/\ared: \x1b[31mx\x1b[0m!" + END + "\x1b[1my")
    assert found.count("<a ") == 1
    assert found.endswith('>red: <span class="ansi-31">x</span>!</a><span class="ansi-bold">y</span>')
    over = html("50%\r\x1b]8;;http://a/\adone" + END)
    assert Reader(over).text == "done"
    assert "show all" in html("\x1b]8;;http://a/\a" + "x" * 5_000)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://a/", "//a/",
        "/a", "https:a", "https:///a", "https://a@b/", "https://a\\@b/", "http://a b/", "https://a/\u202e", "http://é/",
        'http://a/"x', "http://a/<x", "http://a/`", "http://a/;x;\x1b", "x", "http://a/" + "x" * 2_100,
    ],
)  # fmt: skip
def test_any_other_link_is_its_text(address):
    stored = sayable(f"a \x1b]8;;{address}{ST}click{END} b")
    assert Reader(html(stored)).links == []
    if address.isprintable() or "\u202e" in address:
        assert html(stored) == "a click b"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_stays_text(name):
    stored = logs.line(0, "info", "run", HOSTILE[name]).message
    assert stored == storable(stored)
    for options in ({}, {"whole": True}):
        read = Reader(html(stored, **options))
        assert read.elements <= OURS
        assert read.attributes <= {"class", "href", "hx-get", "hx-target", "hx-swap", "rel", "title"}
        assert [link for link in read.links if link.startswith("/")] in ([], ["/runs/7?at=9&whole=9#L9"])
        assert all(OUTSIDE.fullmatch(link) for link in read.links if not link.startswith("/")), read.links
        assert read.open == []
    if "Traceback" not in stored:
        assert Reader(html(stored, whole=True)).text == plain_text(line(stored))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_in_markdown_stays_harmless(name):
    stored = logs.line(0, "info", "run", HOSTILE[name]).message
    read = Reader(shown(line(stored, "markdown")))
    assert read.elements <= OURS | OF_MARKDOWN
    assert read.attributes <= {"class", "href", "title", "rel", "hx-get", "hx-target", "hx-swap"}
    assert all(LINK.match(link) for link in read.links), read.links


@given(
    st.lists(st.sampled_from(["\x1b[31m", "\x1b[0m", "\x1b[1;42m", "\x1b[m", "\r", "\n", "a", "<", "é"])).map("".join)
)
def test_no_character_is_lost_but_those_that_are_overwritten(message):
    text = plain_text(line(message))
    assert Reader(html(message)).text == text
    assert "\x1b" not in text
    assert "\r" not in text
    assert text.count("\n") == message.count("\n")
    if "\r" not in message:
        assert text == without_colours(message)


@on_sqlite
def test_the_whole_text_of_one_line_has_an_address(told, vic, browse):
    run = told()
    run.say(("info", "short"), ("info", "<i>" + "x" * 5_000))
    page = vic.get(f"/runs/{run.number}").text
    assert "show all (5,003 characters)" in page
    assert "x" * 5_000 not in page
    assert "&lt;i&gt;" + "x" * 5_000 in vic.get(f"/runs/{run.number}?at=2&whole=2").text
    whole = vic.get(f"/runs/{run.number}/log/2").text
    assert "&lt;i&gt;" + "x" * 5_000 in whole
    assert "<html" not in whole
    for path in (f"/runs/{run.number}/log/3", f"/runs/{run.number + 1}/log/1", f"/runs/{run.number}/log/9999999999"):
        assert vic.get(path).status_code == 404
    assert browse(None).get(f"/runs/{run.number}/log/2").status_code in (302, 401)


@given(st.text("ab\r\n", max_size=30))
def test_what_is_written_over_is_what_a_terminal_leaves(text):
    screen = [""]
    for part in re.split("([\r\n])", text):
        if part == "\n":
            screen.append("")
        elif part != "\r":
            screen[-1] = part + screen[-1][len(part) :]
    told = painted(text)
    assert told.text == "\n".join(screen)
    assert len(told.paint) == len(told.text)


def test_how_wide_a_line_is_does_not_count_with_each_time_that_it_is_written_over():
    spent = []
    for width in (1, 500_000):
        text, began = "x" * width + "\ra" * 2_000, time.process_time()
        assert painted(text).text == "a" + "x" * (width - 1)
        spent.append(time.process_time() - began)
    assert spent[1] < 80 * spent[0]
