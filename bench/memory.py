"""How much memory all processes of the product take together."""

from __future__ import annotations

from bench import machine
from bench.budgets import Figure, Figures
from bench.product import Product


def fresh(product: Product) -> Figures:
    """After the start, the demonstration's run and nothing else."""
    yield _figure("memory.fresh", product)


def loaded(product: Product) -> Figures:
    """At the end of everything."""
    yield _figure("loaded.total", product)


def _figure(key: str, product: Product) -> Figure:
    """The sum; the database's own server is not in it."""
    parts = machine.pss(product.processes())
    shares = ", ".join(f"{_short(title)} {megabytes:.0f}" for title, megabytes in parts.items())
    return Figure(key, sum(parts.values()), shares)


def _short(title: str) -> str:
    words = ("redis-server", "keeper", "gunicorn: master", "gunicorn: worker", "(master)", "jobdeck: worker")
    return next((word for word in (*words, "scheduler", "demo") if word in title), title)
