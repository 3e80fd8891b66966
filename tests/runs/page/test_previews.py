"""Files on the page of a run: as text, table or picture, the first part of them, and nothing of it runs."""

from __future__ import annotations

import hashlib
import json
import re
from uuid import uuid4

import pytest

from tests.browser.jobs_root.showing import picture
from tests.product import on_sqlite
from tests.runs.page.conftest import words
from webapp.db import transaction
from webapp.files import chunks, service
from webapp.jobs.files import StoredFile
from webapp.runs.models import Run, RunFile
from webapp.runs.page import previews

SCRIPT = b"<script>document.title = 'taken over'</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>'


@pytest.fixture
def keep(ended):
    """Keeps a file as one that a run has made; gives the run and the file's address."""

    def make(name: str, content: bytes) -> tuple[Run, str]:
        run, id = ended(), uuid4()
        with transaction() as session:
            service.begin(StoredFile(str(id), name, len(content), hashlib.sha256(content).hexdigest()))
            for n in range(chunks.count(len(content))):
                chunks.put(id, n, content[n * chunks.CHUNK : (n + 1) * chunks.CHUNK])
            service.complete(id, bound=True)
            one = RunFile(run_number=run.number, file_id=id, attempt=1)
            session.add(one)
            session.flush()
            address = f"/runs/{run.number}/files/{one.id}"
        return run, address

    return make


def shown(name: str, content: bytes) -> previews.Preview:
    """What is shown of a small file."""
    text = previews._decoded(content)
    return previews._readable(name[name.rindex(".") :], text, cut=False)


@on_sqlite
@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "notes.md", "script.js", "odd", "odd.csv", "odd.json"])
def test_whatever_a_file_holds_is_shown_as_text(keep, vic, name):
    content = SVG if name.endswith("svg") else b"# Notes **bold**\n" + SCRIPT
    run, address = keep(name, content)
    answer = vic.get(f"{address}/preview")
    assert answer.status_code == 200
    assert "<script>document" not in answer.text
    assert "onload=" not in re.sub(r"&#34;.*?&#34;", "", answer.text.replace("onload=&#34;", ""))
    assert content.decode() in words(answer.text).replace("\n", " ") or "# Notes **bold**" in words(answer.text)
    assert "<img" not in answer.text
    assert vic.client.get(f"{address}/picture").status_code == 404
    assert f'href="{address}/preview"' in vic.get(f"/runs/{run.number}/files").text


@on_sqlite
def test_a_picture_is_one_by_what_it_holds_and_can_do_nothing(keep, vic):
    _, address = keep("photo.txt", picture())
    assert f'<img src="{address}/picture" alt="photo.txt">' in vic.get(f"{address}/preview").text
    answer = vic.client.get(f"{address}/picture")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", picture())
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    _, address = keep("photo.png", SVG)
    assert "<img" not in vic.get(f"{address}/preview").text
    assert vic.client.get(f"{address}/picture").status_code == 404


@on_sqlite
def test_a_huge_picture_is_only_saved(keep, vic, monkeypatch):
    monkeypatch.setattr(previews, "MOST_PICTURE", 100)
    _, address = keep("photo.png", picture())
    assert "too large to be shown" in vic.get(f"{address}/preview").text
    assert vic.client.get(f"{address}/picture").status_code == 404


def test_the_media_types_of_pictures():
    for start, media_type in {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff\xe0": "image/jpeg",
        b"GIF89a": "image/gif",
        b"RIFF\0\0\0\0WEBPVP8 ": "image/webp",
        b"RIFF\0\0\0\0WAVE": None,
        b"<svg": None,
        b"": None,
    }.items():
        assert previews.picture_type(start) == media_type


def test_a_table_has_its_head_and_so_many_rows():
    preview = shown("a.csv", b"Name;Port\n" + b"".join(b"sw-%d;%d\n" % (n, n) for n in range(300)))
    assert (preview.kind, preview.rows[0], len(preview.rows)) == ("table", ["Name", "Port"], 201)
    assert preview.left_out == "Only the first 200 rows are shown."
    assert shown("a.csv", b"a,b\n1,2\n").left_out == ""
    assert shown("a.csv", b",".join([b"c"] * 60)).left_out == "Only the first 50 columns are shown."
    assert shown("a.tsv", b"a\tb\n").rows == [["a", "b"]]


