"""What is free in a prefix, over the API: to see it, and to take the first of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Flask, request
from flask.typing import ResponseReturnValue

from webapp.accounts.permissions import visible
from webapp.api import answer, bulk, find, is_list, json_body, json_list
from webapp.api.lists import LARGEST_PAGE, PAGE
from webapp.db import transaction
from webapp.errors import InvalidInputs, NotPossible
from webapp.inventory import kinds, routes
from webapp.inventory.addresses import free_addresses, free_prefixes, next_free_prefix
from webapp.inventory.api import bodies
from webapp.inventory.api.shapes import object_json, objects_json
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import IPAddress, Object, Prefix

Given = Mapping[str, Any]


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """The endpoints of prefixes; no other kind has them."""
    if kind.model is not Prefix:
        return
    for name, see, take, permission in (
        ("available-ips", addresses, take_addresses, "ipam.add_ipaddress"),
        ("available-prefixes", prefixes, take_prefixes, "ipam.add_prefix"),
    ):
        rule = f"<uuid:id>/{name}/"
        routes.add(app, kind, name.replace("-", "_"), rule, see, api=True)
        taking = f"take_{name.replace('-', '_')}"
        routes.add(app, kind, taking, rule, take, methods=["POST"], api=True, permission=permission)


def addresses(_kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """The lowest free addresses of a prefix."""
    prefix = _prefix(id)
    free = free_addresses(prefix, _limit())
    return answer([{"ip_version": prefix.version, "address": str(address)} for address in free])


def prefixes(_kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """The networks that are free in a prefix, each as large as possible."""
    prefix = _prefix(id)
    free = free_prefixes(prefix, _limit())
    return answer([{"ip_version": prefix.version, "prefix": str(network)} for network in free])


def take_addresses(_kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """Make an address of the lowest free one, with what the body says; or several, from a list, all of them or none."""
    wanted = _wanted()
    with transaction():
        prefix = _prefix(id)
        free = free_addresses(prefix, len(wanted))
        if len(free) < len(wanted):
            counts = f"({len(wanted)} requested, {len(free)} available)"
            raise NotPossible(
                f"An insufficient number of IP addresses are available within the prefix {prefix} {counts}"
            )
        found = [{**given, "address": str(address)} for given, address in zip(wanted, free, strict=True)]
        return _made(kinds.of(IPAddress), found)


def take_prefixes(_kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """Make a prefix of the lowest free one of the length that the body asks for; or several, all of them or none."""
    wanted = _wanted()
    with transaction():
        prefix = _prefix(id)
        return _made(kinds.of(Prefix), wanted, lambda given: _with_prefix(prefix, given))


def _with_prefix(prefix: Prefix, given: Given) -> Given:
    """
    :raises InvalidInputs: given names no length that a prefix in prefix can have.
    :raises NotPossible: there is no room.
    """
    length = given.get("prefix_length")
    if "prefix_length" not in given:
        raise InvalidInputs({"prefix_length": ["This field is required."]})
    if isinstance(length, bool) or not isinstance(length, int):
        raise InvalidInputs({"prefix_length": ["Give a whole number."]})
    rest = {name: value for name, value in given.items() if name != "prefix_length"}
    return {**rest, "prefix": str(next_free_prefix(prefix, length))}


def _made(kind: ObjectKind, wanted: Sequence[Given], complete: Any = dict) -> ResponseReturnValue:
    """One object of kind of what complete makes of each of wanted: told as the body was sent, alone or as a list."""

    def one(given: Given) -> Object:
        return bodies.created(kind, complete(given))

    if not is_list():
        return answer(object_json(kind, one(wanted[0])), 201)
    return answer(objects_json(kind, bulk.each(wanted, one)), 201)


def _wanted() -> Sequence[Given]:
    return json_list() if is_list() else [json_body()]


def _prefix(id: UUID) -> Prefix:
    return find(visible(Prefix).where(Prefix.id == id))


def _limit() -> int:
    """
    :raises InvalidInputs: the request asks for something else than a number.
    """
    text = request.args.get("limit", str(PAGE))
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise InvalidInputs({"limit": ["Enter a whole number."]})
    return min(int(text) or LARGEST_PAGE, LARGEST_PAGE)
