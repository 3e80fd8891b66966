"""The process that computes what authors' functions give: it answers, whatever they do, and leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from webapp.jobs.live import Unanswered
from webapp.prctl import is_zombie
from webapp.queue.sockets import socket_path
from webapp.sources import answers, asking, reaching
from webapp.sources.asking import Asker
from webapp.sources.warm_loader import ASK, AT_ONCE, HERE, MOST_WAITING

NAP = "import time; time.sleep(600)"
JOBS = f"""
import os, subprocess, sys, time
from webapp.jobs import ChoiceVar, DateVar, Job, StringVar, register_jobs
from datetime import date


def computed(function):
    return StringVar(default=function)


def stubborn(values):
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass


def leaves_children(values):
    for session in (False, True):
        subprocess.Popen([sys.executable, "-c", {NAP!r}, values["mark"]], start_new_session=session)
    if os.fork() == 0:
        time.sleep(600)
    return "done"


def forks(values):
    os.fork()
    return "both"


def scribbles(values):
    for number in range(3, 20):
        try:
            os.write(number, b"[]\\n")
        except OSError:
            pass
    return "x"


class Asked(Job):
    colours = ChoiceVar(choices=lambda: ["red", ("g", "Green")])
    ports = ChoiceVar(choices=lambda values: range(values["count"]))
    shown = StringVar(visible_when=lambda values: values.get("count", 0) > 1)
    day = DateVar(default=lambda: date(2027, 1, 31))
    environment = computed(lambda values: sorted(name for name in os.environ if "LAB" in name or "JOBDECK" in name))
    prints = computed(lambda values: [print("x" * 70000), "said"][1])
    changes = computed(lambda values: values.update(count=1))
    raises = ChoiceVar(choices=lambda values: [values["x"]])
    exits = computed(lambda values: sys.exit(3))
    leaves = computed(lambda values: os._exit(3))
    dies = computed(lambda values: os.kill(os.getpid(), 9))
    eats = computed(lambda values: "x" * (2 * 1024**3))
    recurses = computed(lambda values: (lambda f: f(f))(lambda f: f(f)))
    number = ChoiceVar(choices=lambda values: 5)
    thing = computed(lambda values: object())
    huge = ChoiceVar(choices=lambda values: ["x" * 100] * 20000)
    loops = ChoiceVar(choices=lambda values: [1 for _ in iter(int, 1)])
    stubborn = computed(stubborn)
    leaves_children = computed(leaves_children)
    forks = computed(forks)
    scribbles = computed(scribbles)
    kills = computed(lambda values: os.kill(os.getppid(), 9))
    plain = StringVar(default="x")


register_jobs(Asked)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A data directory, with jobs beside it."""
    made = tmp_path_factory.mktemp("asking")
    (made / "jobs").mkdir()
    (made / "jobs" / "asked.py").write_text(JOBS)
    (made / "jobs" / "broken.py").write_text("1 / 0\n")
    yield made
    reaching.leave()


def ask(place, name, option="default", *, job="asked.Asked", **values):
    """What comes back, or the reason why nothing does."""
    with Asker(place, place / "jobs", job) as asker:
        try:
            return asker(name, option, values)
        except Unanswered as reason:
            return f"! {reason}"


def loader_of(asker: Asker) -> int:
    """The process at the other end of the asker's line."""
    told = asker._line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", told)[0]


def the_loader(place) -> int:
    """The loader of place, which is started if need be."""
    with Asker(place, place / "jobs", "asked.Asked") as asker:
        asker("colours", "choices", {})
        return loader_of(asker)


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def commands() -> str:
    told = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            told.append(path.read_text(errors="replace"))
    return "\n".join(told)


def test_it_answers_what_is_asked(place):
    with Asker(place, place / "jobs", "asked.Asked") as asker:
        assert asker("colours", "choices", {}) == [["red", "red"], ["g", "Green"]]
        first = loader_of(asker)
        assert asker("ports", "choices", {"count": 2}) == [[0, "0"], [1, "1"]]
        assert asker("shown", "visible_when", {"count": 2}) is True
        assert asker("shown", "visible_when", {}) is False
        assert asker("day", "default", {}) == "2027-01-31"
        assert asker("prints", "default", {}) == "said"
    assert Path(f"/proc/{first}/cmdline").read_text().rstrip("\0") == "jobdeck: loader"
    assert the_loader(place) == first


