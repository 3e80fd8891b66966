"""docs/from-nautobot.md: its examples load, and what is missing is told in its words."""

from __future__ import annotations

import os
import re

import pytest

from webapp.config import PROJECT
from webapp.sources.discovery import discover
from webapp.sources.nautobot_names import KIT, MODULES

TEXT = (PROJECT / "docs/from-nautobot.md").read_text()
BLOCKS = [block for block in re.findall(r"^```python\n(.*?)^```", TEXT, re.M | re.S) if "(Job)" in block]
REFUSALS = re.findall(r"^\| `((?:from|import) [^`]+)` \| (.+) \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("source", BLOCKS)
def test_an_example_is_found_and_nothing_is_wrong_with_it(source, tmp_path):
    (tmp_path / "example.py").write_text(source)
    found = discover(tmp_path, environ=os.environ)
    assert (len(found.jobs), found.errors) == (1, [])


def test_what_is_missing_is_told_in_the_words_of_the_page(tmp_path):
    for number, (line, _) in enumerate(REFUSALS):
        (tmp_path / f"m{number}.py").write_text(line + "\n")
    told = {
        error.module_name: error.message.partition(": ")[2] for error in discover(tmp_path, environ=os.environ).errors
    }
    assert told == {f"m{number}": text for number, (_, text) in enumerate(REFUSALS)}
    assert len(REFUSALS) == 7


def test_every_module_is_named_with_what_it_has():
    rows = re.findall(r"^\| (`nautobot[^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    named = {module: has for modules, has in rows for module in re.findall(r"`([a-z.]+)`", modules)}
    assert set(named) == {name for name, content in MODULES.items() if content}
    for module, has in named.items():
        own = set(MODULES[module]) - set(KIT) if MODULES[module] is not KIT else {"RunJobTaskFailed", "get_task_logger"}
        assert all(f"`{name}`" in has for name in own), module
