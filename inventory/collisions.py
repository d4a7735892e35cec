"""What two places cannot share: networks and codes of sites, addresses within, circuit numbers.

A line that was copied and not changed everywhere collides here. Works on located data, so that
one wrong field hides no other mistake. What is retired is past and collides with nothing; what is
planned may take the place of what is active, so each is compared with its own kind only.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inventory.fill import Network
from inventory.located import Map, Seq
from inventory.problems import Problems, Spot, quoted
from inventory.profiles import maps_of

ROUTERS = ("cpe", "ont", "switch", "access_point", "server_storage")
"""Kinds of devices that may be the gateway of a link."""
INTERNET = ("ftth", "cellular")
"""Behind these lines the carrier's router translates addresses."""
_ADDRESSED = ("devices", "machines", "conference_points")


@dataclass(frozen=True, slots=True)
class _Declared:
    """A network where it was written; `order` counts through the files."""

    network: Network
    site: str
    spot: Spot
    written: str
    order: int


def check_collisions(sites: Iterable[Map], problems: Problems) -> None:
    """Report what two sites, two items of a site or two links share and cannot."""
    present = [site for site in sites if site.get("lifecycle") != "retired"]
    for planned in (False, True):
        _check_networks([one for one in present if _is_planned(one) is planned], problems)
    for site in present:
        _check_addresses(site, problems)
    _check_circuits(present, problems)
    _check_codes(present, problems)


def _is_planned(item: Map) -> bool:
    return item.get("lifecycle") == "planned"


def _check_networks(sites: Iterable[Map], problems: Problems) -> None:
    """Report each network that overlaps one of another site before it.

    1. Sort by first address, the wider network first: two networks are apart, or one holds the
       other, so the open ones form a stack.
    2. Of each pair of different sites report the one written later, once, at its own place.
    """
    found = sorted(_declared(sites), key=lambda one: _position(one.network))
    first_of: dict[int, tuple[_Declared, _Declared]] = {}
    around: list[_Declared] = []
    for one in found:
        while around and not _holds(around[-1].network, one.network):
            around.pop()
        for other in around:
            if other.site != one.site:
                earlier, later = sorted((one, other), key=lambda each: each.order)
                known = first_of.get(later.order)
                if known is None or earlier.order < known[1].order:
                    first_of[later.order] = (later, earlier)
        around.append(one)
    for later, earlier in first_of.values():
        place = earlier.spot.place
        hint = f"site {earlier.site} has {earlier.written}, first in {place.file}:{place.line}"
        expected = "a network that no other site has"
        problems.add(later.spot, expected, quoted(later.written), hint)


def _declared(sites: Iterable[Map]) -> Iterator[_Declared]:
    order = 0
    for site in sites:
        networks = site.get("networks")
        if not isinstance(networks, Seq):
            continue
        translated = _is_translated(site)
        for index, text in enumerate(networks):
            network = _network(text)
            if network is None or (translated and _is_local(network)):
                continue
            order += 1
            spot = networks.item_spot(index)
            yield _Declared(network, str(site.get("id")), spot, str(text), order)


def _is_translated(site: Map) -> bool:
    """Return whether all lines of a site lead to the Internet, so that nobody sees its addresses.

    Every household router begins with 192.168.1.0/24.
    """
    links = [link for link in maps_of(site, "links") if link.get("lifecycle") != "retired"]
    return bool(links) and all(link.get("technology") in INTERNET for link in links)


_LOCAL = tuple(
    ipaddress.IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
"""RFC 1918."""


def _is_local(network: Network) -> bool:
    return isinstance(network, ipaddress.IPv4Network) and any(map(network.subnet_of, _LOCAL))


def _network(text: object) -> Network | None:
    try:
        return ipaddress.ip_network(text) if isinstance(text, str) else None
    except ValueError:
        return None  # Reported by `inventory.addresses`.


def _position(network: Network) -> tuple[int, int, int]:
    return network.version, int(network.network_address), network.prefixlen


def _holds(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and inner.network_address in outer


def _check_addresses(site: Map, problems: Problems) -> None:
    """Report addresses that two items of a site share; a gateway may be a router's or a machine's.

    A software conference point answers at the address of its machine.
    """
    seen: dict[tuple[bool, object], Map] = {}
    machines = {
        machine["id"]: _address(machine.get("address"))
        for machine in maps_of(site, "machines")
        if isinstance(machine.get("id"), str)
    }
    others: dict[tuple[bool, object], Map] = {}
    for name in _ADDRESSED:
        for item in maps_of(site, name):
            address = _address(item.get("address"))
            if address is None or item.get("lifecycle") == "retired":
                continue
            machine = item.get("machine") if item.get("kind") == "software" else None
            if isinstance(machine, str) and machines.get(machine) == address:
                continue
            known = seen.setdefault((_is_planned(item), address), item)
            if known is not item:
                _report(item, known, "address", "each address once in a site", problems)
            if name != "machines" and item.get("kind") not in ROUTERS:
                others.setdefault((_is_planned(item), address), item)
    for link in maps_of(site, "links"):
        address = _address(link.get("gateway"))
        other = others.get((_is_planned(link), address))
        if address is None or other is None or link.get("lifecycle") == "retired":
            continue
        first = other.value_spot("address").place
        hint = f"{other.get('id')} has it, in {first.file}:{first.line}"
        got = quoted(link.written("gateway") or str(link["gateway"]))
        problems.add(link.value_spot("gateway"), "the address of a router", got, hint)


def _address(text: object) -> object:
    """Return an address that compares equal however it was written; None for none."""
    try:
        return ipaddress.ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return None  # Reported by `inventory.addresses`.


def _check_circuits(sites: Iterable[Map], problems: Problems) -> None:
    """Report links with the same number of the same carrier: a fault would be reported wrongly."""
    seen: dict[tuple[bool, str, str], Map] = {}
    for site in sites:
        for link in maps_of(site, "links"):
            carrier, circuit = link.get("carrier"), link.get("circuit")
            if not isinstance(carrier, str) or not isinstance(circuit, str):
                continue
            if link.get("lifecycle") == "retired":
                continue
            key = (_is_planned(site) or _is_planned(link), carrier, circuit.strip().casefold())
            known = seen.setdefault(key, link)
            if known is not link:
                _report(link, known, "circuit", "each circuit of a carrier once", problems)


def _check_codes(sites: Iterable[Map], problems: Problems) -> None:
    """Report short codes that two sites share, or that are another site's id: a PC would go astray.

    A person types them, so capital letters make no difference.
    """
    present = list(sites)
    ids = {one["id"].casefold(): one for one in present if isinstance(one.get("id"), str)}
    seen: dict[str, Map] = {}
    for site in present:
        code = site.get("code")
        if not isinstance(code, str):
            continue
        other = ids.get(code.casefold(), site)
        if other is not site:
            spot = site.value_spot("code")
            problems.add(spot, "a code that is no other site's id", quoted(code))
            continue
        known = seen.setdefault(code.casefold(), site)
        if known is not site:
            _report(site, known, "code", "each code once", problems)


def _report(item: Map, known: Map, field: str, expected: str, problems: Problems) -> None:
    """Report the later of two values; one of a site rather than one of its profile."""
    if item.value_spot(field).path.startswith("profiles."):
        item, known = known, item
    first = known.value_spot(field).place
    hint = f"first in {first.file}:{first.line}"
    got = quoted(item.written(field) or str(item[field]))
    problems.add(item.value_spot(field), expected, f"{got} again", hint)