def test_authors_code_sees_the_environment_without_our_settings(tmp_path, place, monkeypatch):
    monkeypatch.setenv("JOBDECK_SECRET_KEY", "hush")
    monkeypatch.setenv("LAB", "north")
    shutil.copytree(place / "jobs", tmp_path / "jobs")
    assert ask(tmp_path, "environment") == ["LAB"]


@pytest.mark.parametrize(
    ("name", "option", "reason"),
    [
        ("raises", "choices", "KeyError: 'x' (asked.py, line {line})"),
        ("exits", "default", "The module called sys.exit(3) while it was loaded."),
        ("leaves", "default", "it ended its process with exit code 3"),
        ("dies", "default", "its process was ended (SIGKILL)"),
        ("eats", "default", "MemoryError (asked.py, line {line})"),
        ("recurses", "default", "RecursionError: maximum recursion depth exceeded"),
        (
            "changes",
            "default",
            "AttributeError: 'mappingproxy' object has no attribute 'update' (asked.py, line {line})",
        ),
        ("number", "choices", "TypeError: choices should be a list of pairs or values, not int"),
        ("thing", "default", "TypeError: default cannot be kept as JSON"),
        ("huge", "choices", "the answer is larger than 1 MB"),
        ("scribbles", "default", "what came back could not be read"),
        ("plain", "default", "the code is not what it was when the jobs were read"),
        ("nobody", "default", "the code is not what it was when the jobs were read"),
    ],
)
def test_what_goes_wrong_is_said_and_the_next_question_is_answered(place, name, option, reason):
    lines = JOBS.splitlines()
    line = next((number for number, text in enumerate(lines, 1) if text.startswith(f"    {name} = ")), 0)
    answer = ask(place, name, option)
    assert answer.startswith("! " + reason.format(line=line).removesuffix("(asked.py, line 0)"))
    assert ask(place, "forks") == "both"


def test_a_module_that_does_not_load_is_named_with_its_line(place):
    answer = ask(place, "x", job="broken.Broken")
    assert answer == "! broken cannot be loaded: broken.py, line 1: ZeroDivisionError: division by zero"


def test_what_never_ends_is_ended_while_others_are_answered(place):
    with ThreadPoolExecutor(6) as pool:
        begun = time.monotonic()
        loops = [pool.submit(ask, place, "loops", "choices"), pool.submit(ask, place, "stubborn")]
        children = pool.submit(ask, place, "leaves_children", mark=str(place))
        assert pool.submit(ask, place, "colours", "choices").result()[0] == ["red", "red"]
        assert time.monotonic() - begun < asking.SECONDS
        assert [one.result().partition(" (")[0] for one in loops] == ["! it took longer than 2 seconds"] * 2
        assert children.result() == "done"
    wait_until(lambda: str(place) + "\0" not in commands().replace("\n", "\0\n"))


def test_after_one_question_that_took_too_long_there_is_time_for_little_more(place):
    begun = time.monotonic()
    with Asker(place, place / "jobs", "asked.Asked", begun + 0.3) as asker:
        with pytest.raises(Unanswered, match="took longer"):
            asker("stubborn", "default", {})
        with pytest.raises(Unanswered, match="the others took too long"):
            asker("colours", "choices", {})
    assert time.monotonic() - begun < 2


def test_a_loader_that_has_stopped_is_replaced(place):
    stopped = the_loader(place)
    os.kill(stopped, signal.SIGSTOP)
    assert ask(place, "colours", "choices")[0] == ["red", "red"]
    wait_until(lambda: is_zombie(stopped))


def test_who_has_no_time_left_ends_no_loader(place):
    busy = the_loader(place)
    os.kill(busy, signal.SIGSTOP)
    try:
        with Asker(place, place / "jobs", "asked.Asked", time.monotonic() + 0.05) as asker, pytest.raises(Unanswered):
            asker("colours", "choices", {})
    finally:
        os.kill(busy, signal.SIGCONT)
    assert the_loader(place) == busy


