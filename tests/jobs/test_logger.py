"""The job's logger: levels, groupings, objects, and calls that are wrong in some way."""

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.jobs import Job
from webapp.jobs.logger import LONGEST_LINE, JobLogger, Line, clipped
from webapp.jobs.testing import run_job


class Device:
    def __init__(self, name, url="/devices/1"):
        self.name, self.url = name, url

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return self.url


class Unlinked(Device):
    def get_absolute_url(self):
        raise LookupError("no such page")


class Unspeakable:
    def __str__(self):
        raise RuntimeError


@pytest.fixture
def lines():
    return []


@pytest.fixture
def logger(lines):
    return JobLogger("a job", lines.append)


def test_every_level_has_its_name(logger, lines):
    for level in ("debug", "info", "success", "warning", "failure", "error", "critical"):
        getattr(logger, level)("a %s", "b")
    assert [line["level"] for line in lines] == [
        "debug",
        "info",
        "success",
        "warning",
        "failure",
        "error",
        "critical",
    ]
    assert {line["message"] for line in lines} == {"a b"}


@pytest.mark.parametrize(
    ("number", "name"),
    [(1, "debug"), (21, "info"), (25, "success"), (34, "warning"), (36, "failure"), (99, "critical")],
)
def test_a_level_in_between_counts_as_the_one_below(logger, lines, number, name):
    logger.setLevel(1)
    logger.log(number, "x")
    assert lines[0]["level"] == name


def test_a_level_that_the_author_switches_off_is_not_sent(logger, lines):
    logger.setLevel(logging.WARNING)
    logger.success("hidden")
    logger.failure("seen")
    assert [line["message"] for line in lines] == ["seen"]


class Chatty(Job):
    def __init__(self):
        self.logger.info("made")

    def run(self):
        self.prepare()
        self.logger.success("in run")
        self.logger.failure("in run")
        self.fail("in run")

    def prepare(self):
        self.logger.info("in prepare")
        self.logger.log(25, "in prepare")
        self.logger.success("in prepare")
        self.fail("in prepare")


def test_the_grouping_is_the_function_that_logs():
    log = run_job(Chatty).log
    assert log[0]["grouping"] == "__init__"
    assert all(line["message"] == f"in {line['grouping']}" for line in log[1:])
    assert len(log) == 8


def test_extra_says_grouping_and_object(logger, lines):
    logger.info("x", extra={"grouping": "set up", "object": Device("leaf-1")})
    assert (lines[0]["grouping"], lines[0]["object"], lines[0]["url"]) == ("set up", "leaf-1", "/devices/1")


def test_long_groupings_and_objects_are_cut(logger, lines):
    logger.info("x", extra={"grouping": "g" * 300, "object": Device("d" * 300, "/" * 256)})
    assert [len(lines[0][part]) for part in ("grouping", "object", "url")] == [100, 200, 0]


@pytest.mark.parametrize("about", [Unlinked("leaf-1"), Device("leaf-1", None), "leaf-1"])
def test_an_object_without_a_good_link_is_told_without(logger, lines, about):
    logger.info("x", extra={"object": about})
    assert (lines[0]["object"], lines[0]["url"]) == ("leaf-1", "")


def test_an_object_without_a_text_is_told_by_its_class(logger, lines):
    logger.info("x", extra={"object": Unspeakable()})
    assert lines[0]["object"] == "<Unspeakable>"


def test_a_line_may_stay_out_of_the_log(logger, lines):
    text = io.StringIO()
    logger.addHandler(logging.StreamHandler(text))
    logger.info("only here", extra={"skip_db_logging": True})
    logger.info("both")
    assert [line["message"] for line in lines] == ["both"]
    assert text.getvalue().splitlines() == ["only here", "both"]


def test_an_authors_filter_counts(logger, lines):
    logger.addFilter(lambda record: "secret" not in record.getMessage())
    logger.info("a secret")
    assert lines == []


@pytest.mark.parametrize(
    ("msg", "args", "message"),
    [
        ("%d apples", ("two",), "%d apples ('two',)"),
        ("no place", (1, 2), "no place (1, 2)"),
        ("%s and %s", (1,), "%s and %s (1,)"),
        ("%(size)s", ({"size": 3},), "3"),
        ("100%", (), "100%"),
        ("%s", (Unspeakable(),), "%s (<"),
        (Unspeakable(), (), "<Unspeakable>"),
        (None, (), "None"),
        ("a\0b\ud800", (), r"a\x00b\ud800"),
    ],
)
def test_a_wrong_call_still_leaves_a_line(logger, lines, msg, args, message):
    logger.info(msg, *args)
    assert lines[0]["message"].startswith(message)
    json.dumps(lines[0]).encode()


