"""What an agent is told about devices: whom it measures, and for whom it stands by. Pure.

A device is measured by the first of its site's chain of vantages; the others are told beforehand
who comes before them, and take over while none of those answers: also while the line to the centre
is cut. What stands in a site without a marked vantage that is enrolled, or without a LAN, is
measured by the centre's chain. Nobody else is given the secrets: not who stands in for a vantage.
"""

from collections.abc import Iterator
from zlib import crc32

from collector.derivation.credentials import Credentials
from collector.derivation.timing import deadline, poll_seconds
from collector.wire import AgentIdentity
from govnet.settings import Declared, DeviceSettings, Peer, TrapSettings
from inventory.model import Device, DeviceKind, Lifecycle, Machine, Site, plain_mac

DEVICE_TIMEOUT_SECONDS = 20.0
"""A switch of 48 ports answers in some hundred packets, an old one slowly."""
TRAP_TIMEOUT_SECONDS = 0.5
"""Notifications come by themselves: only what came is read."""
_WITH_TABLES = frozenset(
    {DeviceKind.SWITCH, DeviceKind.CPE, DeviceKind.ONT, DeviceKind.ACCESS_POINT}
)
"""Devices at whose ports others may be seen."""


def chain(site: Site, vantages: tuple[AgentIdentity, ...]) -> tuple[AgentIdentity, ...]:
    """Return who measures the site's devices: the first does, each other one if those before fail.

    `vantages` are enrolled; they come in the order of the file. The chain ends with the first one
    without an address: nobody could see that it is off.
    """
    order = {machine.id: number for number, machine in enumerate(site.machines)}
    addresses = {machine.id: machine.address for machine in site.machines}

    def place(agent: AgentIdentity) -> tuple[int, str]:
        return order.get(agent.machine, len(order)), agent.machine

    found: list[AgentIdentity] = []
    for agent in sorted(vantages, key=place):
        found.append(agent)
        if not addresses.get(agent.machine):
            break
    return tuple(found)


def in_turn(home: Site, agents: tuple[AgentIdentity, ...], site: str) -> tuple[AgentIdentity, ...]:
    """Return the centre's chain for the devices of a site: its agents share the sites.

    Each site has another first one, by a hash of its id; the others stand by as in any chain. One
    report holds the ports of some ninety switches: a province with more marks more machines of the
    centre. Where one of them has no address, nobody could stand by for it, and the first has all.
    """
    addresses = {machine.id for machine in home.machines if machine.address}
    if not all(agent.machine in addresses for agent in agents):
        return agents
    first = crc32(site.encode()) % len(agents)
    return agents[first:] + agents[:first]


def preceding(
    home: Site, agents: tuple[AgentIdentity, ...], identity: AgentIdentity
) -> tuple[Peer, ...] | None:
    """Return the machines of a chain before an agent's; None if it is not in the chain.

    `home` is the site where they stand.
    """
    if identity not in agents:
        return None
    addresses = {machine.id: machine.address for machine in home.machines}
    before = agents[: agents.index(identity)]
    return tuple(
        Peer(id=agent.machine, address=address)
        for agent in before
        if (address := addresses.get(agent.machine))
    )


def devices(
    site: Site, report_interval_seconds: float, credentials: Credentials, before: tuple[Peer, ...]
) -> Iterator[DeviceSettings]:
    """Yield how a site's devices are measured by one that stands by for those `before` it."""
    interval_seconds = poll_seconds(report_interval_seconds)
    declared = tuple(_declared(site))
    for device in site.devices:
        access = credentials.access(device.snmp)
        if device.lifecycle is not Lifecycle.ACTIVE or (access is None and device.url is None):
            continue
        has_table = access is not None and device.kind in _WITH_TABLES
        yield DeviceSettings(
            target=device.id,
            address=device.address or "",
            kind=device.kind.value,
            family=device.family,
            snmp=access,
            url=device.url,
            login=credentials.login(device.login),
            expect_status=device.expect_status,
            expect_content=device.expect_content,
            max_age_seconds=device.max_age_seconds,
            declared=tuple(one for one in declared if has_table and one.id != device.id),
            preceding=before,
            networks=site.networks if has_table else (),
            interval_seconds=interval_seconds,
            timeout_seconds=deadline(interval_seconds, DEVICE_TIMEOUT_SECONDS),
        )


def traps(site: Site, interval_seconds: float, credentials: Credentials) -> Iterator[TrapSettings]:
    """Yield whose notifications are received."""
    for device in site.devices:
        access = credentials.access(device.snmp)
        if _sends_traps(device) and device.address and access is not None:
            yield TrapSettings(
                target=device.id,
                address=device.address,
                snmp=access,
                interval_seconds=interval_seconds,
                timeout_seconds=deadline(interval_seconds, TRAP_TIMEOUT_SECONDS),
            )


def _sends_traps(device: Device) -> bool:
    return device.traps and device.lifecycle is Lifecycle.ACTIVE


def _declared(site: Site) -> Iterator[Declared]:
    """Yield what may be seen at a device's ports, by its MAC address."""
    items: tuple[Device | Machine, ...] = (*site.devices, *site.machines)
    for item in items:
        if item.mac is not None and item.lifecycle is Lifecycle.ACTIVE:
            yield Declared(
                id=item.id,
                mac=plain_mac(item.mac),
                radio=isinstance(item, Device) and item.kind is DeviceKind.ACCESS_POINT,
            )