@pytest.mark.parametrize("content", [b'a,"b\n' + b"x" * 200_000, b"\n\n", b'"' * 99_999])
def test_a_table_that_is_none_is_a_text_or_a_small_table(content):
    preview = shown("a.csv", content)
    assert preview.kind in ("text", "table")
    assert all(len(cell) <= previews.LONGEST_CELL + 1 for row in preview.rows for cell in row)


def test_rows_of_a_table_end_where_lines_end_and_nowhere_else():
    odd = "a\x85b\x0cc\u2028d\x1ce"
    for end in ("\n", "\r\n", "\r"):
        rows = shown("a.csv", f'Name,Note{end}sw-1,{odd}{end}sw-2,"two{end}lines"{end}'.encode()).rows
        assert [row[0] for row in rows] == ["Name", "sw-1", "sw-2"]
        assert [len(row) for row in rows] == [2, 2, 2]
        assert rows[1][1] == previews._plain(odd)


def test_json_keeps_its_numbers_its_texts_and_keys_that_stand_twice():
    content = r"""{"price":1.10,"big":123456789012345678901234567890.000,"small":-0,"e":1E400,"price":[ ],
        "text":"a \" , [ \u00e9 \/","none":{},"deep":[[1,{"a":null}],true]}"""
    assert shown("a.json", content.encode()).text.split("\n") == [
        "{",
        '  "price": 1.10,',
        '  "big": 123456789012345678901234567890.000,',
        '  "small": -0,',
        '  "e": 1E400,',
        '  "price": [],',
        r'  "text": "a \" , [ \u00e9 \/",',
        '  "none": {},',
        '  "deep": [',
        "    [",
        "      1,",
        "      {",
        '        "a": null',
        "      }",
        "    ],",
        "    true",
        "  ]",
        "}",
    ]


@pytest.mark.parametrize(
    "value", [0, "", [], {}, [[]], [{}], {"a": {}}, {"a": [1, {"b": "\u2028\x85 , : ]"}], "c": None}, [[], [[], 1.5]]]
)
def test_json_is_laid_out_as_programs_lay_it_out(value):
    assert previews._indented(json.dumps(value)) == json.dumps(value, indent=2)


def test_json_gets_a_line_for_each_value_unless_it_is_none():
    assert shown("a.json", b'{"b":1,"a":[2]}').text == json.dumps({"b": 1, "a": [2]}, indent=2)
    for odd in (b"{", b"[" * 50_000, b"[" * 900 + b"]" * 900):
        assert shown("a.json", odd).kind == "text"
    deep = b"[" + b",".join([b"[" * 400 + b"]" * 400] * 100) + b"]"
    assert len(shown("a.json", deep).text) <= previews.LONGEST_JSON


def test_bytes_are_read_as_utf_8_or_else_as_what_they_look_like():
    assert shown("a.txt", "é☃".encode()).text == "é☃"
    assert shown("a.txt", b"\xef\xbb\xbfhi").text == "hi"
    assert shown("a.txt", b"caf\xe9").text == "café"
    assert shown("a.txt", b"\x1b[31mred\x07 \xe2\x80\xae").text == "red\\x07 \\u202e"


@on_sqlite
def test_of_a_long_text_the_first_part_is_shown_and_the_page_says_so(keep, vic):
    _, address = keep("long.txt", "é".encode() * 300_000)
    text = vic.get(f"{address}/preview").text
    assert "Only the first 256 kB are shown." in text
    assert 130_000 < text.count("é") <= 131_072


@on_sqlite
@pytest.mark.parametrize(("content", "said"), [(b"", "This file is empty."), (bytes(range(256)), "holds no text")])
def test_what_cannot_be_shown_says_why(keep, vic, content, said):
    assert said in vic.get(f"{keep('dump.bin', content)[1]}/preview").text


@on_sqlite
def test_nobody_sees_a_file_of_a_run_that_they_may_not_see_or_of_another_run(keep, browse):
    _, address = keep("a.txt", b"hi")
    other, _ = keep("b.txt", b"hi")
    elsewhere = f"/runs/{other.number}/files/{address.rpartition('/')[2]}"
    for end in ("preview", "picture"):
        assert browse("sam").get(f"{address}/{end}").status_code == 404
        assert browse("vic").get(f"{elsewhere}/{end}").status_code == 404
        assert browse("vic").get(f"/runs/{other.number}/files/{uuid4()}/{end}").status_code == 404
