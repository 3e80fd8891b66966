"""Style sheets and scripts: where they come from, what they are called, how they are served."""

from __future__ import annotations

import gzip
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from webapp.ui import assets, headers


@pytest.fixture
def address(bare_app):
    return bare_app.jinja_env.globals["asset"]


def test_the_name_of_an_asset_tells_its_content():
    name = assets.versioned("app.css", b"a {}")
    assert re.fullmatch(r"app\.[0-9a-f]{12}\.css", name)
    assert name != assets.versioned("app.css", b"b {}")


@pytest.mark.parametrize("name", ["app.css", "app.js", "bootstrap.min.css", "htmx.min.js", "favicon.svg"])
def test_an_asset_is_served_compressed_and_for_good(bare_app, address, name):
    with bare_app.test_client().get(address(name), headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Security-Policy"] == headers.HEADERS["Content-Security-Policy"]
        assert gzip.decompress(answer.data) == assets.sources()[name]


def test_who_does_not_know_gzip_gets_plain_text(bare_app, address):
    with bare_app.test_client().get(address("app.css")) as answer:
        assert "Content-Encoding" not in answer.headers
        assert answer.data == assets.sources()["app.css"]


def test_an_address_without_its_hash_leads_nowhere(bare_app):
    assert bare_app.test_client().get("/static/app.css").status_code == 404


def test_collecting_again_touches_nothing(tmp_path):
    folder = assets.collect({"app.css": b"a {}"}, tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert assets.collect({"app.css": b"a {}"}, tmp_path) == folder
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_compressed_files_are_the_same_wherever_they_are_made(tmp_path):
    here, there = (assets.collect({"app.css": b"a {}" * 99}, tmp_path / name) for name in ("here", "there"))
    assert {path.name: path.read_bytes() for path in here.iterdir()} == {
        path.name: path.read_bytes() for path in there.iterdir()
    }


def test_many_collectors_at_once_agree_and_leave_no_draft(tmp_path):
    contents = assets.sources()
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: assets.collect(contents, tmp_path), range(8)))
    assert list(tmp_path.iterdir()) == list(folders)
    assert len(list(folders.pop().iterdir())) == 2 * len(contents)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        assets.collect({"app.css": b""}, tmp_path / "file")


def test_our_style_sheet_begins_with_the_base_and_stays_small():
    sheet = assets.sources()["app.css"]
    assert sheet.startswith((assets.STATIC / "css" / "base.css").read_bytes())
    assert len(gzip.compress(sheet, 9)) < 12_000


@pytest.mark.parametrize("name", ["app.css", "app.js", "bootstrap.min.css"])
def test_nothing_is_fetched_from_elsewhere(name):
    text = assets.sources()[name].decode()
    fetched = re.findall(r"""url\((?!["']?data:)[^)]*|@import[^;]*|(?:fetch|import)\([^)]*|sourceMappingURL.*""", text)
    assert fetched == []
