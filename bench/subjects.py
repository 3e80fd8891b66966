"""What can be measured, by name, in the order in which it is."""

from __future__ import annotations

from collections.abc import Callable

from bench import (
    api,
    changes,
    checkout,
    demo,
    form,
    inventory,
    ledger,
    local,
    log,
    long_log,
    many,
    memory,
    noop,
    pages,
    post,
    rate,
    search,
    start,
    visible,
    watchers,
)
from bench.budgets import Figures
from bench.product import Product

ALONE: dict[str, Callable[[], Figures]] = {"checkout": checkout.measure}
"""Subjects that bring their own product."""
ON_PRODUCT: dict[str, Callable[[Product], Figures]] = {
    "memory": memory.fresh,
    "demo": demo.measure,
    "post": post.measure,
    "noop": noop.measure,
    "rate": rate.measure,
    "ledger": ledger.measure,
    "log": log.measure,
    "visible": visible.measure,
    "watchers": watchers.measure,
    "long_log": long_log.measure,
    "search": search.measure,
    "api": api.measure,
    "pages": pages.measure,
    "form": form.measure,
    "inventory": inventory.measure,
    "changes": changes.measure,
    "many": many.measure,
    "local": local.measure,
    "start": start.measure,
    "loaded": memory.loaded,
}
"""Subjects that share one product for each database: its state goes from one to the next."""
NAMES = (*ALONE, *ON_PRODUCT)
