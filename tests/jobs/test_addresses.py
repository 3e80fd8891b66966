"""What jobs get for addresses: objects of `ipaddress` that answer the names of netaddr as well."""

import copy
import ipaddress
import pickle

import pytest

from webapp.jobs import IPAddressVar, IPAddressWithMaskVar, IPNetworkVar
from webapp.jobs.addresses import address, interface, network


@pytest.mark.parametrize("text", ["192.0.2.7", "2001:db8::7"])
def test_an_address_answers_its_number_and_version(text):
    found, known = address(text), ipaddress.ip_address(text)
    assert (found.value, found.version, str(found)) == (int(known), known.version, text)


@pytest.mark.parametrize(("text", "first"), [("192.0.2.0/24", "192.0.2.0"), ("2001:db8::/32", "2001:db8::")])
def test_a_network_answers_the_names_of_netaddr(text, first):
    found = network(text)
    assert str(found.ip) == str(found.network) == first
    assert (found.cidr, str(found), found.prefixlen) == (found, text, ipaddress.ip_network(text).prefixlen)
    assert (found.value, found.version) == (int(ipaddress.ip_address(first)), found.ip.version)
    assert found.ip in found
    assert found.ip.value == found.value


@pytest.mark.parametrize(
    ("text", "alone", "of"),
    [("192.0.2.7/24", "192.0.2.7", "192.0.2.0/24"), ("2001:db8::7/64", "2001:db8::7", "2001:db8::/64")],
)
def test_an_address_with_its_mask_answers_both(text, alone, of):
    found = interface(text)
    assert (str(found), str(found.ip), str(found.cidr), str(found.network)) == (text, alone, of, of)
    assert (found.prefixlen, found.value) == (found.cidr.prefixlen, int(ipaddress.ip_address(alone)))
    assert found.cidr.value == int(ipaddress.ip_network(of).network_address)
    assert found.ip in found
    assert str(found.network.network) == of.partition("/")[0]


ALL = [(address, "192.0.2.7"), (address, "::1"), (network, "192.0.2.0/24"), (network, "::/0"),
       (interface, "192.0.2.7/24"), (interface, "::1/64")]  # fmt: skip
STANDARD = {address: ipaddress.ip_address, network: ipaddress.ip_network, interface: ipaddress.ip_interface}


@pytest.mark.parametrize(("make", "text"), ALL)
def test_they_are_equal_to_those_of_the_standard_library_and_hash_like_them(make, text):
    ours, theirs = make(text), STANDARD[make](text)
    assert ours == theirs
    assert theirs == ours
    assert hash(ours) == hash(theirs)
    assert isinstance(ours, type(theirs))
    assert not ours < theirs
    assert {theirs: 1}[ours] == 1


@pytest.mark.parametrize(("make", "text"), ALL)
def test_they_can_be_copied_and_pickled(make, text):
    ours = make(text)
    for again in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert (again, type(again), again.value) == (ours, type(ours), ours.value)


def test_networks_are_sorted_and_divided_as_people_expect():
    prefix = IPNetworkVar().parse("192.0.2.0/24")
    halves = list(prefix.subnets())
    assert [str(half.ip) for half in halves] == ["192.0.2.0", "192.0.2.128"]
    assert sorted([halves[1], prefix, halves[0]]) == [prefix, *halves]
    assert prefix.overlaps(halves[1])
    assert ipaddress.ip_address("192.0.2.200") in prefix


def test_variables_give_them_to_jobs():
    assert IPAddressVar().parse("192.0.2.7") + 1 == IPAddressVar().parse("192.0.2.8")
    assert IPAddressWithMaskVar().parse("192.0.2.7/25").cidr == IPNetworkVar().parse("192.0.2.0/25")


@pytest.mark.parametrize("text", ["fe80::1%eth0", "", "x", "1.2.3", "192.0.2.0.0"])
def test_what_is_no_address_is_a_value_error(text):
    for make in (address, network, interface):
        with pytest.raises(ValueError):
            make(text)
