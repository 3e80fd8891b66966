"""How long the most used pages take, with all that is fetched before they are whole, and how large they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from html import unescape
from uuid import uuid4

import sqlalchemy as sa

from bench.budgets import Figure, Figures
from bench.client import Client
from bench.product import USER, Product
from bench.samples import median, ms
from webapp.accounts import service as accounts
from webapp.catalogue import service as catalogue
from webapp.db import db, is_sqlite, transaction, utcnow, writing
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run, State

RUNS, FAILURES, LINES = 10_000, 72, 10_000
TIMES = 15


def measure(product: Product) -> Figures:
    """One reader, signed in, on a kept connection."""
    with product.app.app_context():
        number = _fill()
        job = catalogue.by_class_path("measured.Noop").id
    client = product.browser()
    yield from page(client, "pages.home", "/")
    yield _news(client)
    yield from page(client, "pages.jobs", "/jobs/")
    yield from page(client, "pages.runs", "/runs/")
    yield _news_of_runs(client)
    yield from page(client, "pages.run", f"/runs/{number}")
    yield from page(client, "pages.of_job", f"/jobs/{job}/runs")


def page(client: Client, key: str, path: str) -> Figures:
    """The time and the size of the page at path."""
    client.page(path)
    answers = [client.page(path) for _ in range(TIMES)]
    whole = len(answers[0].content) / 1000
    yield Figure(key, ms(median(answer.seconds for answer in answers)))
    note = "" if answers[0].packed else f"the server does not compress it: {whole:.0f} kB travel"
    yield Figure(f"{key}_size", answers[0].compressed, note)


def _news(client: Client) -> Figure:
    """The time that it takes to find out that Home is as it was, as those who have it open ask all the time."""
    [address] = re.findall(r'hx-get="(/home/live[^"]+)"', client.page("/").text)
    return Figure("pages.home_live", ms(median(client.get(unescape(address)).seconds for _ in range(TIMES))))


def _news_of_runs(client: Client) -> Figure:
    """The same of the list of runs, after a first answer that says how far the list has come."""
    [first] = re.findall(r'hx-get="(/runs/news[^"]+)"', client.page("/runs/").text)
    [address] = re.findall(r'hx-get="(/runs/news[^"]+)"', client.get(unescape(first)).text)
    return Figure("pages.runs_live", ms(median(client.get(unescape(address)).seconds for _ in range(TIMES))))


def _fill() -> int:
    """Many finished runs, some of which failed, the last of them with many lines; its number."""
    now = utcnow()
    ended_runs(now - timedelta(minutes=RUNS - n) for n in range(RUNS - 1 - FAILURES))
    ended_runs((now - timedelta(minutes=n) for n in range(FAILURES)), State.ERRORED)
    number = log_of(LINES)
    if not is_sqlite():  # PostgreSQL does so by itself, within a minute after as many rows
        with transaction():
            writing().execute(sa.text("ANALYZE run, log_line"))
        db.session.remove()
    return number


def log_of(lines: int) -> int:
    """A finished run with so many lines, written past its supervisor; its number."""
    ended_runs([utcnow()])
    with transaction() as session:
        number = session.scalar(sa.select(sa.func.max(Run.number))) or 0
        session.execute(sa.update(Run).where(Run.number == number).values(last_seq=lines, info_count=lines))
        session.execute(sa.insert(LogLine), [_line(number, seq) for seq in range(1, lines + 1)])
    db.session.remove()
    return number


def ended_runs(moments: Iterable[datetime], state: State = State.SUCCESS) -> None:
    """A run that has ended so at each of moments."""
    job, user = catalogue.by_class_path("measured.Noop"), accounts.named(USER)
    common = {
        "job_id": job.id,
        "job_name": job.name,
        "class_path": job.class_path,
        "user_id": user.id,
        "user_name": user.username,
        "queue": "default",
        "state": state,
        "sensitive": False,
        "inputs": {},
        "soft_time_limit": 300,
        "time_limit": 600,
        "fingerprint": "",
        "attempt": 1,
    }
    rows = [
        {**common, "id": uuid4(), "created_at": at, "started_at": at, "ended_at": at + timedelta(seconds=1)}
        for at in moments
    ]
    with transaction() as session:
        session.execute(sa.insert(Run), rows)


def _line(number: int, seq: int) -> dict[str, object]:
    message = f"Device {seq % 400:03} of rack {seq // 400}: interface ge-0/0/{seq % 48} has come up again"
    names = {"grouping": "run", "object_text": f"device-{seq % 400:03}", "object_url": f"/devices/{seq % 400}"}
    when = 1_700_000_000_000_000 + seq * 1537
    return {"run_number": number, "seq": seq, "at_us": when, "level": "info", "message": message, **names}
