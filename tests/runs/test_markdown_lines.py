"""`extra={"markdown": True}`: the line is Markdown, in its row and over the API; no other is."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running, say
from webapp.catalogue import service as catalogue
from webapp.db import db
from webapp.jobs import Job
from webapp.jobs.testing import run_job
from webapp.runs import held_files, logs, reports
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run
from webapp.runs.service import submit


@pytest.fixture
def following(app, person, supervise):
    """Runs a job as Ann that follows these steps; gives the run at its end."""

    def to_the_end(*steps: list[object]) -> Run:
        number = submit(
            catalogue.by_class_path("printing.Printing"), person("ann"), {"steps": json.dumps(steps)}
        ).number
        supervise(number, "worker@test")
        return db.session.get_one(Run, number, populate_existing=True)

    return to_the_end


def test_a_line_that_says_so_is_markdown_wherever_it_stands(following, api):
    asked = {"markdown": True}
    run = following(
        ["extra", "**one**", asked],
        ["group", "Group", [["extra", "**two**", asked], ["extra", "three", {}]]],
        ["log", "info", "four"],
    )
    formats = {line.message: line.format for line in logs.after(run.number, 0, 100)}
    assert {text for text, format in formats.items() if format} == {"**one**", "**two**"}
    assert formats["**one**"] == "markdown"
    told = api("ann").get(f"/api/extras/job-results/{run.id}/logs/").json
    shown = {row["message"]: row["format"] for row in told}
    assert (shown["**two**"], shown["three"], shown["four"]) == ("markdown", "text", "text")


@on_sqlite
@pytest.mark.parametrize("said", [1, "true", "yes", [True], {}, None, False])
def test_nothing_but_true_says_so(following, said):
    run = following(["extra", "**one**", {"markdown": said}])
    assert {line.format for line in logs.after(run.number, 0, 100)} == {""}


@on_sqlite
def test_what_fails_may_be_markdown_and_what_is_printed_is_not(following):
    run = following(["print", "**printed**"], ["library", "**logged**"])
    assert {line.format for line in logs.after(run.number, 0, 100)} == {""}


def test_the_kit_adds_nothing_to_other_lines():
    class Says(Job):
        def run(self):
            self.logger.info("text")
            self.logger.info("**text**", extra={"markdown": True})
            self.fail("**text**", extra={"markdown": True})

    text, markdown, failure = run_job(Says).log
    assert set(text) == {"at", "level", "grouping", "message", "object", "url"}
    assert markdown["markdown"] is failure["markdown"] is True


def test_both_kinds_are_written_and_read_in_one_batch(job, person):
    number = submit(job("NoInputs"), person("ann"), {}).number
    line = logs.line(1e9, "info", "run", "**x**")
    lines = [line, line._replace(format="markdown"), line._replace(path="1/", mark=("end", 1, "", ""))]
    say(number, running(number), lines)
    kept = [logs.of_row(row) for row in logs.after(number, 0, 10)]
    assert kept == [line, line._replace(format="markdown"), line._replace(path="1/")]


@on_sqlite
def test_lines_that_wait_on_disk_since_before_there_was_markdown_are_text(settings, job, person):
    number = submit(job("NoInputs"), person("ann"), {}).number
    attempt = running(number)
    line = logs.line(1e9, "info", "run", "x")
    rows = [(1, *line._replace(format="markdown")), (2, *line[: logs.MARK], ())]
    path = held_files.folder(settings.data_dir) / f"{number}-{attempt}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    reports.bring_in(settings.data_dir)
    db.session.rollback()
    formats = db.session.scalars(sa.select(LogLine.format).where(LogLine.run_number == number).order_by(LogLine.seq))
    assert list(formats) == ["markdown", ""]
