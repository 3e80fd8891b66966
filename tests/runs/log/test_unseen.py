"""Characters that nobody sees: they are shown, but where scripts and emoji need them."""

from __future__ import annotations

import pytest

from tests.product import on_sqlite
from webapp.runs import logs
from webapp.runs.unseen import marked, unmarked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sw\u200b-1", r"sw\u200b-1"),
        ("\ufeffname", r"\ufeffname"),
        ("pass\u00adword", r"pass\xadword"),
        ("pass\u2060word\u2063", r"pass\u2060word\u2063"),
        ("a\u200db\u200cc", r"a\u200db\u200cc"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u3164", r"\u3164"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("é\u200d\u200d", "é\u200d" + r"\u200d"),
        ("a\ufe0fb", r"a\ufe0fb"),
    ],
)
def test_what_nobody_sees_stands_there_as_an_escape(text, expected):
    assert marked(text) == expected
    assert unmarked(marked(text)) == text


@pytest.mark.parametrize(
    "text", ["plain", "Grüezi 🎉", "👩\u200d💻", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3", "می\u200cخواهم", "\\u0041", "\xa0"]
)
def test_what_is_seen_or_needed_stays(text):
    assert marked(text) == text
    assert unmarked(text) == text


@on_sqlite
def test_they_are_shown_wherever_a_line_says_something_and_are_found_as_they_are_shown(told, vic):
    run = told()
    run.write(
        [logs.line(1, "info", "check\u200b", "to sw\u200b-1", "sw\u200b-2", "/x"), logs.line(2, "info", "run", "sw-1")]
    )
    run.end()
    page = vic.get(f"/runs/{run.number}").text.partition('id="log-view"')[2]
    assert "\u200b" not in page
    for text in (r"check\u200b</span>", r"to sw\u200b-1", r'class="line__object" href="/x">sw\u200b-2</a>'):
        assert text in page, text
    assert r"to sw\u200b-1 [" in vic.get(f"/runs/{run.number}/log.txt").text
    for text, found in ((r"sw\u200b-", "1"), ("\u200b", "1"), ("sw-1", "2")):
        answer = vic.get(f"/runs/{run.number}", query_string={"q": text}).text
        assert f'data-hits="{found}"' in answer, text
