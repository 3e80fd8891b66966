"""A job that somebody cancels: what its author hears of it, and what comes out."""

import pytest

from webapp.jobs import Job, JobCancelled, SoftTimeLimitExceeded
from webapp.jobs.running import Outcome, perform

CANCELLED = Outcome("cancelled")


def cancelled():
    raise JobCancelled


class Tidy(Job):
    """Is cancelled in run(), and says when it cleans up."""

    def run(self):
        raise JobCancelled

    def on_cancel(self):
        self.logger.info("cleaned up")


def outcome_and_log(job_class):
    log = []
    outcome = perform(job_class, {}, log.append)
    return outcome, [(line["level"], line["grouping"], line["message"]) for line in log]


def test_a_cancelled_job_cleans_up():
    assert outcome_and_log(Tidy) == (CANCELLED, [("info", "on_cancel", "cleaned up")])


def test_a_job_that_has_nothing_to_clean_up_is_just_cancelled():
    class Plain(Job):
        def run(self):
            cancelled()

    assert outcome_and_log(Plain) == (CANCELLED, [])


def test_a_cancellation_is_not_swallowed_by_except_exception():
    class Careless(Tidy):
        def run(self):
            try:
                cancelled()
            except Exception:
                return "swallowed"

    assert outcome_and_log(Careless)[0] == CANCELLED


def test_a_job_that_catches_it_and_comes_to_its_end_has_come_to_its_end():
    class Quick(Tidy):
        def run(self):
            try:
                cancelled()
            except JobCancelled:
                return "done all the same"

    assert outcome_and_log(Quick) == (Outcome("success", "done all the same"), [])


def test_a_job_that_fails_while_it_cleans_up_in_run_is_errored():
    class Clumsy(Tidy):
        def run(self):
            try:
                cancelled()
            finally:
                raise ValueError("no such file")

    outcome, log = outcome_and_log(Clumsy)
    assert (outcome.state, outcome.reason, log) == ("errored", "ValueError: no such file", [])


def test_a_job_that_is_cancelled_in_its_constructor_has_nothing_to_clean_up():
    class Early(Tidy):
        def __init__(self):
            cancelled()

    assert outcome_and_log(Early) == (CANCELLED, [])


@pytest.mark.parametrize("kind", [Exception, SystemExit, SoftTimeLimitExceeded])
def test_a_cancellation_while_an_end_is_being_told_counts_and_the_job_cleans_up(kind):
    class Slow(kind):
        code = property(lambda self: cancelled())

        def __str__(self):
            return cancelled()

    class Ends(Tidy):
        def run(self):
            raise Slow

    assert outcome_and_log(Ends) == (CANCELLED, [("info", "on_cancel", "cleaned up")])


def test_what_run_has_returned_counts_even_if_a_cancellation_comes_right_after():
    class Result:
        told = 0

        def __str__(self):
            self.told += 1
            return "result" if self.told > 1 else cancelled()

    class Late(Tidy):
        runs = 0

        def run(self):
            Late.runs += 1
            return Result()

    assert (outcome_and_log(Late), Late.runs) == ((Outcome("success", "result"), []), 1)


@pytest.mark.parametrize("error", [ValueError("no such file"), SoftTimeLimitExceeded(), JobCancelled(), SystemExit(3)])
def test_whatever_cleaning_up_raises_is_told_and_the_run_is_cancelled_all_the_same(error):
    class Clumsy(Tidy):
        def on_cancel(self):
            raise error

    outcome, [(level, grouping, message)] = outcome_and_log(Clumsy)
    assert (outcome.state, level, grouping) == ("cancelled", "error", "on_cancel")
    assert outcome.reason.startswith(type(error).__name__)
    assert message.startswith("on_cancel() did not come to its end.\nTraceback")
    assert __file__ in message
    assert type(error).__name__ in message
    assert "webapp/jobs/" not in message


def test_a_job_that_has_broken_its_logger_is_cancelled_all_the_same():
    class Mute(Tidy):
        def run(self):
            self.logger = None
            cancelled()

    outcome, log = outcome_and_log(Mute)
    assert (outcome.state, log) == ("cancelled", [])


def test_a_job_knows_a_key_that_is_the_same_at_each_attempt():
    class Tell(Job):
        def __init__(self):
            self.early = self.idempotency_key

        def run(self):
            return [self.early, self.idempotency_key]

    assert perform(Tell, {}, print, idempotency_key="k").result == ["k", "k"]
    assert perform(Tell, {}, print).result == ["", ""]
