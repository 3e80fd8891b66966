"""Outcomes: however a job ends, there is one."""

import asyncio
import sys

import pytest

from webapp.jobs import Job, SoftTimeLimitExceeded
from webapp.jobs.running import Outcome, perform


def outcome_of(body):
    """The outcome of a job whose run() is body(job)."""

    class Example(Job):
        def run(self):
            return body(self)

    return perform(Example, {}, lambda line: None)


def raising(error):
    def body(_job):
        raise error

    return body


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


def test_a_job_that_returns_succeeds():
    assert outcome_of(lambda job: {"names": {"a"}}) == Outcome("success", {"names": ["a"]})


def test_inputs_reach_run_as_keywords():
    class Example(Job):
        def run(self, *, one, two):
            return [one, two]

    assert perform(Example, {"one": 1, "two": 2}, print).result == [1, 2]


def test_a_job_that_says_so_failed_and_keeps_its_result():
    def body(job):
        job.fail("%d of %d", 1, 2)
        job.fail("another")
        return 5

    assert outcome_of(body) == Outcome("failure", 5, "1 of 2")


def test_fail_with_wrong_arguments_goes_on():
    assert outcome_of(lambda job: job.fail("%d", "x")).state == "failure"


def test_an_exception_after_fail_is_an_error():
    def body(job):
        job.fail("first")
        raise ValueError("then")

    assert outcome_of(body).reason == "ValueError: then"


def test_an_exception_is_told_from_the_authors_first_frame():
    def body(job):
        raise ValueError("wrong", 5)

    outcome = outcome_of(body)
    assert (outcome.state, outcome.result, outcome.reason) == ("errored", None, "ValueError: ('wrong', 5)")
    assert outcome.error == {"exc_type": "ValueError", "exc_module": "builtins", "exc_message": ["wrong", "5"]}
    first = outcome.traceback.splitlines()[1]
    assert __file__ in first
    assert "in run" in first
    assert "webapp/jobs/" not in outcome.traceback


@pytest.mark.parametrize(
    ("code", "reason"),
    [(3, "The job called sys.exit(3)."), (None, "The job called sys.exit()."), ("x", "The job called sys.exit('x').")],
)
def test_a_job_that_exits_is_errored(code, reason):
    outcome = outcome_of(lambda job: sys.exit(code))
    assert (outcome.state, outcome.reason) == ("errored", reason)


def test_a_soft_limit_that_nobody_catches_is_a_time_out():
    outcome = outcome_of(raising(SoftTimeLimitExceeded()))
    assert (outcome.state, outcome.reason) == ("timed_out", "The soft time limit was exceeded.")
    assert __file__ in outcome.traceback


def test_a_soft_limit_that_the_job_catches_is_its_own_affair():
    def body(job):
        try:
            raise SoftTimeLimitExceeded
        except SoftTimeLimitExceeded:
            return "half"

    assert outcome_of(body) == Outcome("success", "half")


def test_a_soft_limit_is_not_swallowed_by_except_exception():
    def body(job):
        try:
            raise SoftTimeLimitExceeded
        except Exception:
            return "swallowed"

    assert outcome_of(body).state == "timed_out"


def test_a_soft_limit_while_an_error_is_being_told_is_a_time_out():
    class Slow(Exception):
        def __str__(self):
            raise SoftTimeLimitExceeded

    assert outcome_of(raising(Slow())).state == "timed_out"


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        GeneratorExit(),
        asyncio.CancelledError(),
        MemoryError(),
        Unspeakable("x", Unspeakable()),
        ExceptionGroup("several", [ValueError("a"), Unspeakable()]),
        SyntaxError("odd", ("nowhere", None, None, None)),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
        ValueError("\0\ud800"),
    ],
)
def test_whatever_is_raised_there_is_an_outcome(error):
    outcome = outcome_of(raising(error))
    assert outcome.state == "errored"
    assert outcome.error["exc_type"] == type(error).__name__
    (outcome.reason + outcome.traceback + "".join(outcome.error["exc_message"])).encode()
    assert "\0" not in outcome.traceback + outcome.reason


def test_an_endless_recursion_is_told_shortly():
    def body(job):
        return body(job)

    outcome = outcome_of(body)
    assert outcome.error["exc_type"] == "RecursionError"
    assert len(outcome.traceback) < 10_000


def test_a_huge_message_is_shortened():
    outcome = outcome_of(raising(ValueError("x" * 1_000_000)))
    assert len(outcome.reason) + len(outcome.traceback) + len(outcome.error["exc_message"][0]) < 100_000


def test_a_job_without_run_is_errored():
    class Empty(Job):
        pass

    outcome = perform(Empty, {}, print)
    assert outcome.reason == "NotImplementedError: Empty has no run()"
    assert outcome.traceback == "NotImplementedError: Empty has no run()\n"


def test_a_constructor_that_wants_arguments_is_errored():
    class Odd(Job):
        def __init__(self, size):
            self.size = size

    assert perform(Odd, {}, print).state == "errored"


def test_a_result_without_a_text_does_not_matter():
    assert outcome_of(lambda job: [Unspeakable()]).result == ["<Unspeakable>"]


def test_a_cause_is_told_without_our_frames():
    def body(job):
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    told = outcome_of(body).traceback
    assert told.index("KeyError") < told.index("direct cause") < told.index("ValueError")
