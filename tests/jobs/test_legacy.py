"""Jobs in the style of Nautobot 1.x; tests/from_nautobot/ runs whole files of them."""

from __future__ import annotations

from types import ModuleType

import pytest

from webapp.jobs import (
    BaseJob,
    IntegerVar,
    Job,
    JobButtonReceiver,
    JobCancelled,
    SoftTimeLimitExceeded,
    StringVar,
    register_jobs,
)
from webapp.jobs.describing import describe
from webapp.jobs.legacy import NOTE, REVERTED, AbortTransaction, is_legacy, unregistered
from webapp.jobs.testing import run_job


class Old(Job):
    word = StringVar(default="x")

    def run(self, data, commit):
        return data["word"]


class DataAlone(Job):
    def run(self, data):
        return data


class OnlyChecks(Job):
    def test_it(self):
        self.log_info("tested")


class DataIsAnInput(Job):
    data = StringVar()

    def run(self, data):
        return data


class DataIsTheRest(Job):
    word = StringVar()

    def run(self, **data):
        return data


class HelperCalledTest(Job):
    word = StringVar(default="x")

    def run(self, *, word):
        return word

    def test_connection(self):
        raise AssertionError("nobody asked for this")


class Plain(Job):
    def run(self):
        pass


class Button(JobButtonReceiver):
    def test_it(self):
        pass


@pytest.mark.parametrize("job_class", [Old, DataAlone, OnlyChecks])
def test_the_style_is_told_by_the_signature(job_class):
    assert is_legacy(job_class)
    assert describe(job_class)["notes"] == [NOTE]


@pytest.mark.parametrize("job_class", [Plain, DataIsAnInput, DataIsTheRest, HelperCalledTest, Button])
def test_jobs_of_today_are_not_mistaken_for_old_ones(job_class):
    assert not is_legacy(job_class)
    assert [one["name"] for one in describe(job_class)["variables"] if one["type"] == "CommitVar"] == []


def test_jobs_of_today_run_as_ever():
    assert run_job(HelperCalledTest).result == "x"
    assert run_job(DataIsTheRest, word="y").result == {"word": "y"}


def test_an_old_run_takes_what_it_asks_for():
    assert run_job(Old, word="y").result == "y"
    assert run_job(DataAlone).state == "success"


def test_changes_are_reverted_without_a_commit():
    assert run_job(OnlyChecks, _commit=False).messages() == ["tested", REVERTED]
    assert run_job(OnlyChecks).messages() == ["tested"]


def test_the_default_of_the_commit_must_be_a_truth_value():
    class Wrong(Old):
        class Meta:
            commit_default = "yes"

    with pytest.raises(TypeError, match=r"Meta\.commit_default should be bool, not str"):
        describe(Wrong)


def test_authors_cannot_take_the_name_of_the_commit():
    wrong = type("Wrong", (Job,), {"_commit": StringVar()})
    with pytest.raises(ValueError, match="_commit is a reserved name"):
        describe(wrong)


def test_tests_find_data_and_commit_on_the_job():
    class Job1(Old):
        def test_it(self):
            self.log(f"{self.data} {self.commit}")

    assert run_job(Job1, _commit=False).messages()[0] == "{'word': 'x'} False"


def test_names_of_their_own_for_data_and_commit_are_left_to_authors():
    class Job1(Old):
        commit = property(lambda self: "mine")

    assert run_job(Job1).result == "x"


def test_lines_of_helpers_are_grouped_under_the_method_at_work():
    class Job1(Old):
        def run(self, data, commit):
            self.check()

        def check(self):
            self.log_failure("100% wrong")

    ran = run_job(Job1)
    assert (ran.state, ran.reason) == ("failure", "100% wrong")
    assert [(line["grouping"], line["level"], line["message"]) for line in ran.log] == [
        ("run", "failure", "100% wrong")
    ]


def test_jobs_of_today_may_log_like_that_too_under_the_name_of_their_function():
    class Job1(Job):
        def run(self):
            self.check()

        def check(self):
            self.log_info("a")
            self.log_failure(obj=self, message="b")
            self.log("c", "failure")
            self.log("d", "success")

        def __str__(self):
            return "me"

    ran = run_job(Job1)
    assert [(line["grouping"], line["level"], line["object"], line["message"]) for line in ran.log] == [
        ("check", "info", "", "a"),
        ("check", "failure", "me", "b"),
        ("check", "failure", "", "c"),
        ("check", "success", "", "d"),
    ]
    assert ran.state == "failure"


def test_a_message_may_come_before_its_object_or_be_left_out():
    class Job1(Old):
        def run(self, data, commit):
            self.log_success("fits", 7)
            self.log_success(7)
            self.log_warning("both", "texts")
            return self.failed, self.request.user.username

    ran = run_job(Job1, user="ann")
    assert [(line["object"], line["message"]) for line in ran.log] == [("7", "fits"), ("7", ""), ("both", "texts")]
    assert ran.result == [False, "ann"]


def test_jobs_of_today_may_use_the_old_names_for_themselves():
    class Job1(Job):
        log = StringVar(default="x")
        commit = StringVar(default="y")

        def run(self, *, log, commit):
            self.failed, self.request, self.data, self.active_test = [1], 2, 3, 4
            self.logger.info("fine")
            return [log, commit, self.failed, self.request, self.data]

    ran = run_job(Job1)
    assert (ran.result, ran.log[0]["grouping"]) == (["x", "y", [1], 2, 3], "run")


def test_one_value_stays_what_it_is_and_several_become_lines():
    class Job1(Old):
        def run(self, data, commit):
            return {"a": 1}

    class Job2(Job1):
        def post_run(self):
            return 2

    assert run_job(Job1).result == {"a": 1}
    assert run_job(Job2).result == "{'a': 1}\n2"


def test_an_abort_without_words_leaves_only_what_was_reverted():
    class Job1(Old):
        def run(self, data, commit):
            raise AbortTransaction

        def test_it(self):
            raise AssertionError("not after an abort")

    ran = run_job(Job1)
    assert (ran.state, ran.messages()) == ("success", [REVERTED])


@pytest.mark.parametrize(("error", "state"), [(JobCancelled, "cancelled"), (SoftTimeLimitExceeded, "timed_out")])
def test_an_interrupted_job_still_cleans_up(error, state):
    class Job1(Old):
        def run(self, data, commit):
            raise error

        def post_run(self):
            self.log_info("closed")

    ran = run_job(Job1)
    assert (ran.state, ran.messages()) == (state, ["closed"])


class Shared(BaseJob):
    def run(self, data, commit):
        pass


def test_a_module_that_registers_nothing_offers_its_own_old_jobs():
    module = ModuleType("old_module")
    mine = {name: type(name, bases, {"__module__": "old_module"}) for name, bases in (
        ("First", (Old,)),
        ("_Base", (Old,)),
        ("Mixin", (Shared,)),
        ("Second", (Shared, Job)),
        ("Today", (HelperCalledTest,)),
    )}  # fmt: skip
    vars(module).update(mine, Old=Old, Alias=mine["First"], number=IntegerVar())
    assert unregistered(module) == [mine["First"], mine["Second"]]


def test_a_module_that_registers_one_of_its_jobs_has_decided():
    module = ModuleType("deciding_module")
    first, second = (type(name, (Old,), {"__module__": module.__name__}) for name in ("First", "Second"))
    vars(module).update(First=first, Second=second)
    assert unregistered(module) == [first, second]
    register_jobs(second)
    assert unregistered(module) == []
