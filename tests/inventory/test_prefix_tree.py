"""What contains what follows by itself: prefixes and addresses have the smallest prefix around them as their parent."""

from __future__ import annotations

import ipaddress
import random

import pytest
import sqlalchemy as sa

from webapp.db import db, transaction
from webapp.errors import InvalidInputs
from webapp.inventory import IPAddress, Prefix, Status, addresses


def status():
    return db.session.scalars(sa.select(Status).order_by(Status.name)).first()


def add(*texts, **values):
    """The rows of these prefixes and addresses, written by one flush in this order."""
    with transaction() as session:
        common = {"status": status(), **values}
        rows = [
            IPAddress(address=text.removeprefix("@"), **common) if text[0] == "@" else Prefix(prefix=text, **common)
            for text in texts
        ]
        session.add_all(rows)
    return rows


def tree():
    """The parent of each prefix and address, by their texts; as the database says."""
    db.session.rollback()
    names = dict(db.session.execute(sa.select(Prefix.id, Prefix.prefix)).all())
    prefixes = db.session.execute(sa.select(Prefix.prefix, Prefix.parent_id))
    found = db.session.execute(sa.select(IPAddress.address, IPAddress.parent_id))
    return {text: names.get(parent) for text, parent in (*prefixes, *found)}


def smallest_around():
    """The same, found with the standard library."""
    networks = [ipaddress.ip_network(text) for text in db.session.scalars(sa.select(Prefix.prefix))]
    hosts = db.session.scalars(sa.select(IPAddress.address)).all()

    def parent(this):
        around = [each for each in networks if each.version == this.version and each != this and this.subnet_of(each)]
        return str(max(around, key=lambda each: each.prefixlen)) if around else None

    found = {str(network): parent(network) for network in networks}
    for text in hosts:
        host = ipaddress.ip_interface(text).ip
        around = [each for each in networks if host in each]
        found[text] = str(max(around, key=lambda each: each.prefixlen)) if around else None
    return found


def test_prefixes_and_addresses_find_their_parents_whatever_the_order_in_which_they_come(app):
    add("@10.1.2.3/24", "10.1.0.0/16")
    add("10.1.2.0/24", "10.0.0.0/8", "2001:db8::/32", "@10.1.9.9/32", "@2001:db8::1/64", "@192.0.2.1/24")
    assert tree() == {
        "10.0.0.0/8": None,
        "10.1.0.0/16": "10.0.0.0/8",
        "10.1.2.0/24": "10.1.0.0/16",
        "2001:db8::/32": None,
        "10.1.2.3/24": "10.1.2.0/24",
        "10.1.9.9/32": "10.1.0.0/16",
        "2001:db8::1/64": "2001:db8::/32",
        "192.0.2.1/24": None,
    }


def test_a_prefix_that_comes_between_takes_what_it_contains(app):
    add("10.0.0.0/8", "10.1.2.0/24", "10.2.0.0/24", "@10.1.3.1/24", "@10.1.2.1/24")
    add("10.1.0.0/16")
    found = tree()
    assert found["10.1.2.0/24"] == found["10.1.3.1/24"] == "10.1.0.0/16"
    assert found["10.2.0.0/24"] == "10.0.0.0/8"
    assert found["10.1.2.1/24"] == "10.1.2.0/24"


