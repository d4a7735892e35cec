"""From the inventory and who is enrolled to what every agent is told. Pure, deterministic.

- Every agent measures its machine and, where the building has one, the LAN around it.
- A site's *vantage* also measures the site's links, its conference points, and the services that
  are tested from the sites. Vantages are the enrolled machines so marked in the inventory, or who
  stands in for them (`collector.derivation.vantage`). The others leave the line in peace.
- The centre's vantages (chosen alike among the machines of the province's centre) also ask
  everything that is always on at any site, and measure every site's links from the centre, every
  conference point, and every service.

Equal inputs give equal settings, so their digest changes only when something is to be done
differently. Starts are spread over the interval by the agent's runner.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from collector.derivation.derive_lan import peers_of, resolver_name
from collector.derivation.vantage import Duty, by_site, marked
from collector.wire import AgentIdentity
from govnet.settings import (
    MAX_WORKERS,
    AlwaysOnSettings,
    CheckSettings,
    ConferenceProtocol,
    ConferenceSettings,
    LanSettings,
    LinkSettings,
    MachineSettings,
    PathEnd,
    ServiceSettings,
    Settings,
    digest,
    encode,
    workers_needed,
)
from inventory.model import (
    DEFAULT_PORTS,
    ConferencePoint,
    Device,
    DeviceKind,
    Inventory,
    Lan,
    Lifecycle,
    Link,
    Machine,
    PointKind,
    PointProtocol,
    Service,
    Site,
    Vantages,
)

LINK_PROBES = 10
PROBE_SPACING_SECONDS = 0.2
ALWAYS_ON_PROBES = 3
ALWAYS_ON_TIMEOUT_SECONDS = 4.0
"""Short: when a whole district is cut, hundreds of silent targets are waited for."""
ROUTER_PORTS = (53, 80, 443)
"""Tried at gateways, next hops and far ends that drop ICMP: what routers listen at."""
ITEM_PORTS = (22, 80, 443)
"""Tried at items without given ports that drop ICMP. A port that refuses is a sign of life too."""
MAX_TIMEOUT_SECONDS = 10.0
LEAST_TIMEOUT_SECONDS = 0.001
LEAST_SPACING_SECONDS = 1e-6
"""Rounded down no further: agents refuse settings with a time of 0."""
_HARDWARE_PROTOCOLS = (PointProtocol.SIP_UDP, PointProtocol.H323)


class Derivation:
    """Settings of all agents for one inventory, one set of enrolled agents, and their duties.

    `ca_pem` are the certificates by which agents shall trust the collector, "" without TLS.
    Where `duty` names nobody who is enrolled, the marked vantages measure, or the lowest machine.
    Computed and encoded when first asked for, then kept; `renew` says who replaces its key.
    """

    def __init__(
        self,
        inventory: Inventory,
        enrolled: Iterable[AgentIdentity],
        duty: Duty | None = None,
        ca_pem: str = "",
    ) -> None:
        self._inventory = inventory
        self._ca_pem = ca_pem
        self._by_site = by_site(enrolled)
        self._duty = {
            site: tuple(agent for agent in (duty or {}).get(site, ()) if agent in agents)
            or marked(inventory.sites[site], agents)
            or agents[:1]
            for site, agents in self._by_site.items()
            if site in inventory.sites
        }
        self._resolver_name = resolver_name(inventory)
        self._renew: Mapping[str, str] = {}
        self._encoded: dict[AgentIdentity, tuple[bytes, str]] = {}

    def renew(self, keys: Mapping[str, str]) -> None:
        """Tell exactly these agents to replace that key of theirs; others keep their settings."""
        if keys == self._renew:
            return
        changed = {agent for agent, _ in keys.items() ^ self._renew.items()}
        self._renew = keys
        self._encoded = {
            identity: known
            for identity, known in self._encoded.items()
            if identity.agent not in changed
        }

    def encoded(self, identity: AgentIdentity) -> bytes:
        """Return the agent's settings as they travel."""
        return self._known(identity)[0]

    def digest(self, identity: AgentIdentity) -> str:
        """Return the digest under which the agent's settings are known."""
        return self._known(identity)[1]

    def _known(self, identity: AgentIdentity) -> tuple[bytes, str]:
        found = self._encoded.get(identity)
        if found is None:
            body = encode(self.settings(identity))
            found = self._encoded[identity] = (body, digest(body))
        return found

    def settings(self, identity: AgentIdentity) -> Settings:
        """Return what the agent is told."""
        return Settings(
            agent=identity.agent,
            site=identity.site,
            machine=identity.machine,
            report_interval_seconds=self._inventory.report_interval_seconds,
            ca_pem=self._ca_pem,
            renew_key=self._renew.get(identity.agent, ""),
            send_bytes_per_hour=self._share_of_the_line(identity.site),
            checks=_in_time(tuple(self._checks(identity))),
        )

    def _share_of_the_line(self, site_id: str) -> int | None:
        """Return what an agent of the site may send in an hour: all have the same share."""
        site = self._inventory.sites.get(site_id)
        if site is None or site.report_bytes_per_hour is None:
            return None
        return max(1, site.report_bytes_per_hour // max(1, len(self._by_site.get(site_id, ()))))

    def _checks(self, identity: AgentIdentity) -> Iterator[CheckSettings]:
        inventory = self._inventory
        site = inventory.sites.get(identity.site)
        interval = inventory.report_interval_seconds
        deadline = _deadline(interval)
        yield MachineSettings(
            target=identity.machine, interval_seconds=interval, timeout_seconds=deadline
        )
        if site is None:
            return
        if site.lan is not Lan.NONE:
            yield LanSettings(
                target=identity.machine,
                peers=peers_of(site, identity, self._by_site.get(site.id, ())),
                resolver_name=self._resolver_name,
                interval_seconds=interval,
                timeout_seconds=deadline,
            )
        if identity not in self._duty.get(site.id, ()):
            return
        yield from site_links(site, interval)
        if site.id == inventory.province.centre:
            for other in inventory.sites.values():
                if other.lifecycle is Lifecycle.ACTIVE:
                    yield from always_on(other, interval)
                    yield from centre_links(other, interval)
                    yield from conference_points(other, interval)
        else:
            yield from conference_points(site, interval)
        for service in inventory.services.values():
            here = site.id == inventory.province.centre or service.vantages is Vantages.SITES
            if here and service.lifecycle is Lifecycle.ACTIVE:
                yield _service(service)


def _in_time(checks: tuple[CheckSettings, ...]) -> tuple[CheckSettings, ...]:
    """Shorten the time of all checks alike where the agent's threads would not suffice for them.

    So a round of checks that all end in silence fits into an interval, however many there are.
    """
    share = MAX_WORKERS / max(workers_needed(checks), MAX_WORKERS)
    return checks if share == 1 else tuple(_shortened(check, share) for check in checks)


def _shortened(check: CheckSettings, share: float) -> CheckSettings:
    timeout_seconds = math.floor(check.timeout_seconds * share * 1000) / 1000
    timeout_seconds = max(timeout_seconds, LEAST_TIMEOUT_SECONDS)
    if isinstance(check, LinkSettings | AlwaysOnSettings):
        spacing_seconds = max(round(check.spacing_seconds * share, 6), LEAST_SPACING_SECONDS)
        return replace(check, timeout_seconds=timeout_seconds, spacing_seconds=spacing_seconds)
    return replace(check, timeout_seconds=timeout_seconds)


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
            spacing_seconds=_spacing(ALWAYS_ON_PROBES, interval_seconds),
            interval_seconds=interval_seconds,
            timeout_seconds=min(ALWAYS_ON_TIMEOUT_SECONDS, _deadline(interval_seconds)),
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


def conference_points(site: Site, interval_seconds: float) -> Iterator[ConferenceSettings]:
    """Yield how the site's conference points are asked."""
    for point in site.conference_points:
        address = _point_address(site, point)
        protocols = _protocols(point)
        if point.lifecycle is Lifecycle.ACTIVE and address and protocols:
            yield ConferenceSettings(
                target=point.id,
                address=address,
                protocols=protocols,
                interval_seconds=interval_seconds,
                timeout_seconds=_deadline(interval_seconds),
            )


def _point_address(site: Site, point: ConferencePoint) -> str | None:
    """Return a point's own address, or that of the machine on which a software point runs."""
    if point.address is not None or point.machine is None:
        return point.address
    return next((item.address for item in site.machines if item.id == point.machine), None)


def _protocols(point: ConferencePoint) -> tuple[ConferenceProtocol, ...]:
    """Return how to ask a point; hardware of which nothing is said is asked by SIP and H.323."""
    named = point.protocols
    if not named and point.kind is not PointKind.SOFTWARE:
        named = _HARDWARE_PROTOCOLS
    return tuple(
        ConferenceProtocol(
            name=protocol.value, port=point.ports.get(protocol, DEFAULT_PORTS[protocol])
        )
        for protocol in named
    )


def _service(service: Service) -> ServiceSettings:
    return ServiceSettings(
        target=service.id,
        url=service.url,
        address=service.address,
        expect_status=service.expect_status,
        expect_content=service.expect_content,
        verify_certificate=service.verify_certificate,
        interval_seconds=service.interval_seconds,
        timeout_seconds=_deadline(service.interval_seconds),
    )


def _link(link: Link, ends: tuple[PathEnd, ...], interval_seconds: float) -> LinkSettings:
    return LinkSettings(
        target=link.id,
        ends=ends,
        probes=LINK_PROBES,
        spacing_seconds=_spacing(LINK_PROBES, interval_seconds),
        interval_seconds=interval_seconds,
        timeout_seconds=_deadline(interval_seconds),
    )


def _spacing(probes: int, interval_seconds: float) -> float:
    """Return the time between probes: all together take a quarter of the interval at most."""
    spacing_seconds = round(min(PROBE_SPACING_SECONDS, interval_seconds / (4 * probes)), 6)
    return max(spacing_seconds, LEAST_SPACING_SECONDS)


def _deadline(interval_seconds: float) -> float:
    """Return the deadline of a check: a run ends before the next one starts."""
    return max(round(min(MAX_TIMEOUT_SECONDS, interval_seconds), 3), LEAST_TIMEOUT_SECONDS)
