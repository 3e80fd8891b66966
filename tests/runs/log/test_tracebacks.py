"""Tracebacks as Python writes them, chained, in groups, cut, and what is read out of them."""

from __future__ import annotations

import json
import re
import textwrap
import traceback
from collections.abc import Callable

import pytest

from webapp.jobs.tracebacks import shortened
from webapp.runs.log.text.tracebacks import read
from webapp.runs.printed_tracebacks import HEADER


def raised(act: Callable[[], object]) -> str:
    """The traceback of what act raises."""
    try:
        act()
    except Exception:
        return traceback.format_exc()
    raise AssertionError("nothing was raised")


def fail() -> None:
    raise ValueError("no such port")


def chain() -> None:
    try:
        fail()
    except ValueError as error:
        raise RuntimeError("cannot connect") from error


def several() -> None:
    errors = []
    for act in (fail, chain):
        try:
            act()
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("two hosts", errors)


def chain_of_groups() -> None:
    try:
        several()
    except ExceptionGroup as group:
        raise LookupError("gave up") from group


def group_of_a_chain() -> None:
    try:
        chain()
    except RuntimeError as error:
        raise ExceptionGroup("one host", [error]) from error


def no_python() -> None:
    compile("def run(:\n    pass\n", "broken.py", "exec")


def again() -> None:
    again()


def notes() -> None:
    error = ValueError("first line\nsecond line")
    error.add_note("a note")
    raise error


@pytest.mark.parametrize(
    ("act", "error", "function", "code"),
    [
        (fail, "ValueError: no such port", "fail", 'raise ValueError("no such port")'),
        (chain, "RuntimeError: cannot connect", "chain", 'raise RuntimeError("cannot connect") from error'),
        (several, "ExceptionGroup: two hosts (2 sub-exceptions)", "several", None),
        (chain_of_groups, "LookupError: gave up", "chain_of_groups", 'raise LookupError("gave up") from group'),
        (group_of_a_chain, "ExceptionGroup: one host (1 sub-exception)", "group_of_a_chain", None),
        (no_python, "SyntaxError: invalid syntax", "", "def run(:"),
        (again, "RecursionError: maximum recursion depth exceeded", "again", "again()"),
        (notes, "ValueError: first line", "notes", "raise error"),
        (lambda: json.loads("{"), None, "<lambda>", None),
    ],
)  # fmt: skip
def test_it_tells_the_last_error_and_where_in_ones_own_code_it_came_from(act, error, function, code):
    text = raised(act)
    for lead in ("", "It failed\n", "ERROR: ", "\n\n"):
        found = read(lead + text)
        assert found.lead == lead.rstrip()
        assert error is None or found.error.startswith(error)
        assert found.frame.function == function
        assert code is None or found.frame.code == code
        assert found.whole == text
    assert found.frame.file.endswith(("test_tracebacks.py", "broken.py"))


def test_it_is_found_when_it_is_indented_as_a_whole():
    found = read(textwrap.indent(raised(chain), "    "))
    assert (found.error, found.frame.function) == ("RuntimeError: cannot connect", "chain")


def test_where_all_code_is_a_librarys_the_last_frame_is_told():
    text = f'{HEADER}\n  File "/venv/lib/python3.13/site-packages/ssh.py", line 5, in open\n    x()\nOSError: away\n'
    assert read(text).frame.file.endswith("ssh.py")
    assert read(text).frame.line == 5


def test_what_follows_the_error_stays_with_the_rest():
    text = raised(fail)
    found = read(f"{text}Stack (most recent call last):\n  File 'x'\nlast words")
    assert found.error == "ValueError: no such port"
    assert found.whole.endswith("last words")


@pytest.mark.parametrize("act", [fail, chain, several, chain_of_groups, no_python, again, notes])
def test_wherever_it_is_cut_it_can_be_read(act):
    text = raised(act)
    for end in range(len(HEADER), len(text), 7):
        assert read(text[:end]) is None or text.endswith(read(text[:end]).whole + text[end:])
        found = read(shortened(text, end))
        assert found is None or found.whole


def test_a_gap_in_the_middle_is_no_error():
    text = raised(several)
    for longest in range(2 * len(HEADER) + 20, len(text), 3):
        found = read(shortened(raised(fail), longest))
        assert found.error == "" or re.match(r"ValueError|or: no such|[a-zA-Z:]* ?(no )?(such )?port", found.error)


def test_a_text_without_one_has_none():
    assert read("ValueError: no such port\nTraceback") is None
    assert read("") is None


def test_a_header_alone_tells_nothing_and_harms_nothing():
    found = read(HEADER)
    assert (found.lead, found.error, found.frame, found.whole) == ("", "", None, HEADER)
