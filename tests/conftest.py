"""Fixtures that any test may ask for: real servers and a browser."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings

from tests import chromium as browsers
from tests import servers

pytest_plugins = ["tests.product"]
# Whatever the shell says: else each of the hundreds of processes that tests start compiles all of the product anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
GARBAGE = 50_000, 20, 20
"""How much there must be before it is looked for; Python's own 700 would cost a tenth of the time of all tests."""
# How long an example takes says more of what else the machine does than of what is tested.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give the tests out as tests/shares.py says."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from tests.shares import Shares  # noqa: PLC0415 -- where there is no pytest-xdist, nobody calls

    return Shares(config, log)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the garbage collector need not look through it again and again, nor for so little
    as by itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A PostgreSQL of this test process alone."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.postgres(stack.enter_context(private_folder("pg"))))
        except servers.NotAvailable as problem:
            unavailable("POSTGRES", str(problem))
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: servers.Postgres) -> str:
    """The URL of an empty database that lasts as long as the test process."""
    return postgres.create()


@pytest.fixture
def postgres_database(postgres: servers.Postgres) -> Iterator[Callable[..., str]]:
    """Makes databases for one test: empty ones, or copies of the one whose URL is template; gives their URLs."""
    made: list[str] = []

    def create(template: str | None = None) -> str:
        made.append(postgres.create(template))
        return made[-1]

    yield create
    for url in made:
        postgres.drop(url)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Redis of this test process alone, which keeps nothing."""
    with private_folder("redis") as folder, servers.redis(folder) as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser."""
    return browsers.find() or unavailable("BROWSER", browsers.NONE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was left out, so that nobody takes it for tested."""
    left_out = [report for report in terminalreporter.stats.get("skipped", []) if "NOT TESTED" in str(report.longrepr)]
    if left_out:
        terminalreporter.write_line(f"{len(left_out)} tests lacked a server or a browser: {_why(left_out)}", red=True)


def unavailable(what: str, why: str) -> NoReturn:
    """Skip a test, or fail it where REQUIRE_<what> says that nothing may be left out."""
    if os.environ.get(f"REQUIRE_{what}"):
        pytest.fail(f"REQUIRE_{what} is set, but {why}", pytrace=False)
    pytest.skip(f"NOT TESTED: {why}")


def pytest_configure() -> None:
    """The folders that pytest gives to tests lie in memory as well: on a disk each commit of SQLite waits for it."""
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory() or tempfile.gettempdir())


@contextmanager
def private_folder(name: str) -> Iterator[Path]:
    """A folder for one server, in memory where there is room; its path is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix=f"jobdeck-{name}-", dir=memory()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory(wanted: int = 1 << 30) -> str | None:
    """A folder that lies in memory, if it has room for wanted bytes: on a busy disk servers start five times slower."""
    place = "/dev/shm"
    roomy = os.access(place, os.W_OK) and shutil.disk_usage(place).free >= wanted
    return place if roomy else None


def _why(reports: list[pytest.TestReport]) -> str:
    reasons = {str(report.longrepr).partition("NOT TESTED: ")[2].rstrip("')") for report in reports}
    return "; ".join(sorted(reasons))
