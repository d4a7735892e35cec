"""Where does a machine stand that enrols? By the network it comes from, by the code typed there.

Pure; made once per inventory.
"""

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from inventory.model import Inventory, Lifecycle, Site

Network = IPv4Network | IPv6Network

_CLOSED = (Lifecycle.EXEMPT, Lifecycle.RETIRED)


class Siting:
    """Sites of one inventory by network and by code; exempt and retired ones have neither."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        open_sites = [one for one in inventory.sites.values() if one.lifecycle not in _CLOSED]
        self._networks: defaultdict[tuple[int, int], defaultdict[int, set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )
        """By version and the number of bits behind a network: its own bits -> ids of sites."""
        for one in open_sites:
            for network in _networks(one):
                behind = network.max_prefixlen - network.prefixlen
                own = int(network.network_address) >> behind
                self._networks[network.version, behind][own].add(one.id)
        self._codes = {one.id.casefold(): one.id for one in open_sites}
        self._codes |= {one.code.casefold(): one.id for one in open_sites if one.code is not None}

    def by_address(self, host: str) -> str | None:
        """Return the one site in whose networks an address lies; None if none or several have."""
        address = _address(host)
        if address is None:
            return None
        bits = int(address)
        found: set[str] = set()
        # Thousands may wait: a look into each network for each of them would take seconds.
        for (version, behind), sites in self._networks.items():
            if version == address.version:
                found |= sites.get(bits >> behind, set())
        return found.pop() if len(found) == 1 else None

    def by_code(self, code: str) -> str | None:
        """Return the site that a person means, however the code is written."""
        return self._codes.get(code.strip().casefold())


def lies_in(host: str, network: Network) -> bool:
    """Whether an address is of a network; what is no address is of none."""
    address = _address(host)
    return address is not None and address in network


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _networks(site: Site) -> Iterator[Network]:
    for text in site.networks:
        yield ip_network(text)


def known_site(siting: Siting, proposed: str | None, host: str) -> str | None:
    """Return where a pending agent stands by code and network; None if they contradict."""
    sites = {proposed, siting.by_address(host)} - {None}
    return sites.pop() if len(sites) == 1 else None
