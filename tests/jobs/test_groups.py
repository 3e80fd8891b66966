"""Groups, items and progress in a plain test: what an author writes, and what a test of it finds."""

import threading

import pytest

from webapp.jobs import Job, JobCancelled
from webapp.jobs.progress import Progress
from webapp.jobs.running import perform
from webapp.jobs.testing import run_job


class Device:
    def __init__(self, name, pk=None, id=None):
        self.name, self.pk, self.id = name, pk, id

    def __str__(self):
        return self.name


def ran(body):
    """What comes of a job whose run() is body(job)."""

    class Example(Job):
        def run(self):
            return body(self)

    return run_job(Example)


def test_lines_belong_to_the_group_in_which_they_are_logged():
    def body(job):
        job.logger.info("before")
        with job.group("Outer"):
            job.logger.info("one")
            with job.group("Inner"):
                job.logger.warning("two")
            job.logger.info("three")
        job.logger.info("after")

    told = ran(body)
    assert [(group.title, group.path, group.messages) for group in told.groups] == [
        ("Outer", ("Outer",), ["one", "three"]),
        ("Inner", ("Outer", "Inner"), ["two"]),
    ]
    assert told.messages() == ["before", "one", "two", "three", "after"]


def test_a_group_ends_when_it_is_left_by_an_exception():
    def body(job):
        try:
            with job.group("First"):
                raise ValueError
        except ValueError:
            job.logger.info("outside again")

    told = ran(body)
    assert (told.state, told.groups[0].messages, told.messages()) == ("success", [], ["outside again"])


def test_a_title_is_one_readable_line():
    def body(job):
        with job.group("a\nb \x1b[31mred\x1b[0m " + "x" * 300), job.item(Device("c\nd")):
            pass

    told = ran(body)
    assert told.groups[0].title.startswith("a b red xxx")
    assert len(told.groups[0].title) == 200
    assert told.items[0].title == "c d"


def test_an_item_that_ends_well_succeeds_and_may_say_something():
    def body(job):
        with job.item("sw-1") as item:
            item.message = "12 files"

    told = ran(body)
    assert (told.state, told.item("sw-1").state, told.item("sw-1").message) == ("success", "success", "12 files")


def test_fail_inside_an_item_fails_that_item_and_the_run():
    def body(job):
        with job.item("sw-1"), job.group("Connect"):
            job.fail("no room on %s", "sw-1")
        with job.item("sw-2"):
            pass
        return "done"

    told = ran(body)
    assert (told.item("sw-1").state, told.item("sw-1").message) == ("failure", "no room on sw-1")
    assert told.item("sw-2").state == "success"
    assert (told.state, told.result) == ("failure", "done")
    assert told.reason == "1 of 2 items failed. sw-1: no room on sw-1"


def test_an_exception_fails_the_item_and_goes_on_upwards():
    def body(job):
        with job.item("sw-1"):
            raise TimeoutError("no answer")

    told = ran(body)
    assert (told.state, told.reason) == ("errored", "TimeoutError: no answer")
    assert (told.item("sw-1").state, told.item("sw-1").message) == ("failure", "TimeoutError: no answer")


def test_keep_going_leaves_the_exception_in_the_log_and_the_run_fails_at_its_end():
    def body(job):
        for name in ("sw-1", "sw-2"):
            with job.item(name, keep_going=True):
                if name == "sw-1":
                    raise TimeoutError("no answer")
        return "done"

    told = ran(body)
    assert (told.state, told.result, told.reason) == (
        "failure",
        "done",
        "1 of 2 items failed. sw-1: TimeoutError: no answer",
    )
    [line] = [line for line in told.log if line["level"] == "failure"]
    assert line["object"] == "sw-1"
    assert __file__ in line["message"]
    assert "webapp/jobs/" not in line["message"]


def test_an_exception_that_the_job_catches_outside_the_item_still_fails_the_run():
    def body(job):
        try:
            with job.item("sw-1"):
                raise TimeoutError("no answer")
        except TimeoutError:
            return "caught"

    told = ran(body)
    assert (told.state, told.result) == ("failure", "caught")


