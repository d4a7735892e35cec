"""The site of an address: the one whose network it lies in, whatever networks there are."""

from ipaddress import ip_address, ip_network

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from collector.siting import Siting
from inventory.model import Inventory

HOSTS = ("198.18.1.7", "198.18.1.200", "198.18.9.1", "::ffff:198.18.1.7", "2001:db8::7", "x", "")
NETWORKS = ("0.0.0.0/0", "198.18.0.0/15", "198.18.1.0/24", "198.18.1.0/25", "198.18.1.7/32", "::/0")


def lies(host: str, network: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address in ip_network(network)


@given(
    st.lists(st.lists(st.sampled_from(NETWORKS), unique=True, max_size=3), min_size=1, max_size=4)
)
def test_an_address_is_of_the_one_site_whose_network_it_lies_in(
    small_province: Inventory, networks: list[list[str]]
):
    given_to = dict(zip(small_province.sites, networks, strict=False))
    sites = {
        one.id: msgspec.structs.replace(one, networks=tuple(given_to[one.id]))
        for one in small_province.sites.values()
        if one.id in given_to
    }
    siting = Siting(msgspec.structs.replace(small_province, sites=sites))

    for host in HOSTS:
        having = [one for one, own in given_to.items() if any(lies(host, each) for each in own)]
        assert siting.by_address(host) == (having[0] if len(having) == 1 else None)
