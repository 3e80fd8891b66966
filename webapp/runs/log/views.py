"""The page of a run with its log; its blocks of lines; and the lines that come after those that a page shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.runs.caps import MOST_BYTES, MOST_LINES
from webapp.runs.log import asked as asking
from webapp.runs.log import habits, opening, pace, searching, titles
from webapp.runs.log.asked import SHOWN, Asked
from webapp.runs.log.blocks import SIZE, Block
from webapp.runs.log.opening import Part
from webapp.runs.log.reading import Reading, ended
from webapp.runs.log.rows import Rows
from webapp.runs.log.searching import Hits
from webapp.runs.logs import GRAVE
from webapp.runs.models import Run
from webapp.runs.page import frame
from webapp.runs.page.header import Failure
from webapp.runs.page.versions import version
from webapp.runs.routes import RUN, bp
from webapp.ui.pages import cursor, find, unseen

WINDOW = 500
"""Lines of one answer, at most."""
FAR = 400
"""Lines by which one who follows may be behind; of more, the newest come first."""
NEWEST = 250
"""How many those are: what fills a window, and what is above it as far as the page loads it."""
DROPPED = f"{{:,}} lines were dropped: a run keeps {MOST_LINES:,} lines or {MOST_BYTES // 1_000_000} MB"


@bp.get(RUN)
@needs(SIGNED_IN)
def show(number: int) -> str:
    """One run with its log, from where a reader wants to begin or around ?at=, as asked.py reads the address."""
    run: Run = find(visible(Run), number=number)
    asked, place = _asked(), asking.place(request.args)
    hits = searching.hits(run, asked)
    if hits.numbers and not place:
        place = range(hits.numbers[0], hits.numbers[0] + 1)
    at = place.start if place else None
    asked = opening.at_lines(run, asked, place)
    reading, about = Reading(run, asked, place), frame.about(run)
    return render_template(
        "runs/log/show.html",
        **about | _context(reading, opening.opened(reading, at), run.last_seq, hits),
        **_signs(reading, at, about["failure"]),
        at=at,
        levels=asking.LEAST_LEVELS,
        times=asking.TIMES,
        folds=asking.FOLDS,
    )


@bp.get(f"{RUN}/log")
@needs(SIGNED_IN)
def log(number: int) -> str:
    """The lines after ?after= and, while more may come, the element that asks again; the frame if ?seen= is old.

    Whoever searches is told how many have been found since there were ?found=.
    """
    # The state is read before the lines: a run that was over then has no line that is not there yet.
    run: Run = find(visible(Run), number=number)
    after = request.args.get("after", 0, type=cursor)
    reading = Reading(run, _asked(), begun=after)
    parts, last = _news(reading, after)
    found = request.args.get("found", 0, type=cursor)
    hits = searching.more(run, reading.asked, found, after, last)
    told = {} if request.args.get("seen") == version(run) else frame.summary(run)
    over = {"ended": ended(run, after + 1, last), "end": titles.end, "found": hits.total > found}
    return render_template(
        "runs/log/_news.html",
        **_context(reading, parts, last, hits) | told | over | {"told": bool(told)},
    )


@bp.get(f"{RUN}/log/lines")
@needs(SIGNED_IN)
def lines(number: int) -> str:
    """One block: the lines that are shown of those from ?first= to ?last=."""
    run: Run = find(visible(Run), number=number)
    reading = Reading(run, _asked(), asking.place(request.args))
    block = Block(request.args.get("first", 1, type=cursor), request.args.get("last", SIZE, type=cursor), SIZE)
    found = reading.between(block.first, block.last, WINDOW)
    if len(found) == WINDOW:
        block = block._replace(last=found[-1].seq)
    part = opening.with_lines(reading, block, found)
    return render_template("runs/log/_block.html", part=part, rows=Rows(run, reading.asked))


@bp.get(f"{RUN}/log/next")
@needs(SIGNED_IN)
def find_next(number: int) -> ResponseReturnValue:
    """The number of the next line that warns or is worse, behind ?after=, or of the last before ?before=; or null."""
    run: Run = find(visible(Run), number=number)
    before = request.args.get("before", type=cursor)
    after = request.args.get("after", 0, type=cursor)
    reading = Reading(run, Asked())
    levels = SHOWN["warning"]
    return jsonify(seq=reading.first_of(levels, after) if before is None else reading.last_of(levels, before))


def _asked() -> Asked:
    return asking.read(request.args, habits.read(request.headers.get(habits.HEADER, "")))


def _news(reading: Reading, after: int) -> tuple[list[Part], int]:
    """What has come after line `after`, and the number of the line up to which that is all."""
    run = reading.run
    if not reading.asked.narrowed and run.last_seq - after > FAR:
        tail = run.last_seq - NEWEST
        newest = opening.part(reading, Block(tail + 1, run.last_seq, NEWEST))
        return [opening.skipped(after + 1, tail), newest], run.last_seq
    found, last = reading.after(after, WINDOW)
    if not found:
        return [], last
    return [opening.with_lines(reading, Block(found[0].seq, last, len(found)), found)], last


def _context(reading: Reading, parts: list[Part], last: int, hits: Hits) -> dict[str, Any]:
    """What "runs/log/_news.html" needs, but for the frame."""
    run = reading.run
    shown = parts[-1].lines if parts else []
    more = last < run.last_seq
    asks = not run.finished or more
    return {
        "run": run,
        "asked": reading.asked,
        "here": _here(reading),
        "rows": Rows(run, reading.asked, frozenset(hits.numbers)),
        "hits": hits,
        "most_hits": searching.MOST,
        "end_of_search": _here(reading)(q="", only=""),
        "parts": parts,
        "last": last,
        "ask_after": pace.delay(run, shown, more=more, hidden=unseen()) if asks else None,
        "seen": version(run),
        "dropped": DROPPED.format(run.dropped_lines) if run.dropped_lines else None,
    }


def _here(reading: Reading) -> Callable[..., str]:
    """Gives the address of the log as it is shown, around a line, with what is said differently."""

    def here(at: int | None = None, **changed: Any) -> str:
        said = {**reading.asked.args, "at": at, **changed}
        return url_for("runs.show", number=reading.run.number, **{name: value or None for name, value in said.items()})

    return here


def _signs(reading: Reading, at: int | None, failure: Failure | None) -> dict[str, Any]:
    """Where the first error stands, unless the frame says so, and the next warning behind line `at`."""
    run = reading.run
    some = run.error_count + run.warning_count
    return {
        "first_error": reading.first_of(GRAVE) if run.error_count and not failure else None,
        "next_sign": reading.first_of(SHOWN["warning"], at or 0) if some else None,
    }
