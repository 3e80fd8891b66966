"""What it costs the web processes when many people watch runs: each asks as soon as the last answer tells them to."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench import machine, runs
from bench.budgets import Figure, Figures
from bench.product import FLASK, NotMeasured, Product, wait_until
from bench.samples import median, ms
from webapp.runs.models import State

WATCHERS, RUNS = 300, 10
WARM, SECONDS = 4.0, 10.0
"""Everybody opens the page in the first seconds, and is counted in the following ones."""
ASK_AGAIN = re.compile(rb'hx-get="([^"]+)"\s+hx-trigger="load delay:(\d+)(ms|s)')


@dataclass
class Tally:
    """What all watchers saw."""

    end: float
    counting: bool = False
    answers: int = 0
    delays: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    def count(self, took: float, delay: float) -> None:
        """One answer."""
        if self.counting:
            self.answers += 1
            self.took.append(took)
            self.delays.append(delay)


def measure(product: Product) -> Figures:
    """Ten runs log about three lines a second; processor time of the web processes by time on the clock."""
    job_seconds = int(WARM + SECONDS) + 6
    worker = [*FLASK, "worker", "watched", "--processes", str(RUNS)]
    with product.running(*worker), product.app.app_context():
        client = product.script()
        numbers = [runs.number_of(runs.post(client, "Clock", "watched", seconds=job_seconds)) for _ in range(RUNS)]
        wait_until(lambda: all(runs.state(number) == State.RUNNING for number in numbers))
        cores, tally = asyncio.run(_watch(product, numbers))
        runs.await_silence(product)
    if not tally.answers:
        raise NotMeasured("nobody got an answer")
    said = f"{tally.answers / SECONDS:.0f} answers/s, median {ms(median(tally.took)):.0f} ms"
    yield Figure("watchers.cores", cores, f"{said}, told to wait {ms(median(tally.delays)):.0f} ms")


async def _watch(product: Product, numbers: list[int]) -> tuple[float, Tally]:
    cookie = product.browser().headers["Cookie"]
    tally = Tally(time.monotonic() + WARM + SECONDS)
    places = [f"/runs/{numbers[watcher % RUNS]}/log?after=0" for watcher in range(WATCHERS)]
    watching = [asyncio.create_task(_watcher(product.url, place, cookie, tally, n)) for n, place in enumerate(places)]
    await asyncio.sleep(WARM)
    web = product.processes("gunicorn")
    start, used, tally.counting = time.monotonic(), machine.seconds(web), True
    await asyncio.sleep(SECONDS)
    cores, tally.counting = (machine.seconds(web) - used) / (time.monotonic() - start), False
    for outcome in await asyncio.gather(*watching, return_exceptions=True):
        if isinstance(outcome, Exception):
            print(f"a watcher gave up: {outcome!r}", file=sys.stderr)
    return cores, tally


async def _watcher(url: str, place: str, cookie: str, tally: Tally, n: int) -> None:
    """One reader: comes some time in the first seconds, then asks as told until the end."""
    await asyncio.sleep(WARM / 2 * n / WATCHERS)
    address = urlsplit(url)
    while time.monotonic() < tally.end:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            while time.monotonic() < tally.end:
                start = time.monotonic()
                content = await _ask(reader, writer, address.netloc, place, cookie)
                found = ASK_AGAIN.search(content)
                if found is None:
                    return
                place = found[1].decode().replace("&amp;", "&")
                delay = int(found[2]) / (1000 if found[3] == b"ms" else 1)
                tally.count(time.monotonic() - start, delay)
                await asyncio.sleep(delay)
        except (asyncio.IncompleteReadError, ConnectionError):
            continue  # the server closed an idle connection
        finally:
            writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, place: str, cookie: str) -> bytes:
    writer.write(f"GET {place} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nHX-Request: true\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = re.search(r"(?i)content-length: *(\d+)", head)
    if " 200 " not in head.partition("\r\n")[0] or length is None:
        raise NotMeasured(head.partition("\r\n")[0])
    return await reader.readexactly(int(length[1]))
