"""Running a job in a plain test."""

import pytest

from webapp.jobs import IntegerVar, Job, StringVar
from webapp.jobs.testing import run_job


class Count(Job):
    word = StringVar(max_length=5)
    times = IntegerVar(default=2)

    def run(self, *, word, times):
        for _ in range(times):
            self.logger.info(word)
        self.logger.success("done")
        return times


def test_a_run_tells_its_outcome_and_its_log():
    ran = run_job(Count, word=" hey ")
    assert (ran.state, ran.result, ran.reason) == ("success", 2, "")
    assert ran.messages() == ["hey", "hey", "done"]
    assert ran.messages("success") == ["done"]
    assert ran.log[0]["grouping"] == "run"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"word": "too long"}, "word: Ensure this value has at most 5 characters"),
        ({}, "word: This field is required."),
        ({"word": "a", "size": 1}, "size: Job data contained an unknown property"),
    ],
)
def test_inputs_are_checked_like_those_of_a_form(inputs, message):
    with pytest.raises(ValueError, match=message):
        run_job(Count, **inputs)
