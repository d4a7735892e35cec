"""What an agent is told about conference points, services and registrars. Pure."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from collector.derivation.credentials import Credentials
from collector.derivation.timing import deadline
from govnet.settings import (
    ConferenceProtocol,
    ConferenceSettings,
    Endpoint,
    RegistrarSettings,
    ServiceSettings,
    SnmpAccess,
)
from inventory.model import (
    DEFAULT_PORTS,
    ConferencePoint,
    Inventory,
    Lifecycle,
    PointKind,
    PointProtocol,
    Service,
    Site,
)

HTTPS_PORT = 443
REGISTRAR_TIMEOUT_SECONDS = 20.0
"""It lists the registrations of a whole province."""
_HARDWARE_PROTOCOLS = (PointProtocol.SIP_UDP, PointProtocol.H323)
_WITH_LOGIN = (PointProtocol.CISCO_XAPI, PointProtocol.POLY_REST)


def conference_points(
    site: Site, interval_seconds: float, credentials: Credentials
) -> Iterator[ConferenceSettings]:
    """Yield how the site's conference points are asked.

    What needs credentials that nobody has is not asked.
    """
    for point in site.conference_points:
        address = point_address(site, point)
        access, login = credentials.access(point.snmp), credentials.login(point.login)
        protocols = tuple(
            _protocol(point, protocol, access)
            for protocol in protocols_of(point)
            if (protocol is not PointProtocol.SNMP or access is not None)
            and (protocol not in _WITH_LOGIN or login is not None)
        )
        if point.lifecycle is Lifecycle.ACTIVE and address and protocols:
            yield ConferenceSettings(
                target=point.id,
                address=address,
                protocols=protocols,
                snmp=access,
                login=login,
                verify_certificate=point.verify_certificate,
                interval_seconds=interval_seconds,
                timeout_seconds=deadline(interval_seconds),
            )


def point_address(site: Site, point: ConferencePoint) -> str | None:
    """Return a point's own address, or that of the machine on which a software point runs."""
    if point.address is not None or point.machine is None:
        return point.address
    return next((item.address for item in site.machines if item.id == point.machine), None)


def protocols_of(point: ConferencePoint) -> tuple[PointProtocol, ...]:
    """Return how to ask a point; hardware of which nothing is said is asked by SIP and H.323."""
    if not point.protocols and point.kind is not PointKind.SOFTWARE:
        return _HARDWARE_PROTOCOLS
    return point.protocols


def _protocol(
    point: ConferencePoint, protocol: PointProtocol, access: SnmpAccess | None
) -> ConferenceProtocol:
    port = DEFAULT_PORTS[protocol]
    if protocol is PointProtocol.SNMP and access is not None:
        port = access.port
    return ConferenceProtocol(name=protocol.value, port=point.ports.get(protocol, port))


def service(service: Service) -> ServiceSettings:
    """Return how a service is used."""
    return ServiceSettings(
        target=service.id,
        url=service.url,
        address=service.address,
        expect_status=service.expect_status,
        expect_content=service.expect_content,
        verify_certificate=service.verify_certificate,
        expect_answers=service.expect_answers,
        certificate=service.certificate or "",
        issuer=service.issuer or "",
        interval_seconds=service.interval_seconds,
        timeout_seconds=deadline(service.interval_seconds),
    )


def platforms(inventory: Inventory, site: Site, machine: str) -> Iterator[Service]:
    """Yield the services that the software points on a machine use."""
    for point in site.conference_points:
        if point.lifecycle is not Lifecycle.ACTIVE or point.machine != machine:
            continue
        found = inventory.services.get(point.platform or "")
        if found is not None and found.lifecycle is Lifecycle.ACTIVE:
            yield found


def registrars(inventory: Inventory, credentials: Credentials) -> Iterator[RegistrarSettings]:
    """Yield how registrars are asked which conference points are registered."""
    for registrar in inventory.services.values():
        login = credentials.login(registrar.login)
        if not registrar.registrar or registrar.lifecycle is not Lifecycle.ACTIVE or login is None:
            continue
        url = urlsplit(registrar.url)
        yield RegistrarSettings(
            target=registrar.id,
            address=registrar.address or url.hostname or "",
            port=url.port or HTTPS_PORT,
            login=login,
            verify_certificate=registrar.verify_certificate,
            endpoints=tuple(_endpoints(inventory)),
            interval_seconds=registrar.interval_seconds,
            timeout_seconds=deadline(registrar.interval_seconds, REGISTRAR_TIMEOUT_SECONDS),
        )


def _endpoints(inventory: Inventory) -> Iterator[Endpoint]:
    for site in inventory.sites.values():
        for point in site.conference_points if site.lifecycle is Lifecycle.ACTIVE else ():
            address = point_address(site, point)
            if point.lifecycle is Lifecycle.ACTIVE and (point.aliases or address):
                yield Endpoint(id=point.id, aliases=point.aliases, address=address)