def test_what_a_deleted_prefix_contained_goes_to_the_next_one(app):
    _, middle, *_ = add("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "@10.1.3.1/24", "@10.1.2.1/24")
    with transaction() as session:
        session.delete(session.merge(middle))
    found = tree()
    assert found["10.1.2.0/24"] == found["10.1.3.1/24"] == "10.0.0.0/8"
    with transaction() as session:
        for row in session.scalars(sa.select(Prefix)).all():
            session.delete(row)
    assert tree() == {"10.1.3.1/24": None, "10.1.2.1/24": None}


def test_a_prefix_that_becomes_another_leaves_its_old_contents_and_takes_new_ones(app):
    _, moved, *_ = add("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "@10.1.3.1/24", "10.2.2.0/24", "@10.2.3.1/24")
    with transaction() as session:
        session.get(Prefix, moved.id).prefix = "10.2.0.0/16"
    assert tree() == smallest_around()
    assert tree()["10.2.3.1/24"] == "10.2.0.0/16"
    assert tree()["10.1.3.1/24"] == "10.0.0.0/8"


def test_an_address_that_becomes_another_finds_its_new_parent(app):
    [_, _, address] = add("10.1.0.0/16", "10.2.0.0/16", "@10.1.3.1/24")
    with transaction() as session:
        session.get(IPAddress, address.id).address = "10.2.3.1/24"
    assert tree()["10.2.3.1/24"] == "10.2.0.0/16"


def test_rows_that_somebody_has_read_say_what_their_parent_is_by_now(app):
    add("10.0.0.0/8", "@10.1.2.3/24")
    with transaction() as session:
        [address] = session.scalars(sa.select(IPAddress)).all()
        assert str(address.parent) == "10.0.0.0/8"
        middle = Prefix(prefix="10.1.0.0/16", status=status())
        session.add(middle)
        session.flush()
        assert address.parent is middle
        session.delete(middle)
        session.flush()
        assert str(address.parent) == "10.0.0.0/8"


def test_an_address_keeps_the_parent_that_is_named_and_lies_outside_of_it_only_if_allowed(app):
    big, small = add("10.0.0.0/8", "10.1.0.0/16")
    with transaction() as session:
        session.add(IPAddress(address="10.1.2.3/24", parent=session.get(Prefix, big.id), status=status()))
    assert tree()["10.1.2.3/24"] == "10.0.0.0/8"
    with pytest.raises(InvalidInputs) as refusal:
        add("@10.9.9.9/24", parent_id=small.id)
    sentence = "10.9.9.9/24 lies outside of 10.1.0.0/16. Choose another parent, or allow it."
    assert refusal.value.errors == {"parent": [sentence]}
    add("@10.9.9.9/24", parent_id=small.id, outside_allowed=True)
    add("10.9.0.0/16")
    assert tree()["10.9.9.9/24"] == "10.1.0.0/16"
    with pytest.raises(InvalidInputs, match="lies outside"), transaction() as session:
        session.scalars(sa.select(IPAddress).where(IPAddress.address == "10.9.9.9/24")).one().outside_allowed = False
    with transaction() as session:
        session.delete(session.get(Prefix, small.id))
    assert tree()["10.9.9.9/24"] is None


def test_any_history_of_prefixes_and_addresses_leaves_the_tree_and_the_gaps_that_they_make(app):
    """What the standard library says of the same networks, after each of many steps."""
    chance = random.Random(4182)
    pools = {4: ipaddress.ip_network("10.0.0.0/24"), 6: ipaddress.ip_network("2001:db8::/120")}
    for _step in range(25):
        with transaction() as session:
            prefixes, hosts = (session.scalars(sa.select(model)).all() for model in (Prefix, IPAddress))
            known = {row.prefix for row in prefixes} | {(row.version, row.host) for row in hosts}
            for _change in range(chance.randint(1, 4)):
                pool = pools[chance.choice((4, 6))]
                number = int(pool[0]) + chance.randrange(256)
                length = pool.max_prefixlen - chance.randrange(9)
                network = ipaddress.ip_network((type(pool[0])(number), length), strict=False)
                act = chance.random()
                if act < 0.4 and str(network) not in known:
                    known.add(str(network))
                    session.add(Prefix(prefix=str(network), status=status()))
                elif act < 0.7 and (pool.version, number) not in known:
                    known.add((pool.version, number))
                    session.add(IPAddress(address=str(type(pool[0])(number)), status=status()))
                elif act < 0.85 and prefixes:
                    gone = chance.choice(prefixes)
                    if gone not in session.deleted:
                        session.delete(gone)
                elif hosts:
                    host = chance.choice(hosts)
                    if host not in session.deleted and (pool.version, number) not in known:
                        known.add((pool.version, number))
                        host.address = str(type(pool[0])(number))
        assert tree() == smallest_around()
        used = set(db.session.execute(sa.select(IPAddress.version, IPAddress.host)))
        for version, host, gap in db.session.execute(sa.select(IPAddress.version, IPAddress.host, IPAddress.gap_after)):
            assert gap == ((version, host + 1) not in used)


def test_what_contains_something_is_told_the_largest_first(app):
    *_, small, address = add("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "@10.1.2.3/24")

    def around(what):
        return [str(prefix) for prefix in addresses.containing(what)]

    assert around("10.1.2.3") == around(address) == ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24"]
    assert around(small) == around("10.1.2.0/24") == ["10.0.0.0/8", "10.1.0.0/16"]
    assert around(ipaddress.ip_network("10.0.0.0/7")) == around("2001:db8::") == []
    with pytest.raises(ValueError):
        around("nonsense")


def test_the_tree_is_read_level_by_level(app):
    top, middle, *_ = add("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.0.0.0/16", "@10.1.2.3/24", "@10.2.0.1/24")
    assert [str(row) for row in db.session.scalars(addresses.children(None))] == ["10.0.0.0/8"]
    assert [str(row) for row in db.session.scalars(addresses.children(top))] == ["10.0.0.0/16", "10.1.0.0/16"]
    assert [str(row) for row in db.session.scalars(addresses.addresses_in(middle))] == ["10.1.2.3/24"]
