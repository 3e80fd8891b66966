"""Addresses and networks as `ipaddress` has them, which also answer the names that jobs know from netaddr.

Only where both say the same name, `network` of an address with its mask, is it the network that `ipaddress` means; the
network's own `network` is its first address, as in netaddr.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network


class Address4(IPv4Address):
    """An address of version 4; value is its number."""

    @property
    def value(self) -> int:
        return int(self)


class Address6(IPv6Address):
    """An address of version 6; value is its number."""

    @property
    def value(self) -> int:
        return int(self)


class Network4(IPv4Network):
    """A network of version 4; ip and network are its first address, and value the number of that."""

    @property
    def ip(self) -> Address4:
        return Address4(int(self.network_address))

    @property
    def network(self) -> Address4:
        return self.ip

    @property
    def cidr(self) -> Network4:
        return self

    @property
    def value(self) -> int:
        return int(self.network_address)


class Network6(IPv6Network):
    """A network of version 6; ip and network are its first address, and value the number of that."""

    @property
    def ip(self) -> Address6:
        return Address6(int(self.network_address))

    @property
    def network(self) -> Address6:
        return self.ip

    @property
    def cidr(self) -> Network6:
        return self

    @property
    def value(self) -> int:
        return int(self.network_address)


class Interface4(IPv4Interface):
    """An address of version 4 with its mask; network and cidr are its network, ip and value the address alone."""

    network: Network4

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.network = Network4(str(self.network))

    @property
    def ip(self) -> Address4:
        return Address4(int(self))

    @property
    def cidr(self) -> Network4:
        return self.network

    @property
    def prefixlen(self) -> int:
        return self.network.prefixlen

    @property
    def value(self) -> int:
        return int(self)

    def __contains__(self, address: object) -> bool:
        return address in self.network


class Interface6(IPv6Interface):
    """An address of version 6 with its mask; network and cidr are its network, ip and value the address alone."""

    network: Network6

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.network = Network6(str(self.network))

    @property
    def ip(self) -> Address6:
        return Address6(int(self))

    @property
    def cidr(self) -> Network6:
        return self.network

    @property
    def prefixlen(self) -> int:
        return self.network.prefixlen

    @property
    def value(self) -> int:
        return int(self)

    def __contains__(self, address: object) -> bool:
        return address in self.network


Address = Address4 | Address6
Network = Network4 | Network6
Interface = Interface4 | Interface6


def address(text: str) -> Address:
    """
    :raises ValueError: text is no address.
    """
    return Address6(_unscoped(text)) if ":" in text else Address4(text)


def network(text: str) -> Network:
    """
    :raises ValueError: text is no network, or has bits of a host in it.
    """
    return Network6(_unscoped(text)) if ":" in text else Network4(text)


def interface(text: str) -> Interface:
    """
    :raises ValueError: text is no address, or its mask none.
    """
    return Interface6(_unscoped(text)) if ":" in text else Interface4(text)


def _unscoped(text: str) -> str:
    """text, unless it names an interface of some machine, as in fe80::1%eth0: that means nothing elsewhere."""
    if "%" in text:
        raise ValueError(f"{text} names an interface")
    return text
