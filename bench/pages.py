"""How long the most used pages take, with all that is fetched before they are whole, and how large they are."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa

from bench.budgets import Figure, Figures
from bench.client import Client
from bench.product import USER, Product
from bench.samples import median, ms
from webapp.accounts import service as accounts
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction, utcnow
from webapp.runs.models import LogLine, Run, State

RUNS, LINES = 10_000, 10_000
TIMES = 15


def measure(product: Product) -> Figures:
    """One reader, signed in, on a kept connection."""
    with product.app.app_context():
        number = _fill()
        job = catalogue.by_class_path("measured.Noop").id
    client = product.browser()
    yield from page(client, "pages.jobs", "/jobs/")
    yield from page(client, "pages.runs", "/runs/")
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


def _fill() -> int:
    """Many finished runs, the last of them with many lines; its number."""
    job, user, now = catalogue.by_class_path("measured.Noop"), accounts.named(USER), utcnow()
    common = {
        "job_id": job.id,
        "job_name": job.name,
        "class_path": job.class_path,
        "user_id": user.id,
        "user_name": user.username,
        "queue": "default",
        "state": State.SUCCESS,
        "sensitive": False,
        "inputs": {},
        "soft_time_limit": 300,
        "time_limit": 600,
        "fingerprint": "",
        "attempt": 1,
    }
    with transaction() as session:
        rows = [
            {**common, "id": uuid4(), "created_at": at, "started_at": at, "ended_at": at + timedelta(seconds=1)}
            for at in (now - timedelta(minutes=RUNS - n) for n in range(RUNS))
        ]
        session.execute(sa.insert(Run), rows)
        number = session.scalar(sa.select(sa.func.max(Run.number))) or 0
        session.execute(sa.update(Run).where(Run.number == number).values(last_seq=LINES, info_count=LINES))
        session.execute(sa.insert(LogLine), [_line(number, seq) for seq in range(1, LINES + 1)])
    db.session.remove()
    return number


def _line(number: int, seq: int) -> dict[str, object]:
    message = f"Device {seq % 400:03} of rack {seq // 400}: interface ge-0/0/{seq % 48} has come up again"
    names = {"grouping": "run", "object_text": f"device-{seq % 400:03}", "object_url": f"/devices/{seq % 400}"}
    when = 1_700_000_000_000_000 + seq * 1537
    return {"run_number": number, "seq": seq, "at_us": when, "level": "info", "message": message, **names}
