"""What an agent is told about the LAN around it: whom to look for, which name to ask for. Pure."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from collector.wire import AgentIdentity
from govnet.settings import Peer
from inventory.model import DeviceKind, Inventory, Lifecycle, ServiceKind, Site

PEERS = 3
"""Machines or devices of the same office that each agent looks for."""
_PEER_KINDS = (DeviceKind.SWITCH, DeviceKind.ACCESS_POINT, DeviceKind.PRINTER)
"""Devices that answer for the LAN, the steadiest first. A router may stand for the line as well."""


def peers_of(
    site: Site, identity: AgentIdentity, enrolled: Iterable[AgentIdentity]
) -> tuple[Peer, ...]:
    """Return what an agent looks for in its office, at most `PEERS`.

    1. The next machines in the ring of the office, so that every machine is looked for by others;
       those with an agent come first, because they are known to exist.
    2. Switches, access points and printers. Never a gateway of the site's links: it answers while
       the rest of the LAN is dead.

    Only what has a declared address can be looked for.
    """
    peers = (*_machines(site, identity, enrolled), *_devices(site))
    return peers[:PEERS]


def _machines(
    site: Site, identity: AgentIdentity, enrolled: Iterable[AgentIdentity]
) -> Iterator[Peer]:
    with_agent = {agent.machine for agent in enrolled}
    own = identity.machine
    others = [one for one in site.active_machines() if one.id != own]
    for machine in sorted(others, key=lambda one: (one.id not in with_agent, one.id < own, one.id)):
        if machine.address:
            yield Peer(id=machine.id, address=machine.address)


def _devices(site: Site) -> Iterator[Peer]:
    gateways = {link.gateway for link in site.links}
    fitting = [
        device
        for device in site.devices
        if device.kind in _PEER_KINDS and device.lifecycle is Lifecycle.ACTIVE
    ]
    for device in sorted(fitting, key=lambda one: (_PEER_KINDS.index(one.kind), one.id)):
        if device.address and device.address not in gateways:
            yield Peer(id=device.id, address=device.address)


def resolver_name(inventory: Inventory) -> str | None:
    """Return the name that every office's name servers are asked for.

    The province's own choice; else the name that its first `dns://` service asks for; else the
    host of its first public-service portal. None if the inventory knows no such name.
    """
    if inventory.province.resolver_name is not None:
        return inventory.province.resolver_name
    active = [one for one in inventory.services.values() if one.lifecycle is Lifecycle.ACTIVE]
    urls = [(one, urlsplit(one.url)) for one in active]
    asked = [url.path.strip("/") for _, url in urls if url.scheme == "dns"]
    portals = [url.hostname for one, url in urls if one.kind is ServiceKind.SERVICE_PORTAL]
    return next((name for name in (*asked, *portals) if name and not _is_address(name)), None)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
