"""Each numbered behaviour of the reference has a test that carries its number, or a reason why there is none."""

from __future__ import annotations

import re

from webapp.config import PROJECT

ALL = {*range(1, 93), *range(112, 134), *range(211, 245)}
"""Of the job class and its runs, of models, and of pages."""


def covered() -> set[int]:
    files = (PROJECT / "tests").rglob("test_*.py")
    names = [name for file in files for name in re.findall(r"^ *def (test_\w+)", file.read_text(), re.MULTILINE)]
    return {int(number) for name in names for number in re.findall(r"_t(\d{3})(?=_)", name)}


def explained() -> list[int]:
    text = (PROJECT / "docs/decisions/0011-the-reference-behaviours.md").read_text()
    return [int(number) for number in re.findall(r"^\| T(\d{3}) \| \S", text, re.MULTILINE)]


def listed(numbers: set[int]) -> str:
    return ", ".join(f"T{number:03}" for number in sorted(numbers))


def test_every_behaviour_has_a_test_or_a_reason():
    assert listed(ALL - covered() - set(explained())) == ""


def test_no_behaviour_has_both():
    assert listed(covered() & set(explained())) == ""


def test_every_reason_is_for_one_known_behaviour():
    assert sorted(explained()) == sorted(set(explained()) & ALL)
