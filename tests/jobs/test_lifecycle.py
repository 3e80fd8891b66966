"""The methods of a job around its run(): which are called, and with what; the numbers are the reference's."""

import sys

import pytest

from webapp.jobs import Job, JobCancelled, SoftTimeLimitExceeded, StringVar
from webapp.jobs.about import JobResult
from webapp.jobs.running import Outcome, perform
from webapp.jobs.testing import run_job


class Told(Job):
    """Notes each call; what a subclass calls early, body, success, failure, last and cancel may do more."""

    early = body = success = failure = last = cancel = staticmethod(lambda job: None)

    def __init__(self):
        self.calls.append("made")

    def before_start(self, task_id, args, kwargs):
        self.calls.append(("before_start", task_id, args, kwargs))
        return self.early(self)

    def run(self, **inputs):
        self.calls.append(("run", inputs))
        return self.body(self)

    def on_success(self, retval, task_id, args, kwargs):
        self.calls.append(("on_success", retval, task_id, args, kwargs))
        self.success(self)

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        self.calls.append(("on_failure", exc, task_id, args, kwargs, einfo))
        self.failure(self)

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        self.calls.append(("after_return", status, retval, task_id, args, kwargs, einfo))
        self.last(self)

    def on_cancel(self):
        self.calls.append(("on_cancel",))
        self.cancel(self)


def course_of(**bodies):
    """The outcome of such a job, its calls, and the messages of its log."""
    job_class = type("Example", (Told,), {"calls": [], **{name: staticmethod(body) for name, body in bodies.items()}})
    log = []
    outcome = perform(job_class, {}, log.append, job_result=JobResult(id="7f"))
    return outcome, job_class.calls, log


def names(calls):
    return [call if isinstance(call, str) else call[0] for call in calls]


def raising(error):
    def body(_job):
        raise error

    return body


def failing(job):
    job.fail("no room")
    return "half"


GOOD = ["made", "before_start", "run", "on_success", "after_return"]
BAD = ["made", "before_start", "run", "on_failure", "after_return"]


def test_t049_a_passing_job_goes_through_before_start_run_on_success_and_after_return():
    outcome, calls, log = course_of(body=lambda job: True)
    assert (outcome, log) == (Outcome("success", True), [])
    assert calls == [
        "made",
        ("before_start", "7f", [], {}),
        ("run", {}),
        ("on_success", True, "7f", [], {}),
        ("after_return", "SUCCESS", True, "7f", [], {}, None),
    ]


def test_t052_an_exception_in_run_calls_on_failure_and_after_return_with_it():
    error = ValueError("bad rack")
    outcome, calls, _ = course_of(body=raising(error))
    assert (outcome.state, names(calls)) == ("errored", BAD)
    (_, exc, *_, info), (_, status, retval, *_, same) = calls[-2:]
    assert exc is retval is error is info.exception
    assert (status, info.type, same) == ("FAILURE", ValueError, info)
    assert str(info).startswith("Traceback")
    assert "bad rack" in str(info)


def test_t053_after_an_exception_in_before_start_run_is_not_entered():
    outcome, calls, _ = course_of(early=raising(ValueError("too early")))
    assert (outcome.state, outcome.reason) == ("errored", "ValueError: too early")
    assert names(calls) == ["made", "before_start", "on_failure", "after_return"]


def test_t054_fail_in_run_calls_on_failure_with_the_result_and_without_an_exception():
    outcome, calls, _ = course_of(body=failing)
    assert outcome == Outcome("failure", "half", "no room")
    assert calls[-2:] == [
        ("on_failure", "half", "7f", [], {}, None),
        ("after_return", "FAILURE", "half", "7f", [], {}, None),
    ]


def test_t055_fail_in_before_start_skips_run_and_its_value_is_the_result():
    outcome, calls, _ = course_of(early=failing)
    assert outcome == Outcome("failure", "half", "no room")
    assert names(calls) == ["made", "before_start", "on_failure", "after_return"]


@pytest.mark.parametrize(
    ("bodies", "called"),
    [
        ({}, "on_success"),
        ({"body": failing}, "on_failure"),
        ({"body": raising(OSError())}, "on_failure"),
        ({"early": failing}, "on_failure"),
        ({"success": failing}, "on_success"),
        ({"success": raising(OSError())}, "on_success"),
    ],
)
def test_t056_on_success_and_on_failure_are_never_both_called(bodies, called):
    _, calls, _ = course_of(**bodies)
    assert [name for name in names(calls) if name in ("on_success", "on_failure")] == [called]
    assert names(calls)[-1] == "after_return"


def test_t057_the_hooks_get_the_runs_id_and_the_inputs_as_they_were_kept():
    class Tell(Job):
        word = StringVar()

        def before_start(self, task_id, args, kwargs):
            self.seen = [(task_id, args, kwargs)]

        def run(self, *, word):
            return word.upper()

        def after_return(self, status, retval, task_id, args, kwargs, einfo):
            assert self.seen == [(self.job_result.id, [], {"word": "hey"})] == [(task_id, args, kwargs)]
            self.logger.success("as it should be")

    assert run_job(Tell, word="hey").messages("success") == ["as it should be"]


