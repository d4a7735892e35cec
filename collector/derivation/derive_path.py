"""What an agent is told about the quality of circuits: who measures, and who answers. Pure."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network

from collector.derivation.timing import deadline, poll_seconds
from collector.wire import AgentIdentity
from govnet.settings import PathSettings, ReflectorSettings
from inventory.model import Inventory, Lifecycle, Site

REFLECTOR_TIMEOUT_SECONDS = 0.5
"""Packets are answered all the time: only what was answered is read."""


def path(inventory: Inventory, site: Site, *, may_test: bool) -> Iterator[PathSettings]:
    """Yield how a site's main circuit is measured to the reflector in the centre, if there is one.

    Throughput is tested only by one that `may_test`: the budget is the circuit's, not a machine's.
    """
    reflector, link = inventory.province.reflector, site.main_link()
    centre = inventory.province.centre
    if reflector is None or link is None or site.id == centre or link.far_end.site != centre:
        return
    interval_seconds = poll_seconds(inventory.report_interval_seconds)
    yield PathSettings(
        target=link.id,
        address=reflector.address,
        port=reflector.port,
        dscp=link.dscp,
        test_bytes_per_day=link.test_bytes_per_day if may_test else None,
        interval_seconds=interval_seconds,
        timeout_seconds=deadline(interval_seconds),
    )


def reflector(
    inventory: Inventory, identity: AgentIdentity, enrolled: Iterable[AgentIdentity]
) -> Iterator[ReflectorSettings]:
    """Yield that an agent of the centre answers test packets, if the reflector is its machine.

    It answers the networks of all sites that measure to it, and the addresses of machines with an
    agent in sites without networks.
    """
    wanted = inventory.province.reflector
    centre = inventory.sites[inventory.province.centre]
    own = next((one.address for one in centre.machines if one.id == identity.machine), None)
    if wanted is None or own is None or ip_address(own) != ip_address(wanted.address):
        return
    interval_seconds = inventory.report_interval_seconds
    yield ReflectorSettings(
        target=identity.machine,
        port=wanted.port,
        allow=tuple(_allowed(inventory, enrolled)),
        interval_seconds=interval_seconds,
        timeout_seconds=deadline(interval_seconds, REFLECTOR_TIMEOUT_SECONDS),
    )


def _allowed(inventory: Inventory, enrolled: Iterable[AgentIdentity]) -> Iterator[str]:
    machines = {identity.machine for identity in enrolled}
    for site in inventory.sites.values():
        if site.lifecycle is not Lifecycle.ACTIVE or not any(path(inventory, site, may_test=False)):
            continue
        if site.networks:
            yield from (str(ip_network(network)) for network in site.networks)
        else:
            for machine in site.machines:
                if machine.id in machines and machine.address is not None:
                    yield str(ip_network(machine.address))