def test_only_some_wait_for_their_turn_and_the_others_hear_it_at_once(place):
    def come():
        line = reaching.connected(place, time.monotonic() + 4)
        line.sendall(ASK)
        return line

    assert ask(place, "colours", "choices")
    with ExitStack() as stack:
        served = [stack.enter_context(come()) for _ in range(AT_ONCE)]
        assert [line.recv(1) for line in served] == [HERE] * AT_ONCE
        waiting = [stack.enter_context(come()) for _ in range(MOST_WAITING)]
        assert ask(place, "colours", "choices") == f"! {asking.CROWDED}"
        waiting.pop().close()
        served.pop().close()
        assert waiting[0].recv(1) == HERE
        with ThreadPoolExecutor(1) as pool:
            last = pool.submit(ask, place, "colours", "choices")
            stack.close()
            assert last.result()[0] == ["red", "red"]


def test_a_loader_that_is_killed_in_the_middle_is_replaced(place):
    with Asker(place, place / "jobs", "asked.Asked") as asker:
        asker("colours", "choices", {})
        killed = loader_of(asker)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: is_zombie(killed))
        assert asker("colours", "choices", {})[0] == ["red", "red"]
        assert loader_of(asker) != killed
    assert ask(place, "kills") in (None, "! the process that computes it cannot be reached")
    assert ask(place, "colours", "choices")[0] == ["red", "red"]


def test_of_several_who_ask_first_one_starts_it_and_without_anybody_it_ends(tmp_path, place, monkeypatch):
    shutil.copytree(place / "jobs", tmp_path / "jobs")
    with ThreadPoolExecutor(6) as pool:
        pids = set(pool.map(the_loader, [tmp_path] * 6))
    assert len(pids) == 1
    reaching.leave()
    wait_until(lambda: is_zombie(*pids))
    assert not socket_path(tmp_path, "loader.sock").exists()


def test_it_ends_when_nobody_asks_or_the_installation_is_gone(tmp_path, place, monkeypatch):
    monkeypatch.setattr(reaching, "IDLE", 0.2)
    shutil.copytree(place / "jobs", tmp_path / "one" / "jobs")
    idle = the_loader(tmp_path / "one")
    wait_until(lambda: is_zombie(idle))
    monkeypatch.setattr(reaching, "IDLE", 300)
    again = the_loader(tmp_path / "one")
    assert again != idle
    shutil.rmtree(tmp_path / "one")
    wait_until(lambda: is_zombie(again))


class Counting(Asker):
    """Counts what is asked."""

    asked: list[str]

    def __call__(self, name, option, values):
        self.asked.append(name)
        return [f"{len(self.asked)}"] if option == "choices" else len(self.asked)


def test_choices_are_kept_for_a_minute_as_long_as_code_and_values_are_the_same(place, monkeypatch):
    asked = []
    monkeypatch.setattr(Counting, "asked", asked, raising=False)
    monkeypatch.setattr(answers, "Asker", Counting)
    monkeypatch.setattr(answers, "kept", answers.Kept())
    described = [
        {"name": "count", "label": "", "type": "IntegerVar"},
        {"name": "alone", "label": "", "type": "ChoiceVar", "live": {"choices": "nothing"}},
        {"name": "ports", "label": "", "type": "ChoiceVar", "live": {"choices": "values"}},
        {"name": "first", "label": "", "type": "IntegerVar", "live": {"default": "nothing"}},
    ]

    def look(count):
        asked.clear()
        answers.settled(answers.Place(place, place / "jobs", "asked", "Asked"), described, {"count": count})
        return list(asked)

    assert look(1) == ["alone", "ports", "first"]
    assert look(1) == ["first"]
    assert look(2) == ["ports", "first"]
    with (place / "jobs" / "asked.py").open("a") as file:
        file.write("\n")
    assert look(2) == ["alone", "ports", "first"]
    monkeypatch.setattr(answers, "SECONDS", 0)
    assert look(2) == ["alone", "ports", "first"]


def test_answers_that_are_too_old_take_no_room(monkeypatch):
    kept = answers.Kept()
    kept.put("a", "1")
    monkeypatch.setattr(answers, "SECONDS", 0)
    kept.put("b", "2")
    assert not kept._answers
