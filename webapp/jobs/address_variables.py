"""Variables that are addresses and networks."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Any, ClassVar

from webapp.jobs import addresses
from webapp.jobs.plain import text_of
from webapp.jobs.variable import Variable

NO_ADDRESS = "Please specify a valid IPv4 or IPv6 address."
NO_MASK = "CIDR mask (e.g. /24) is required."
LONGEST_PREFIX = 128


class _AddressVar(Variable):
    """What the variables below share: their values are texts with a meaning."""

    def dump(self, value: Any) -> Any:
        """value as text."""
        return str(value) if isinstance(value, self.own_types) else value

    def load(self, stored: Any) -> Any:
        """What dump() was given."""
        return None if stored is None else self._meant(stored)

    def _read(self, raw: object) -> Any:
        text = str(raw) if isinstance(raw, self.own_types) else raw.strip() if isinstance(raw, str) else raw
        return None if text is None or text == "" else self._meant(text)

    def _meant(self, text: object) -> Any:
        """What text means, if it is one.

        :raises ValueError: it means nothing.
        """
        raise NotImplementedError


class IPAddressVar(_AddressVar):
    """An address without a mask."""

    kind = "IPAddressVar"
    own_types = (IPv4Address, IPv6Address)

    def _meant(self, text: object) -> addresses.Address:
        try:
            if isinstance(text, str):
                return addresses.address(text)
        except ValueError:
            pass
        raise ValueError(f"Invalid IPv4/IPv6 address format: {text_of(text)[:100]}")


class IPAddressWithMaskVar(_AddressVar):
    """An address with the mask of its network."""

    kind = "IPAddressWithMaskVar"
    own_types: ClassVar[tuple[type, ...]] = (IPv4Interface, IPv6Interface)

    def _meant(self, text: object) -> addresses.Interface:
        if isinstance(text, str) and "/" not in text:
            raise ValueError(NO_MASK)
        try:
            if isinstance(text, str):
                return addresses.interface(text)
        except ValueError:
            pass
        raise ValueError(NO_ADDRESS)


class IPNetworkVar(IPAddressWithMaskVar):
    """A network, with a prefix of a length from min_prefix_length to max_prefix_length."""

    kind = "IPNetworkVar"
    options: ClassVar[Mapping[str, type]] = {"min_prefix_length": int, "max_prefix_length": int}
    own_types = (IPv4Network, IPv6Network)

    def __init__(
        self, *, min_prefix_length: int | None = None, max_prefix_length: int | None = None, **common: Any
    ) -> None:
        super().__init__(**common)
        self.min_prefix_length = min_prefix_length
        self.max_prefix_length = max_prefix_length

    def _meant(self, text: object) -> Any:
        found = super()._meant(text)
        if found.ip != found.cidr.ip:
            raise ValueError(f"{found} is not a valid prefix. Did you mean {found.cidr}?")
        return found.cidr

    def _checked(self, value: addresses.Network) -> addresses.Network:
        if self.min_prefix_length is not None and value.prefixlen < self.min_prefix_length:
            raise ValueError(f"The prefix length must be greater than or equal to {self.min_prefix_length}.")
        if self.max_prefix_length is not None and value.prefixlen > self.max_prefix_length:
            raise ValueError(f"The prefix length must be less than or equal to {self.max_prefix_length}.")
        return value

    def _check_options(self) -> None:
        super()._check_options()
        self._check_counts("min_prefix_length", "max_prefix_length", most=LONGEST_PREFIX)
        self._check_range("prefix_length")
