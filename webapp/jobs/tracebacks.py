"""Tracebacks as authors want to read them: from their own first frame on, and always possible to write."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from webapp.jobs.plain import storable, text_of

PRODUCT = f"{Path(__file__).parents[1]}/"
LONGEST = 65_536


def in_product(filename: str) -> bool:
    """Whether a frame of this file is the product's, not the author's."""
    return filename.startswith(PRODUCT)


def traceback_of(error: BaseException, ours: Callable[[str], bool] = in_product) -> str:
    """The traceback of error and its causes without frames of files that are ours; a very long one loses its middle."""
    try:
        told = traceback.TracebackException.from_exception(error)
        _leave_out(told, ours, set())
        text = "".join(told.format())
    except Exception:
        text = summary_of(error)
    return shortened(storable(text), LONGEST)


def summary_of(error: BaseException) -> str:
    """Kind and text of error in one line or more, like the last line of a traceback."""
    kind, text = type(error).__name__, text_of(error)
    return shortened(f"{kind}: {text}" if text else kind, LONGEST)


def shortened(text: str, longest: int) -> str:
    """text, or its beginning and end if it has more than longest characters."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n…\n{text[-half:]}"


def _leave_out(told: traceback.TracebackException | None, ours: Callable[[str], bool], seen: set[int]) -> None:
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    told.stack[:] = [frame for frame in told.stack if not ours(frame.filename)]
    for related in (told.__cause__, told.__context__, *(told.exceptions or [])):
        _leave_out(related, ours, seen)
