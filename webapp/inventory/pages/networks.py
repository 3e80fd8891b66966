"""A prefix from the inside: how full it is, and what lies in it, with the free ranges between."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask, request
from sqlalchemy.orm import joinedload

from webapp.accounts.models import User
from webapp.accounts.permissions import may, visible
from webapp.db import db
from webapp.inventory import kinds, routes
from webapp.inventory.addresses import usable, utilisation
from webapp.inventory.models import IPAddress, Prefix
from webapp.inventory.pages import beside

MOST = 50
AFTER = "after"
"""In the address: the number behind which to go on."""
LARGEST = 2**128
WORDY = 2**32
"""From so many addresses on, only their order is said."""
CONTAINER = "container"


@dataclass(frozen=True)
class Line:
    """A prefix or an address in another prefix; without a row, a range that nothing has."""

    first: int
    last: int
    row: Prefix | IPAddress | None = None
    words: str = ""
    add: str | None = None
    """Where one is made in a free range, for who may."""

    @property
    def size(self) -> str:
        return amount(self.last - self.first + 1)


def init_app(app: Flask) -> None:
    """Show it on the pages of prefixes."""
    covers = frozenset({("ipam.prefix", "parent"), ("ipam.ipaddress", "parent")})
    beside.add(app, beside.Part("ipam.prefix", "inventory/beside/utilisation.html", _utilisation, side=True))
    beside.add(app, beside.Part("ipam.prefix", "inventory/beside/inside.html", _inside, covers=covers))


def amount(number: int) -> str:
    """A number of addresses, for people."""
    return f"{number:,}" if number < WORDY else f"about 2^{number.bit_length() - 1}"


def _utilisation(prefix: Prefix, user: User) -> Mapping[str, Any] | None:
    if not may(user, "ipam.view_ipaddress"):
        return None
    found = utilisation(prefix)
    return {"percent": found.percent, "used": amount(found.used), "size": amount(found.size)}


def _inside(prefix: Prefix, user: User) -> Mapping[str, Any]:
    begin = _cursor(prefix)
    rows = sorted([*_prefixes(prefix, begin, user), *_addresses(prefix, begin, user)], key=lambda line: line.first)
    page, more = rows[:MOST], len(rows) > MOST
    end = page[-1].last if more else None
    return {
        "lines": list(_with_gaps(prefix, begin, page, end, user)),
        "more": f"{routes.url(kinds.of(Prefix), 'show', id=prefix.id, after=end)}#inside" if more else None,
        "first": begin == prefix.first,
    }


def _cursor(prefix: Prefix) -> int:
    """Where the page begins."""
    text = request.args.get(AFTER, "")
    number = int(text) + 1 if text.isdecimal() and len(text) <= len(str(LARGEST)) else prefix.first
    return number if prefix.first <= number <= prefix.last else prefix.first


def _prefixes(prefix: Prefix, begin: int, user: User) -> list[Line]:
    query = visible(Prefix, user).where(Prefix.parent_id == prefix.id, Prefix.first >= begin)
    query = query.options(joinedload(Prefix.status), joinedload(Prefix.role)).order_by(Prefix.first)
    return [Line(row.first, row.last, row) for row in db.session.scalars(query.limit(MOST + 1))]


def _addresses(prefix: Prefix, begin: int, user: User) -> list[Line]:
    here = sa.and_(IPAddress.parent_id == prefix.id, IPAddress.host.between(begin, prefix.last))
    query = visible(IPAddress, user).where(here, IPAddress.version == prefix.version)
    query = query.options(joinedload(IPAddress.status), joinedload(IPAddress.role)).order_by(IPAddress.host)
    return [Line(row.host, row.host, row) for row in db.session.scalars(query.limit(MOST + 1))]


def _with_gaps(prefix: Prefix, begin: int, lines: Sequence[Line], end: int | None, user: User) -> Iterator[Line]:
    """lines and the free ranges around them, up to end or to the end of prefix."""
    first, last = (prefix.first, prefix.last) if prefix.type == CONTAINER else usable(prefix)
    at = max(begin, first)
    for line in lines:
        if line.first > at:
            yield _gap(prefix, at, line.first - 1, user)
        yield line
        at = max(at, line.last + 1)
    if end is None and at <= last:
        yield _gap(prefix, at, last, user)


def _gap(prefix: Prefix, first: int, last: int, user: User) -> Line:
    kind = ipaddress.IPv4Address if prefix.version == 4 else ipaddress.IPv6Address
    begin, end = kind(first), kind(last)
    words = str(begin) if first == last else f"{begin} – {end}"
    return Line(first, last, None, words, _add(prefix, begin, end, user))


def _add(prefix: Prefix, begin: Any, end: Any, user: User) -> str | None:
    """The form for the largest network that begins in a free range, or for its first address."""
    model, name = (Prefix, "prefix") if prefix.type == CONTAINER else (IPAddress, "address")
    kind = kinds.of(model)
    if not may(user, kind.permission("add")):
        return None
    network = next(ipaddress.summarize_address_range(begin, end))
    text = str(network) if model is Prefix else f"{begin}/{prefix.length}"
    filled: dict[str, Any] = {name: text}
    return routes.url(kind, "new", **filled)
