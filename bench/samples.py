"""Numbers out of many measurements."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

median = statistics.median


def p95(samples: Sequence[float]) -> float:
    """The value that 19 of 20 samples do not exceed."""
    return statistics.quantiles(samples, n=20, method="inclusive")[-1]


def ms(seconds: float) -> float:
    """seconds in milliseconds."""
    return seconds * 1000