def test_an_item_may_be_skipped_unless_it_fails():
    def body(job):
        with job.item("sw-1") as item:
            item.skip("switched off")
        with job.item("sw-2", keep_going=True) as item:
            item.skip("switched off")
            raise OSError("or not")
        with job.item("sw-3") as item:
            job.fail("no room")
            item.skip()

    told = ran(body)
    assert [(item.state, item.message) for item in told.items] == [
        ("skipped", "switched off"),
        ("failure", "OSError: or not"),
        ("failure", "no room"),
    ]


def test_what_is_cancelled_in_the_middle_of_an_item_interrupts_it_and_keep_going_does_not_swallow_that():
    def body(job):
        with job.item("sw-1", keep_going=True):
            raise JobCancelled

    told = ran(body)
    assert (told.state, told.item("sw-1").state) == ("cancelled", "interrupted")


def test_a_job_that_exits_inside_an_item_has_failed_there():
    def body(job):
        with job.item("sw-1", keep_going=True):
            raise SystemExit(3)

    told = ran(body)
    assert (told.state, told.item("sw-1").state) == ("errored", "failure")


def test_what_fails_beside_the_items_is_told_first():
    def body(job):
        with job.item("sw-1"):
            job.fail("no room")
        job.fail("The backup is not complete")

    assert ran(body).reason == "The backup is not complete"


@pytest.mark.parametrize(
    ("about", "key", "kept"),
    [
        ("sw-1", None, "sw-1"),
        ("sw-1", 7, "7"),
        (Device("sw-1", pk=5, id=6), None, "5"),
        (Device("sw-1", id=6), None, "6"),
        (Device("sw-1"), None, "sw-1"),
        ({"id": 9, "name": "sw-1"}, None, "9"),
        (17, None, "17"),
        (Device("sw-1"), "k" * 300, "k" * 255),
    ],
)
def test_the_key_of_an_item_is_what_the_job_finds_it_by(about, key, kept):
    def body(job):
        with job.item(about, key=key):
            pass

    assert ran(body).items[0].key == kept


def test_an_object_that_cannot_say_what_it_is_makes_an_item_all_the_same():
    class Unspeakable:
        def __str__(self):
            raise RuntimeError

        @property
        def pk(self):
            raise RuntimeError

    def body(job):
        with job.item(Unspeakable()):
            pass

    assert [(item.title, item.state) for item in ran(body).items] == [("<Unspeakable>", "success")]


def test_threads_have_items_of_their_own():
    def body(job):
        def work(number):
            job.logger.info("outside %d", number)
            with job.item(f"item {number}"):
                job.logger.info("inside %d", number)

        with job.group("Main"):
            threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    told = ran(body)
    assert sorted(item.title for item in told.items) == [f"item {number}" for number in range(8)]
    assert all(item.messages == [f"inside {item.title[5:]}"] for item in told.items)
    assert told.groups[0].messages == []


def test_methods_after_run_log_outside_of_what_was_interrupted():
    class Left(Job):
        def run(self):
            # As if the interruption had come before the end of the group could be told.
            self.group("Open").__enter__()
            raise JobCancelled

        def on_cancel(self):
            self.logger.info("cleaned up")

    log = []
    perform(Left, {}, log.append)
    assert [line.get("group", 0) for line in log if line["message"] == "cleaned up"] == [0]


def test_of_progress_the_last_counts():
    def body(job):
        for done in range(5):
            job.progress(done, 4, f"step {done}")

    assert ran(body).progress == Progress(4, 4, "step 4")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ((1,), Progress(1, None)),
        ((0, 0), Progress(0, None)),
        ((-1, 10), Progress(0, 10)),
        ((2.5, 10, None), Progress(2.5, 10)),
        ((1, 2, "two\nlines \x1b[31mred"), Progress(1, 2, "two lines red")),
        ((1, 2, "x" * 300), Progress(1, 2, "x" * 200)),
    ],
)
def test_progress_is_kept_as_people_can_read_it(told, kept):
    assert ran(lambda job: job.progress(*told)).progress == kept


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (("3", 4), "progress(): done should be a number, not str"),
        ((3, [4]), "progress(): total should be a number, not list"),
        ((float("nan"), 4), "progress(): done should be a number of at most 1e+15, not nan"),
        ((1e30, 4), "progress(): done should be a number of at most 1e+15, not 1e+30"),
    ],
)
def test_progress_that_is_none_is_the_authors_mistake(told, message):
    assert message in ran(lambda job: job.progress(*told)).reason
