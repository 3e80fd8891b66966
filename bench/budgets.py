"""What is measured: each figure with its mark, which Nautobot 3.2.7 set on such a machine, and its goal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

DATABASES = ("SQLite", "PostgreSQL")
BARE_RQ = "ledger.bare"
BARE_RQ_MS = 7.75
"""What bare RQ took for a job where the goals were set."""


@dataclass(frozen=True)
class Budget:
    """One line of the table. The key begins with the subject that measures it."""

    key: str
    work: str
    nautobot: str
    goal: float | None
    unit: str
    more_is_better: bool = False
    goal_postgresql: float | None = None
    """Where it differs."""

    @property
    def subject(self) -> str:
        return self.key.partition(".")[0]

    def goal_on(self, database: str) -> float | None:
        """The goal on that database; None if there is none."""
        return (self.goal_postgresql if database == "PostgreSQL" else None) or self.goal


@dataclass(frozen=True)
class Figure:
    """What came out for the budget of that key, in its unit; note says what a number cannot."""

    key: str
    value: float
    note: str = ""


Figures = Iterator[Figure]

BUDGETS = (
    Budget("checkout.total", "checkout to first finished run", "268 s", 40, "s"),
    Budget("memory.fresh", "memory of everything, fresh (PSS)", "849 MB", 220, "MB"),
    Budget("demo.loaded", "objects of the demonstration, loaded", "", 10, "s"),
    Budget("post.median", "POST run, answered: median", "56 ms", 10, "ms"),
    Budget("post.p95", "POST run, answered: p95", "", 10, "ms"),
    Budget("post.paused", "POST run, answered after a pause of 2 s", "1060 ms", 10, "ms"),
    Budget("noop.median", "no-op run, submit to done: median", "93 ms", 60, "ms"),
    Budget("noop.p95", "no-op run, submit to done: p95", "", 60, "ms"),
    Budget("rate.submitted", "no-op runs submitted per second, 2 clients", "14/s", 100, "/s", more_is_better=True),
    Budget("rate.drained", "no-op runs finished per second, 2 workers", "38/s", 100, "/s", more_is_better=True),
    Budget(BARE_RQ, "no-op job of bare RQ, 2 workers: wall time for each", "", None, "ms"),
    Budget("ledger.cost", "no-op run beyond that", "", 4, "ms"),
    Budget("log.rate", "log lines per second from one job", "764/s", 40_000, "/s", True, 25_000),
    Budget("visible.median", "log call to visible in the run page: median", "1400 ms", 300, "ms"),
    Budget("visible.p95", "log call to visible in the run page: p95", "2500 ms", 600, "ms"),
    Budget("watchers.cores", "300 watchers of 10 runs: web processes", "", 1, "cores"),
    Budget("pages.home", "Home (10,000 runs, 72 failures), HTML", "", 25, "ms"),
    Budget("pages.home_size", "Home, compressed", "", 60, "kB"),
    Budget("pages.home_live", "Home, asked whether anything is new", "", 8, "ms"),
    Budget("pages.jobs", "job list, HTML", "210 ms", 25, "ms"),
    Budget("pages.jobs_size", "job list, compressed", "360 kB", 60, "kB"),
    Budget("pages.runs", "runs list (10,000 runs), HTML", "328 ms", 25, "ms"),
    Budget("pages.runs_size", "runs list, compressed", "500 kB", 60, "kB"),
    Budget("pages.runs_live", "runs list, asked whether anything is new", "", 8, "ms"),
    Budget("pages.run", "run page (10,000 lines), HTML", "199 ms", 25, "ms"),
    Budget("pages.run_size", "run page, compressed", "500 kB", 60, "kB"),
    Budget("pages.of_job", "runs of a job (10,000 runs) with statistics, HTML", "", 25, "ms"),
    Budget("pages.of_job_size", "runs of a job, compressed", "", 60, "kB"),
    Budget("long_log.page", "run page (100,000 lines), HTML", "", 300, "ms"),
    Budget("long_log.groups", "the same in 10,000 folded groups", "", 300, "ms"),
    Budget("long_log.search", "search in 100,000 lines, answered", "", 500, "ms"),
    Budget("long_log.scroll", "any place of 100,000 lines, visible", "", 150, "ms"),
    Budget("long_log.tab", "memory of the tab at 1,000 lines/s for a minute", "", 300, "MB"),
    Budget("search.index", "lines into the index over all logs", "", None, "/s", more_is_better=True),
    Budget("search.word", "search in 1,000 runs of 1,000 lines: a word in most", "", 500, "ms"),
    Budget("search.address", "search in them: the beginning of an address", "", 500, "ms"),
    Budget("search.needle", "search in them: a word in one line", "", 500, "ms"),
    Budget("search.two", "search in them: two words in a line", "", 500, "ms"),
    Budget("search.phrase", "search in them: a phrase, a word, without another", "", 500, "ms"),
    Budget("api.latency", "API list of 50 runs: median", "41 ms", 8, "ms"),
    Budget("api.rate", "API list of 50 runs: rate at 8 clients", "43/s", 300, "/s", more_is_better=True),
    Budget("form.page", "run form with 40 variables, HTML", "", 20, "ms"),
    Budget("form.page_size", "run form with 40 variables, compressed", "", 60, "kB"),
    Budget("form.post", "run form with 40 variables sent, answered", "", 10, "ms"),
    Budget("form.paused", "the same after a pause of 1 s", "", 10, "ms"),
    Budget("form.row", "the same in a row, workers busy", "", 10, "ms"),
    Budget("form.api", "POST run with 40 inputs over the API", "", 10, "ms"),
    Budget("inventory.devices", "device list (100,000 devices), HTML", "", 25, "ms"),
    Budget("inventory.devices_size", "device list, compressed", "", 60, "kB"),
    Budget("inventory.picker", "picker search among 100,000 devices", "", 15, "ms"),
    Budget("inventory.free", "next free address in a /8 with 50,000 used", "", 10, "ms"),
    Budget("changes.create", "1,000 devices made in one changes()", "", 1.5, "s"),
    Budget("many.upgrade", "post-upgrade that finds 500 new jobs in 50 files", "", 5, "s"),
    Budget("many.bad_file", "what one of them that never stops loading costs", "", 10, "s"),
    Budget("many.form", "500 jobs installed: run form", "289 ms", 20, "ms"),
    Budget("many.jobs", "500 jobs installed: job list", "", 25, "ms"),
    Budget("many.jobs_size", "500 jobs installed: job list, compressed", "", 60, "kB"),
    Budget("many.forty.page", "500 jobs installed: run form with 40 variables", "", 20, "ms"),
    Budget("many.forty.page_size", "500 jobs installed: the same, compressed", "", 60, "kB"),
    Budget("many.forty.post", "500 jobs installed: the same form sent, answered", "", 10, "ms"),
    Budget("many.median", "500 jobs installed: no-op run, submit to done: median", "594 ms", 60, "ms"),
    Budget("many.p95", "500 jobs installed: no-op run, submit to done: p95", "", 60, "ms"),
    Budget("local.total", "runjob --local of a no-op, whole process", "5.5 s", 0.8, "s"),
    Budget("start.web", "cold start of web", "2.9 s", 1, "s"),
    Budget("start.worker", "cold start of worker", "4.5 s", 1, "s"),
    Budget("loaded.total", "memory of everything, after all this (PSS)", "1249 MB", None, "MB"),
)


def share(budget: Budget, measured: dict[str, float]) -> float | None:
    """How much of the budget is used, on the database where it is more: 1 or less keeps it. None without a goal."""
    shares = [_share(budget, goal, value) for name, value in measured.items() if (goal := budget.goal_on(name))]
    return max(shares, default=None)


def _share(budget: Budget, goal: float, value: float) -> float:
    if budget.more_is_better:
        return goal / value if value else float("inf")
    return value / goal
