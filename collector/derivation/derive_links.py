"""What an agent is told about circuits, and of what is always on at a site. Pure."""

from collections.abc import Iterator

from collector.derivation.timing import deadline, spacing
from govnet.settings import AlwaysOnSettings, LinkSettings, PathEnd
from inventory.model import Device, DeviceKind, Link, Machine, Site

LINK_PROBES = 10
ALWAYS_ON_PROBES = 3
ALWAYS_ON_TIMEOUT_SECONDS = 4.0
"""Short: when a whole district is cut, hundreds of silent targets are waited for."""
ROUTER_PORTS = (53, 80, 443)
"""Tried at gateways, next hops and far ends that drop ICMP: what routers listen at."""
ITEM_PORTS = (22, 80, 443)
"""Tried at items without given ports that drop ICMP. A port that refuses is a sign of life too."""


def site_links(site: Site, interval_seconds: float) -> Iterator[LinkSettings]:
    """Yield how the site measures its own links.

    The default route leads through the first link in use, so only there may the agent find the
    gateway and the hop beyond it by itself; on another one only given addresses are asked.
    """
    for link in site.links_in_use():
        is_default = link is site.main_link()
        ends = [
            PathEnd(end=end, address=address, tcp_ports=ROUTER_PORTS)
            for end, address in (("gateway", link.gateway), ("next_hop", link.next_hop))
            if address or is_default
        ]
        if link.far_end.address:
            ports = link.far_end.tcp_ports or ROUTER_PORTS
            ends.append(PathEnd(end="far", address=link.far_end.address, tcp_ports=ports))
        if ends:
            yield _link(link, tuple(ends), interval_seconds)


def always_on(site: Site, interval_seconds: float) -> Iterator[AlwaysOnSettings]:
    """Yield how the centre asks everything of a site that is always on."""
    for item in site.always_on():
        yield AlwaysOnSettings(
            target=item.id,
            address=item.address or "",
            tcp_ports=item.tcp_ports or ITEM_PORTS,
            probes=ALWAYS_ON_PROBES,
            spacing_seconds=spacing(ALWAYS_ON_PROBES, interval_seconds),
            interval_seconds=interval_seconds,
            timeout_seconds=deadline(interval_seconds, ALWAYS_ON_TIMEOUT_SECONDS),
        )


def centre_links(site: Site, interval_seconds: float) -> Iterator[LinkSettings]:
    """Yield how the centre measures a site's links: to what is always on there, a router first."""
    target = min(site.always_on(), key=_routers_first, default=None)
    if target is None:
        return
    end = PathEnd(end="site", address=target.address, tcp_ports=target.tcp_ports or ITEM_PORTS)
    for link in site.links_in_use():
        # A packet from the centre takes the circuit in use; the backup would get its credit.
        if not link.backup or link is site.main_link():
            yield _link(link, (end,), interval_seconds)


def _routers_first(item: Device | Machine) -> tuple[bool, str]:
    return not (isinstance(item, Device) and item.kind is DeviceKind.CPE), item.id


def _link(link: Link, ends: tuple[PathEnd, ...], interval_seconds: float) -> LinkSettings:
    return LinkSettings(
        target=link.id,
        ends=ends,
        probes=LINK_PROBES,
        spacing_seconds=spacing(LINK_PROBES, interval_seconds),
        interval_seconds=interval_seconds,
        timeout_seconds=deadline(interval_seconds),
    )
