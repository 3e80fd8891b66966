"""Questions about prefixes and addresses go down an index, on both databases."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from bench import stock
from webapp.db import db
from webapp.inventory import IPAddress, Prefix
from webapp.inventory.addresses import (
    addresses_in,
    children,
    containing,
    free_addresses,
    next_free_address,
    next_free_prefix,
    utilisation,
)


@contextmanager
def plans():
    """Collects how the database goes about what it is asked inside: a text for each question."""
    asked, found = [], []

    def note(_connection, _cursor, statement, parameters, *_rest):
        if statement.lstrip().startswith("SELECT"):
            asked.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    for statement, parameters in asked:
        rows = db.session.connection().exec_driver_sql(explain + statement, parameters)
        found.append("\n".join(str(part) for row in rows for part in row))


def walks_a_table(plan):
    """Whether all rows of a table are read."""
    return any(word in plan for word in ("SCAN prefix", "SCAN ip_address", "Seq Scan"))


@pytest.fixture
def full(app):
    """The id of the /8 that is full at its beginning, among 100,000 prefixes."""
    id = stock.fill(addresses=4_000, devices=0)
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            connection.execute(sa.text("VACUUM ANALYZE prefix, ip_address"))
    return id


def test_what_contains_and_what_is_free_is_found_by_indexes_among_a_hundred_thousand(full):
    prefix = db.session.get(Prefix, full)
    tree = db.session.scalars(sa.select(Prefix).where(Prefix.prefix == "60.0.0.0/8")).one()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Prefix)) == stock.MANY
    with plans() as found:
        assert str(next_free_address(prefix)) == "61.0.7.209/8"
        assert len(free_addresses(prefix, 300)) == 300
        assert [str(one) for one in containing("60.0.1.2")][:3] == ["60.0.0.0/8", "60.0.0.0/16", "60.0.1.0/24"]
        assert [str(one) for one in containing("2001:db8::1")] == []
        assert db.session.scalars(children(tree).limit(50)).all()[1].prefix == "60.1.0.0/16"
        assert len(db.session.scalars(addresses_in(tree).limit(50)).all()) == 50
        assert str(next_free_prefix(prefix, 24)) == "61.0.0.0/24"
        assert (
            utilisation(db.session.scalars(sa.select(Prefix).where(Prefix.prefix == "60.0.1.0/24")).one()).used == 127
        )
    assert len(found) > 10
    assert [plan for plan in found if walks_a_table(plan)] == []


def test_what_is_loaded_in_bulk_is_as_the_rules_would_have_it(app):
    stock.fill(prefixes=600, addresses=200, devices=3)
    networks = {row.id: row for row in db.session.scalars(sa.select(Prefix))}
    for row in networks.values():
        around = containing(row)
        assert row.parent_id == (around[-1].id if around else None)
    used = set(db.session.scalars(sa.select(IPAddress.host)))
    assert all(row.gap_after == (row.host + 1 not in used) for row in db.session.scalars(sa.select(IPAddress)))
