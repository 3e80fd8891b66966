"""What is printed: bytes in any pieces, as lines that fit into the log."""

from __future__ import annotations

import logging
import time
import tracemalloc

import pytest

from webapp.job_process import capture
from webapp.job_process.splitter import Splitter
from webapp.jobs.logger import LONGEST_LINE
from webapp.runs import printed
from webapp.runs.log.text.painting import painted

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


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (b"\x1b[?25l\x1b[1A\x1b[3Cfetching\x1b[K\x1b[?25h", "fetching"),
        (b"fetching 5 %\rdone\x1b[K", "done"),
        (b"fetching\r\x1b[Kunpacking\r\x1b[0Kdone", "done"),
        (b"fetching\x1b[2K\x1b[1G\x1b[0Kdone", "done"),
        (b"\x1b[32mfetching\r\x1b[Kdone\x1b[0m", "\x1b[32mdone\x1b[0m"),
        (b"10 %\r100", "10 %\r100"),
        (b"\rfetching 100 %\r\x1b[K", "\rfetching 100 %\r"),
        (b"\x1b[31mred\x1b[0m \x1b[1;4mbold\x1b[m", "\x1b[31mred\x1b[0m \x1b[1;4mbold\x1b[m"),
        (b"\x1b(B\x1b[mreset\x1b7saved\x1b8\x1b=", "\x1b[mresetsaved"),
        (b"\x1b[>4;2mkeys\x1b[38:2::1:2:3mcolons", "keyscolons"),
        (b"\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x07", "\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x07"),
        (b"\x1b]8;;javascript:x\x1b\\link\x1b]8;;\x07", "link\x1b]8;;\x07"),
        (b"\x1b]0;title\x07\x1b]52;c;cm0=\x1b\\text\x1b]777;no end", "text\\x1b]777;no end"),
        (b"\x1b[12 \x1b \x1b", r"\x1b[12 \x1b \x1b"),
        (b"a\x1b\x1b[Kb", r"a\x1bb"),
        ("é\x1b[Kü".encode(), "éü"),
    ],
)
def test_of_what_terminals_are_told_colours_stay_and_work_on_the_screen_goes(printed, told):
    assert Splitter().feed(printed + b"\n") == [told]
    pieces = Splitter()
    assert [line for byte in printed + b"\n" for line in pieces.feed(bytes([byte]))] == [told]


def test_what_is_left_at_the_end_is_a_line_only_if_anybody_could_see_it():
    lines = Splitter()
    assert (lines.feed(b"\x1b[?25h\x1b[0K"), lines.rest()) == ([], [])
    assert (lines.feed(b"next\x1b[K\n"), lines.rest()) == (["next"], [])


def test_a_sequence_that_is_cut_off_leaves_nothing_to_be_read():
    for sequence in (b"\x1b[1A", b"\x1b[38;5;196m", b"\x1b(B", b"\x1b]8;;https://a/b\x1b\\", b"\x1b[" + b"0" * 9_000):
        for before in range(LONGEST_LINE - len(sequence) - 1, LONGEST_LINE + 1, 1 + len(sequence) // 20):
            [message] = Splitter().feed(b"x" * before + sequence + b"y" * 100 + b"\n")
            assert set(message.partition(" … (cut: ")[0]) == {"x"}
            assert len(message.encode()) <= LONGEST_LINE


@pytest.mark.parametrize(
    "noise", [b"\x1b[", b"\x1b[0", b"\x1b", b"\x1b]", b"\x1b]8;;http://a/", b"]8;;", b"\x1b[ ", b"\x1b ", b"0;", b" "]
)
def test_fault_100_hostile_sequences_are_gone_through_once(noise):
    def seconds(size):
        lines, began = Splitter(), time.process_time()
        for _ in range(20):
            lines.feed(b"\x1b[" + noise * (size // len(noise)) + b"\n")
        return time.process_time() - began

    # Four times as much takes four times as long, and not sixteen.
    assert seconds(16_000) < 9 * max(seconds(4_000), 0.001)


def test_a_job_prints_lines(out):
    stream, told = out
    print("one", "two", file=stream)
    print("half", end="", file=stream, flush=True)
    print("\ud800 \0\x1b[31mred\x1b[0m", file=stream)
    assert told == ["one two", "half", "\\ud800 \\x00\x1b[31mred\x1b[0m"]


def test_a_progress_bar_is_a_line_now_and_then_and_its_last_state(out, monkeypatch):
    stream, told = out
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for percent in range(100):
        now[0] = 1_000 + percent / 4
        print(f"\r{percent:3} %", end="", file=stream, flush=True)
    assert [painted(message).text for message in told] == ["  0 %", " 40 %", " 80 %"]
    print("\r100 %", file=stream, flush=True)
    assert painted(told[3]).text == "100 %"
    print("\r  1 %", end="", file=stream, flush=True)
    assert len(told) == 4
    stream.end()
    assert (len(told), told[-1]) == (5, "\r  1 %")


@pytest.mark.parametrize("size", [1, 7, 70_000])
def test_of_a_long_progress_bar_the_last_state_is_left(size):
    printed = b"".join(b"\r%3d %% [%-40s]" % (n // 10, b"#" * (n // 25)) for n in range(1_001)) + b"\r\nnext\n"
    lines = Splitter()
    told = [line for at in range(0, len(printed), size) for line in lines.feed(printed[at : at + size])]
    assert [painted(message).text for message in told] == [f"100 % [{'#' * 40}]", "next"]
    assert len(told[0]) <= LONGEST_LINE
    [cut] = Splitter().feed(b"a\r" + b"x" * 20_000 + b"\n")
    assert painted(cut).text.endswith("x … (cut: 20,001 bytes)")


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