def test_an_exception_is_told_with_its_traceback(logger, lines):
    try:
        raise KeyError("leaf-1")
    except KeyError:
        logger.exception("It went wrong")
    assert lines[0]["level"] == "error"
    assert lines[0]["message"].startswith("It went wrong\nTraceback")
    assert "KeyError: 'leaf-1'" in lines[0]["message"]


def test_an_adapter_of_the_standard_library_works(logger, lines):
    logging.LoggerAdapter(logger, {"grouping": "adapted"}).warning("x")
    assert (lines[0]["level"], lines[0]["grouping"]) == ("warning", "adapted")


def test_lines_do_not_reach_the_loggers_of_the_process(logger, caplog):
    logger.error("x")
    assert caplog.records == []


def test_fault_100_a_line_that_is_too_long_is_cut_and_says_how_long_it_was(logger, lines):
    logger.info("x" * 100 * 1024 * 1024)
    assert lines[0]["message"].startswith("xxx")
    assert lines[0]["message"].endswith("x … (cut: 104,857,600 bytes)")
    assert len(lines[0]["message"].encode()) == LONGEST_LINE


def test_a_line_that_just_fits_is_left_alone(logger, lines):
    for text in ("x" * LONGEST_LINE, "é" * (LONGEST_LINE // 2), "🎉" * (LONGEST_LINE // 4)):
        logger.info(text)
        assert lines.pop()["message"] == text


@pytest.mark.parametrize("shift", range(4))
def test_a_line_is_cut_between_two_characters(shift):
    cut, _, mark = clipped("x" * shift + "🎉" * 5000).partition(" … ")
    assert mark == f"(cut: {20_000 + shift:,} bytes)"
    assert set(cut[shift:]) == {"🎉"}


def test_no_half_of_a_colour_is_left_where_a_line_is_cut():
    assert clipped("\x1b[31;1m" * 5000).rpartition(" … ")[0].endswith("m")


@given(st.text(st.sampled_from("xé🎉\x1b[0;m\ud800"), max_size=20), st.integers(0, 2000), st.integers(0, 10**12))
def test_cutting_twice_is_cutting_once(text, times, size):
    once = clipped(text * times, size)
    assert len(once.encode("utf-8", "surrogatepass")) <= LONGEST_LINE
    assert clipped(once) == once


def test_a_long_traceback_keeps_its_end(logger, lines):
    try:
        raise ValueError("x" * 100_000 + " last words")
    except ValueError:
        logger.exception("It went wrong")
    assert lines[0]["message"].startswith("It went wrong\nTraceback")
    assert lines[0]["message"].endswith("last words\n")


def test_groupings_and_objects_have_no_colours(logger, lines):
    logger.info("x", extra={"grouping": "\x1b[1mset up", "object": "\x1b[31mleaf-1\x1b[0m"})
    assert (lines[0]["grouping"], lines[0]["object"]) == ("set up", "leaf-1")


CALLS = {
    "text": lambda log: log.info("plain"),
    "arguments": lambda log: log.warning("%d of %s", 1, "two"),
    "names": lambda log: log.error("%(one)s", {"one": 1}),
    "empty names": lambda log: log.error("%s", {}),
    "arguments that do not fit": lambda log: log.debug("%d", "x"),
    "no text": lambda log: log.critical(ValueError("bad rack")),
    "success": lambda log: log.success("done %d", 1),
    "failure": lambda log: log.failure("not done"),
    "a level of one's own": lambda log: log.log(33, "odd"),
    "outer function": lambda log: log.info("outer", stacklevel=2),
    "outermost": lambda log: log.success("outermost", stacklevel=1_000),
    "too long": lambda log: log.info("x" * 20_000),
    "colours": lambda log: log.info("\x1b[31mred\x1b[2K\x00"),
    "silent": lambda log: log.log(5, "below all levels"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_a_line_is_the_same_whether_anybody_else_listens_or_not(call):
    told: list[Line] = []
    logger = JobLogger("example", told.append)
    call(logger)
    logger.addHandler(logging.NullHandler())
    call(logger)
    alone, beside = told if told else ({}, {})
    assert {**alone, "at": 0} == {**beside, "at": 0}
    assert bool(told) == ("below" not in str(call.__code__.co_consts))


def test_whoever_makes_records_of_their_own_is_asked():
    told: list[Line] = []
    logger, before = JobLogger("example", told.append), logging.getLogRecordFactory()
    logging.setLogRecordFactory(lambda *args, **more: before(*args[:4], "changed", *args[5:], **more))
    try:
        logger.info("plain")
    finally:
        logging.setLogRecordFactory(before)
    assert [line["message"] for line in told] == ["changed"]
