"""What two runs that did the same say differently all the same: levelled, so that only real differences remain.

Addresses of networks and hardware, versions and plain numbers are no differences to be levelled.
"""

from __future__ import annotations

import re

LEVEL = "…"
"""Stands for all that is levelled."""
FIRST = 300
"""Characters of a line that are; what comes after them counts as it is."""
# Each pattern begins with a set of characters, or is kept back until a text has what it is about: most places of most
# lines are passed over quickly.
NUMBERS = re.compile(
    r"""
    \d(?<![\w.:-]\d)(?:
        \d{3}-\d\d-\d\d(?:[T\ ,]{1,2}\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:\ ?(?:Z|UTC|[+-]\d\d:?\d\d))?  # date, moment
      | \d?:\d\d:\d\d(?:[.,]\d+)?(?![:\w])                                                  # clock, length
      | \d{0,3}\ days?,\ \d?\d:\d\d:\d\d(?:\.\d+)?                                          # 2 days, 3:04:05
      | (?<=1)[5-9]\d{8}\.\d+                                                               # seconds since 1970
      | \d{0,15}(?:[.,]\d{1,15})?\ ?
        (?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?|hours?|hrs?|days?)(?![\w-])
      | \d{0,5}\ ?[dhm]\ ?(?:\d{1,2}\ ?[hm]\ ?)?\d{1,2}(?:\.\d+)?\ ?[hms](?!\w)             # 1 m 04 s
      | (?<=0)x[0-9a-fA-F]{8,16}(?!\w)                                                      # address in memory
    )
    """,
    re.VERBOSE,
)
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
A_MONTH = re.compile(r"[JFMASOND](?:an|eb|ar|pr|ay|un|ul|ug|ep|ct|ov|ec) ")
CLOCK = r"\d\d:\d\d(?::\d\d)?"
DATES = re.compile(
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?\b(?:{MONTH} [ \d]?\d {CLOCK}(?: \d{{4}})?"
    rf"|\d?\d {MONTH} \d{{4}}(?: {CLOCK})?(?: (?:GMT|UTC|[+-]\d{{4}}))?)"
)
UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
RUN = re.compile(r"[Rr]un[ _-](?:number )?#?\d+(?!\w)")
ID = re.compile(
    r"(?i)(?:\b[pt]|(?:process|thread|request|session|trace|span|transaction|correlation|job|task|run)[ _-]?)"
    r"id\b[\"']?[=: ]{1,2}[\"']?[\w-]+"
)
TEMPORARY = re.compile(r"tmp[a-z0-9_]{6,}")


def levelled(text: str, number: int) -> str:
    """text, of the log of run number, without times, durations, and what is called otherwise in each run."""
    return _levelled(text[:FIRST], number) + text[FIRST:]


def _levelled(text: str, number: int) -> str:
    own = f"#{number}"
    if own in text:
        text = re.sub(rf"{own}(?!\d)", LEVEL, text)
    if text.count("-") >= 4:
        text = UUID.sub(LEVEL, text)
    if A_MONTH.search(text):
        text = DATES.sub(LEVEL, text)
    text = NUMBERS.sub(LEVEL, text)
    if "un" in text:
        text = RUN.sub(LEVEL, text)
    if "id" in text or "ID" in text or "Id" in text:
        text = ID.sub(LEVEL, text)
    return TEMPORARY.sub(LEVEL, text) if "tmp" in text else text
