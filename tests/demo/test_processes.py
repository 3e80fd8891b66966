"""The supervisor of processes, with small real programs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from webapp.config import PROJECT
from webapp.demo import processes
from webapp.demo.processes import Process, Supervisor, free_place

SLEEPER = Process("sleeper", ["sleep", "60"])
STUBBORN = Process("stubborn", ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"])
FAMILY = Process("family", ["sh", "-c", "sleep 60 & echo $!; wait"])
PARENT = """
import sys
from pathlib import Path
from webapp.demo.processes import Process, Supervisor
children = [Process(f"child{number}", ["sleep", "60"]) for number in range(2)]
with Supervisor(children, Path(sys.argv[1])) as supervisor:
    print(*(child.pid for child in supervisor.children), flush=True)
    supervisor.serve()
"""


@pytest.fixture
def supervise(tmp_path):
    """Starts supervisors that are stopped after the test; what they say is in .said."""
    started = []

    def start(*processes):
        said: list[str] = []
        started.append(Supervisor(processes, tmp_path / "logs", said.append))
        started[-1].said = said
        started[-1].start()
        return started[-1]

    yield start
    for supervisor in started:
        supervisor.stop(patience=0.2)


def test_a_process_that_is_killed_is_started_again_and_one_line_says_so(supervise):
    supervisor = supervise(SLEEPER)
    [child] = supervisor.children
    first = child.pid
    os.kill(first, signal.SIGKILL)
    assert supervisor.wait_until(lambda: child.pid not in (first, None), 5)
    assert supervisor.said == ["sleeper has ended (killed by SIGKILL); starting it again in 0.1 s"]


def test_a_process_that_ends_at_once_is_started_again_ever_more_slowly(supervise):
    supervisor = supervise(Process("moth", ["sh", "-c", "exit 3"]))
    assert supervisor.wait_until(lambda: len(supervisor.said) == 3, 10)
    assert [line.partition("; ")[2] for line in supervisor.said] == [
        f"starting it again in {delay} s" for delay in ("0.1", "0.2", "0.4")
    ]
    assert "exit status 3" in supervisor.said[0]


def test_a_process_that_lived_for_long_is_started_again_at_once(supervise, monkeypatch):
    [child] = supervise(SLEEPER).children
    assert [child.plan_restart() for _ in range(8)] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    monkeypatch.setattr(processes, "STEADY", -1.0)
    assert child.plan_restart() == 0.1


def test_what_a_killed_process_leaves_behind_is_gone_before_it_starts_again(supervise):
    supervisor = supervise(FAMILY)
    [child] = supervisor.children
    supervisor.wait_until(child.log.read_text, 5)
    grandchild = int(child.log.read_text())
    first = child.pid
    os.kill(first, signal.SIGKILL)
    assert supervisor.wait_until(lambda: child.pid not in (first, None), 5)
    assert not lives(grandchild)


def test_stop_leaves_nothing_behind(supervise):
    supervisor = supervise(SLEEPER, STUBBORN, FAMILY)
    supervisor.wait_until(lambda: all(child.log.read_text() for child in supervisor.children[1:]), 5)
    pids = [child.pid for child in supervisor.children]
    pids.append(int(supervisor.children[2].log.read_text()))
    supervisor.stop(patience=0.2)
    assert [pid for pid in pids if lives(pid)] == []


def test_the_first_process_is_told_to_end_after_the_others_are_gone(supervise):
    line = ["sh", "-c", "trap 'date +%s.%N; exit' TERM; echo up; while :; do sleep 0.02; done"]
    supervisor = supervise(*(Process(name, line) for name in ("needed", "a", "b")))
    logs = [child.log for child in supervisor.children]
    supervisor.wait_until(lambda: all(log.read_text() for log in logs), 5)
    supervisor.stop()
    needed, *others = (float(log.read_text().split()[1]) for log in logs)
    assert needed > max(others)


def test_output_goes_to_the_end_of_a_log_for_each_process(supervise, tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "talker.log").write_text("before\n")
    talker = Process("talker", ["sh", "-c", "echo word; echo error >&2; sleep 60"])
    supervisor = supervise(talker)
    log = supervisor.children[0].log
    assert supervisor.wait_until(lambda: log.read_text() == "before\nword\nerror\n", 5)


def test_waiting_ends_without_the_condition_when_time_is_up(supervise):
    assert not supervise(SLEEPER).wait_until(lambda: False, 0.1)


def test_a_program_that_does_not_exist_takes_those_before_it_along(tmp_path):
    supervisor = Supervisor([SLEEPER, Process("nothing", ["/nowhere/nothing"])], tmp_path)
    with pytest.raises(FileNotFoundError), supervisor:
        pytest.fail("it has started")
    assert [child.pid for child in supervisor.children] == [None, None]


@pytest.mark.parametrize("accident", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_survives_the_supervisor(tmp_path, accident):
    line = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(line, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.send_signal(accident)
    deadline = time.monotonic() + 5
    while any(lives(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_redis_is_one_of_the_processes(supervise, tmp_path):
    supervisor = supervise(processes.redis(tmp_path))
    [child] = supervisor.children
    url = processes.embedded.url(tmp_path)
    assert supervisor.wait_until(lambda: answers(url), 10)
    first = child.pid
    os.kill(first, signal.SIGKILL)
    assert supervisor.wait_until(lambda: child.pid not in (first, None) and answers(url), 10)


def test_a_port_that_is_taken_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with free_place("127.0.0.1", port) as first, free_place("127.0.0.1", port) as second:
            assert port < first.getsockname()[1] < second.getsockname()[1]


def answers(url: str) -> bool:
    path = url.removeprefix("unix://")
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(path)
            line.sendall(b"PING\r\n")
            return line.recv(10) == b"+PONG\r\n"
        except OSError:
            return False


def lives(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