def test_hooks_need_not_call_those_that_they_override():
    class Short(Job):
        def run(self):
            return 1

        def after_return(self, *_):
            pass

    assert run_job(Short).state == "success"


@pytest.mark.parametrize("error", [ValueError("no mail"), SystemExit(3), SoftTimeLimitExceeded(), JobCancelled()])
@pytest.mark.parametrize("hook", ["success", "last"])
def test_what_a_method_after_run_raises_is_in_the_log_and_the_run_has_succeeded_all_the_same(hook, error):
    outcome, calls, log = course_of(body=lambda job: True, **{hook: raising(error)})
    assert (outcome, names(calls)) == (Outcome("success", True), GOOD)
    [line] = log
    name = {"success": "on_success", "last": "after_return"}[hook]
    assert (line["level"], line["grouping"]) == ("error", name)
    assert line["message"].startswith(f"{name}() did not come to its end.\nTraceback")
    assert type(error).__name__ in line["message"]


def test_an_error_stays_the_end_when_on_failure_fails_too():
    outcome, calls, log = course_of(body=raising(ValueError("first")), failure=raising(KeyError("second")))
    assert (outcome.reason, names(calls)) == ("ValueError: first", BAD)
    assert [line["grouping"] for line in log] == ["on_failure"]


@pytest.mark.parametrize("hook", ["success", "last"])
def test_a_method_after_run_may_still_say_that_the_run_failed(hook):
    outcome, calls, _ = course_of(body=lambda job: "done", **{hook: failing})
    assert (outcome, names(calls)) == (Outcome("failure", "done", "no room"), GOOD)
    assert calls[-1][1] == ("FAILURE" if hook == "success" else "SUCCESS")


def test_a_soft_limit_is_a_failure_of_which_the_hooks_hear():
    outcome, calls, _ = course_of(body=raising(SoftTimeLimitExceeded()))
    assert (outcome.state, names(calls)) == ("timed_out", BAD)
    assert calls[-1][1] == "FAILURE"


def test_a_cancelled_job_cleans_up_and_hears_last_that_it_was_revoked():
    outcome, calls, _ = course_of(body=raising(JobCancelled()))
    assert (outcome, names(calls)) == (
        Outcome("cancelled"),
        ["made", "before_start", "run", "on_cancel", "after_return"],
    )
    assert calls[-1][1] == "REVOKED"


def test_a_job_that_is_cancelled_in_before_start_cleans_up_and_is_not_run():
    outcome, calls, _ = course_of(early=raising(JobCancelled()))
    assert (outcome.state, names(calls)) == ("cancelled", ["made", "before_start", "on_cancel", "after_return"])


def test_a_cancelled_job_that_had_failed_is_cancelled():
    def body(job):
        job.fail("no room")
        raise JobCancelled

    outcome, calls, _ = course_of(body=body)
    assert (outcome.state, names(calls)[3]) == ("cancelled", "on_cancel")


def test_without_a_job_there_is_nothing_to_call():
    class Unmade(Told):
        calls = []

        def __init__(self):
            raise ValueError("no")

    assert perform(Unmade, {}, print).state == "errored"
    assert Unmade.calls == []


def interrupted_everywhere(error, stop_at):
    """Runs a job during which error is raised once, at the stop_at-th step of ours; gives outcome and calls."""
    steps = 0
    job_class = type("Example", (Told,), {"calls": [], "body": staticmethod(lambda job: "done")})

    def trace(frame, event, _argument):
        nonlocal steps
        if "webapp/jobs/course.py" in frame.f_code.co_filename and event in ("call", "line"):
            steps += 1
            if steps == stop_at:
                raise error
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        outcome = perform(job_class, {}, lambda line: None)
    finally:
        sys.settrace(before)
    return steps, outcome, names(job_class.calls)


@pytest.mark.parametrize(("error", "state"), [(JobCancelled, "cancelled"), (SoftTimeLimitExceeded, "timed_out")])
def test_an_interruption_between_any_two_steps_leaves_one_end_and_calls_nothing_twice(error, state):
    steps, *_ = interrupted_everywhere(error(), 0)
    assert steps > 40
    for step in range(1, steps + 1):
        _, outcome, calls = interrupted_everywhere(error(), step)
        assert outcome.state in (state, "success")
        assert len(calls) == len(set(calls))
        assert not {"on_success", "on_failure"} <= set(calls)
        if outcome.state == "success":
            assert outcome.result == "done"
            assert calls[:3] == GOOD[:3]
        if state == "cancelled" and "run" in calls and outcome.state == "cancelled":
            assert "on_cancel" in calls
