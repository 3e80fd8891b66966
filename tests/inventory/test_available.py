"""What is free in prefixes: asked by jobs, and seen and taken over the API."""

from __future__ import annotations

import ipaddress
from itertools import islice

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.db import db, transaction
from webapp.errors import NotPossible
from webapp.inventory import IPAddress, Prefix, Status
from webapp.inventory.addresses import (
    free_addresses,
    free_prefixes,
    next_free_address,
    next_free_prefix,
    utilisation,
)

quick = settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
BASES = st.sampled_from([ipaddress.ip_network("10.0.0.0/26"), ipaddress.ip_network("2001:db8::/122")])
PARTS = st.lists(st.tuples(st.integers(0, 63), st.integers(1, 6)), max_size=12)


def add(session, *rows):
    status = session.scalars(sa.select(Status).order_by(Status.name)).first()
    for row in rows:
        row.status = status
        session.add(row)
    session.flush()
    return rows[0]


@given(base=BASES, type=st.sampled_from(["network", "pool"]), used=st.sets(st.integers(0, 63)))
@quick
def test_the_free_addresses_are_those_that_the_standard_library_leaves_over(app, base, type, used):
    with transaction() as session, session.begin_nested() as savepoint:
        taken = {base[number] for number in used}
        hosts = [IPAddress(address=str(address)) for address in taken]
        prefix = add(session, Prefix(prefix=str(base), type=type), *hosts)
        everything = base if type == "pool" or base.version == 6 else base.hosts()
        free = [str(address) for address in everything if address not in taken]
        assert [str(one.ip) for one in free_addresses(prefix, 100)] == free
        assert [str(one.ip) for one in free_addresses(prefix, 5)] == free[:5]
        if free:
            assert str(next_free_address(prefix)) == f"{free[0]}/{base.prefixlen}"
        else:
            with pytest.raises(NotPossible, match="has no free address left"):
                next_free_address(prefix)
        usable = len(free) + len([one for one in taken if one in set(everything if type == "pool" else base.hosts())])
        if base.version == 4:
            assert utilisation(prefix).size == usable
        savepoint.rollback()


@given(base=BASES, parts=PARTS, length=st.integers(1, 6))
@quick
def test_the_free_prefixes_are_those_that_the_standard_library_leaves_over(app, base, parts, length):
    with transaction() as session, session.begin_nested() as savepoint:
        children = {ipaddress.ip_network((base[number], base.prefixlen + size), strict=False) for number, size in parts}
        rows = [Prefix(prefix=str(child)) for child in children]
        prefix = add(session, Prefix(prefix=str(base), type="container"), *rows)
        left = [address for address in base if not any(address in child for child in children)]
        found = free_prefixes(prefix, 100)
        assert [address for network in found for address in network] == left
        assert list(ipaddress.collapse_addresses(left)) == found
        fitting = (one for one in base.subnets(length) if not any(one.overlaps(child) for child in children))
        first = next(islice(fitting, 1), None)
        if first is None:
            with pytest.raises(NotPossible, match="has no room left"):
                next_free_prefix(prefix, base.prefixlen + length)
        else:
            assert next_free_prefix(prefix, base.prefixlen + length) == first
        assert utilisation(prefix).used == base.num_addresses - len(left)
        savepoint.rollback()


def test_a_length_that_does_not_fit_is_refused_with_those_that_do(app):
    with transaction() as session:
        prefix = add(session, Prefix(prefix="10.0.0.0/24"))
        for length in (24, 8, 33, -1):
            with pytest.raises(NotPossible, match="lengths? 25 to 32"):
                next_free_prefix(prefix, length)


def test_each_address_that_a_block_asks_for_is_another_one(app):
    with transaction() as session:
        prefix = add(session, Prefix(prefix="10.0.0.0/24"))
        for _number in range(3):
            add(session, IPAddress(address=str(next_free_address(prefix))))
    found = db.session.scalars(sa.select(IPAddress.address).order_by(IPAddress.host)).all()
    assert found == ["10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24"]


def test_pools_in_a_network_count_as_used(app):
    with transaction() as session:
        network = add(
            session,
            Prefix(prefix="10.0.0.0/24"),
            Prefix(prefix="10.0.0.128/26", type="pool"),
            IPAddress(address="10.0.0.1/24"),
            IPAddress(address="10.0.0.130/24"),
        )
        full = utilisation(network)
    assert (full.used, full.size, full.percent) == (65, 254, 25)


class TestOverTheApi:
    @pytest.fixture
    def prefix(self, app):
        with transaction() as session:
            return add(session, Prefix(prefix="10.0.0.0/29"), IPAddress(address="10.0.0.2/29")).id

    def test_free_addresses_are_listed_and_taken(self, api, prefix):
        admin, path = api("admin"), f"/api/ipam/prefixes/{prefix}/available-ips/"
        free = admin.get(path).json
        assert free[0] == {"ip_version": 4, "address": "10.0.0.1/29"}
        assert [one["address"] for one in free] == [f"10.0.0.{number}/29" for number in (1, 3, 4, 5, 6)]
        assert len(admin.get(f"{path}?limit=2").json) == 2
        made = admin.post(path, json={"status": "Active", "dns_name": "A.Example."})
        assert (made.status_code, made.json["address"], made.json["dns_name"]) == (201, "10.0.0.1/29", "a.example")
        made = admin.post(path, json=[{"status": "Active"}, {"status": "Reserved"}])
        assert [one["address"] for one in made.json] == ["10.0.0.3/29", "10.0.0.4/29"]
        refused = admin.post(path, json=[{"status": "Active"}] * 3)
        assert refused.status_code == 409
        assert "(3 requested, 2 available)" in refused.json["detail"]
        assert len(admin.get(path).json) == 2

    def test_free_prefixes_are_listed_and_taken(self, api, prefix):
        admin, path = api("admin"), f"/api/ipam/prefixes/{prefix}/available-prefixes/"
        assert admin.get(path).json == [{"ip_version": 4, "prefix": "10.0.0.0/29"}]
        body = {"prefix_length": 31, "status": "Active"}
        assert admin.post(path, json=body).json["prefix"] == "10.0.0.0/31"
        both = admin.post(path, json=[body, {**body, "prefix_length": 30}]).json
        assert [one["prefix"] for one in both] == ["10.0.0.2/31", "10.0.0.4/30"]
        assert admin.get(path).json == []
        assert admin.post(path, json=body).status_code == 409

    def test_what_cannot_be_read_is_refused_at_its_field(self, api, prefix):
        admin, path = api("admin"), f"/api/ipam/prefixes/{prefix}"
        for body, field in (({}, "prefix_length"), ({"prefix_length": "x"}, "prefix_length")):
            assert list(admin.post(f"{path}/available-prefixes/", json=body).json) == [field]
        refused = admin.post(f"{path}/available-prefixes/", json={"prefix_length": 30})
        assert refused.json == {"status": ["This field is required."]}
        assert admin.post(f"{path}/available-ips/", json=[{"status": "Active"}, {}]).status_code == 400
        assert admin.get(f"{path}/available-ips/?limit=x").json == {"limit": ["Enter a whole number."]}

    def test_it_takes_the_permissions_to_see_prefixes_and_to_add_what_is_made(self, api, prefix):
        path = f"/api/ipam/prefixes/{prefix}"
        assert api("sam").get(f"{path}/available-ips/").status_code == 403
        assert api("vic").get(f"{path}/available-ips/").status_code == 200
        for name in ("available-ips", "available-prefixes"):
            assert api("vic").post(f"{path}/{name}/", json={"status": "Active"}).status_code == 403
