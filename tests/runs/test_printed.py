"""What is printed: bytes in any pieces, as lines that fit into the log."""

from __future__ import annotations

import logging
import tracemalloc

import pytest

from webapp.jobs.logger import LONGEST_LINE
from webapp.runs import capture, printed
from webapp.runs.splitter import Splitter

MEGABYTE = 1024 * 1024


@pytest.fixture
def out():
    """Standard output as a job has it, and the messages that come of it."""
    told: list[str] = []
    return capture.Printed(lambda line: told.append(line["message"]), 1, "info", "stdout"), told


def test_lines_are_put_together_from_pieces():
    lines = Splitter()
    pieces = (b"a", b"b\nc\n\nd", "é".encode()[:1], "é".encode()[1:], b"\n\xff", b"")
    assert [lines.feed(piece) for piece in pieces] == [[], ["ab", "c", ""], [], [], ["dé"], []]
    assert (lines.rest(), lines.rest()) == ([r"\xff"], [])


def test_fault_100_a_stream_without_an_end_of_line_leaves_memory_flat():
    lines = Splitter()
    piece = b"x" * 65536
    tracemalloc.start()
    for _ in range(1600):
        assert lines.feed(piece) == []
    [message] = lines.feed(b"\n")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEGABYTE
    assert message.endswith("x … (cut: 104,857,600 bytes)")
    assert len(message.encode()) == LONGEST_LINE
    assert lines.feed(b"next\n") == ["next"]


def test_a_cut_that_falls_into_a_character_leaves_it_out():
    message = Splitter().feed("🎉".encode()[:1] + "🎉".encode() * 5000 + b"\n")[0]
    assert set(message.partition(" … ")[0]) == {*r"\xf0", "🎉"}


def test_bytes_that_are_no_text_are_told_as_escapes():
    [line] = printed.Printed("info", "stdout").feed(b"a\xff\xfe\0b\n")
    assert (line.level, line.grouping, line.message) == ("info", "stdout", r"a\xff\xfe\x00b")


def test_a_job_prints_lines(out):
    stream, told = out
    print("one", "two", file=stream)
    print("half", end="", file=stream, flush=True)
    print("\ud800 \0\x1b[31mred\x1b[0m", file=stream)
    assert told == ["one two", "half", "\\ud800 \\x00\x1b[31mred\x1b[0m"]


def test_text_and_bytes_of_one_line_come_together(out):
    stream, told = out
    stream.write("a ")
    for byte in "é\n".encode():
        stream.buffer.write(memoryview(bytes([byte])))
    assert told == ["a é"]


def test_only_text_can_be_printed_as_text_and_bytes_as_bytes(out):
    stream, told = out
    for write in (stream.write, stream.buffer.write):
        with pytest.raises(TypeError):
            write(5)
    assert told == []


def test_a_long_text_is_printed_as_one_line_that_is_cut(out):
    stream, told = out
    print("é" * 100_000, file=stream)
    assert told == ["é" * len(told[0].partition(" … ")[0]) + " … (cut: 200,000 bytes)"]


def test_what_libraries_log_is_cleaned_and_cut(out):
    told: list[str] = []
    record = logging.LogRecord("lib", logging.INFO, "", 1, "\x00" + "x" * MEGABYTE, None, None)
    capture.Logged(lambda line: told.append(line["message"])).emit(record)
    assert told[0].startswith(r"\x00xx")
    assert told[0].endswith("(cut: 1,048,580 bytes)")
