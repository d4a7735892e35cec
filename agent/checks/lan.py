"""The office's LAN as one machine sees it: cable, gateway, peers, neighbours, address, resolvers.

"The LAN worked" is a finding that a cut line and a failed switch are told apart by, so every part
is read on its own, and what one part of the system refuses costs only that part.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from agent.checks.adapters import measured
from agent.checks.asking import answer_seconds, ask_all, labelled, raise_failures
from agent.checks.contract import Context
from agent.checks.reach import reach
from agent.probe import dns, icmp, network
from agent.probe.outcome import Outcome
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import LanSettings

_ECHOES, _SPACING_SECONDS = 2, 0.2
_GATEWAY_PORTS = (80, 443, 53)  # What office routers listen at; refused is an answer too.
_PEER_PORTS = (445, 135)  # What Windows listens at, or refuses.


class LanCheck:
    """Looks at the LAN around one machine; `target` is that machine."""

    name = LanSettings.check
    metrics = tuple(
        CATALOGUE[f"govnet_lan_{quantity}"]
        for quantity in (
            "interface_up",
            "interface_speed_bytes_per_second",
            "interface_carrier_changes_total",
            "gateway_reachable",
            "peers_assigned",
            "peers_seen",
            "neighbours_seen",
            "dhcp_lease_remaining_seconds",
            "resolvers",
            "resolvers_answering",
        )
    )

    def __init__(
        self,
        *,
        interfaces: Callable[[], tuple[network.Interface, ...]] = network.interfaces,
        gateways: Callable[[], tuple[network.Gateway, ...]] = network.gateways,
        neighbours: Callable[[], tuple[network.Neighbour, ...]] = network.neighbours,
        resolvers: Callable[[], tuple[str, ...]] = network.resolvers,
        leases: Callable[[], tuple[network.Lease, ...]] = network.leases,
        ping: Callable[..., icmp.EchoTrain] = icmp.ping,
        query: Callable[..., dns.Lookup] = dns.query,
    ) -> None:
        self._interfaces = interfaces
        self._gateways = gateways
        self._neighbours = neighbours
        self._resolvers = resolvers
        self._leases = leases
        self._ping = ping
        self._query = query
        self._lock = threading.Lock()
        self._spoke: set[str] = set()

    def run(self, target: LanSettings, context: Context) -> Iterable[Sample]:
        """Look at all parts. Raises CheckError, after the others' samples, for what was refused."""
        failures: list[str] = []
        routes: tuple[network.Gateway, ...] = ()
        gateway = target.gateway
        try:
            routes = self._gateways()
        except CheckError as exc:
            failures.append(str(exc))
        else:
            gateway = gateway or next((route.address for route in routes), "")
        for part in (
            self._adapters,
            partial(self._lease, routes, context),
            partial(self._hosts, gateway, target, context, failures),
            partial(self._name_servers, target, context, failures),
        ):
            try:
                yield from part()
            except CheckError as exc:
                failures.append(str(exc))
        raise_failures(failures)

    def _adapters(self) -> Iterator[Sample]:
        for adapter in measured(self._interfaces()):
            labels = {"interface": adapter.name}
            # An adapter that is switched off does not say whether there is carrier: it has none.
            has_carrier = adapter.has_carrier if adapter.is_up else False
            if has_carrier is not None:
                yield Sample("govnet_lan_interface_up", float(has_carrier), labels)
            if has_carrier and adapter.speed_bits_per_second is not None:
                speed = adapter.speed_bits_per_second / 8
                yield Sample("govnet_lan_interface_speed_bytes_per_second", speed, labels)
            if adapter.carrier_changes is not None:
                changes = adapter.carrier_changes
                yield Sample("govnet_lan_interface_carrier_changes_total", changes, labels)

    def _lease(self, routes: tuple[network.Gateway, ...], context: Context) -> Iterator[Sample]:
        """Yield what is left of the lease that is in use.

        Old files tell of leases that are over: the one of the gateway's adapter counts, or the one
        that ends last where adapters are named differently (Windows).
        """
        leases = self._leases()
        used = {route.interface for route in routes}
        ends = [lease.expires_at for lease in leases if lease.interface in used]
        ends = ends or [lease.expires_at for lease in leases]
        remaining = max(ends, default=0.0) - context.clock.time()
        if remaining > 0:
            yield Sample("govnet_lan_dhcp_lease_remaining_seconds", remaining)

    def _hosts(
        self, gateway: str | None, target: LanSettings, context: Context, failures: list[str]
    ) -> Iterator[Sample]:
        """Ask the gateway and all peers at once, then see who has answered in any way.

        A host that drops both ICMP and TCP still answers ARP, so an entry that is "reachable" is an
        answer. It stays so for up to 45 s after the host has gone: from a host that has spoken to
        us before, only speaking counts. `gateway` is empty when this machine has none, and None
        when it could not say. It is nobody's peer: it may live while the rest of the LAN is dead.
        """
        assigned = [peer for peer in target.peers if peer.address != gateway]
        hosts: list[tuple[str, str, tuple[int, ...]]] = []
        if gateway:
            hosts.append(("gateway", gateway, _GATEWAY_PORTS))
        hosts += [(f"peer {peer.id}", peer.address, _PEER_PORTS) for peer in assigned]
        askings = [
            partial(
                reach,
                self._ping,
                address,
                context,
                count=_ECHOES,
                spacing_seconds=_SPACING_SECONDS,
                tcp_ports=ports,
                trace=labelled(context.trace, name),
            )
            for name, address, ports in hosts
        ]
        answered: set[str] = set()
        not_asked: set[str] = set()
        for (name, address, _), answer in zip(hosts, ask_all(askings), strict=True):
            if isinstance(answer, CheckError):
                failures.append(f"{name}: {answer}")
                not_asked.add(address)
            elif answer.received:
                answered.add(address)
        try:
            neighbours = self._neighbours()
        except CheckError as exc:
            failures.append(str(exc))
        else:
            confirmed = {each.address for each in neighbours if each.state == "reachable"}
            silent = {address for _, address, _ in hosts} - self._all_that_spoke(answered)
            answered |= {address for address in silent if _bare(address) in confirmed}
            machines = {each.mac for each in neighbours if each.is_known and _is_one(each.mac)}
            yield Sample("govnet_lan_neighbours_seen", len(machines))
        unknown = not_asked - answered
        if gateway is not None and gateway not in unknown:
            yield Sample("govnet_lan_gateway_reachable", float(gateway in answered))
        peers = [peer.address for peer in assigned]
        yield Sample("govnet_lan_peers_assigned", len(peers))
        if unknown.isdisjoint(peers):
            yield Sample("govnet_lan_peers_seen", sum(each in answered for each in peers))

    def _all_that_spoke(self, addresses: set[str]) -> set[str]:
        """Remember who answered now and return all that ever did, since the agent's start."""
        with self._lock:
            self._spoke |= addresses
            return set(self._spoke)

    def _name_servers(
        self, target: LanSettings, context: Context, failures: list[str]
    ) -> Iterator[Sample]:
        given = self._resolvers()
        yield Sample("govnet_lan_resolvers", len(given))
        if target.resolver_name is None:
            return
        askings = [
            partial(
                self._query,
                resolver,
                target.resolver_name,
                timeout_seconds=answer_seconds(context),
                trace=labelled(context.trace, f"resolver {resolver}"),
            )
            for resolver in given
        ]
        answering = 0
        for resolver, answer in zip(given, ask_all(askings), strict=True):
            if isinstance(answer, CheckError):
                failures.append(f"resolver {resolver}: {answer}")
            else:
                answering += answer.outcome is Outcome.ANSWERED
        yield Sample("govnet_lan_resolvers_answering", answering)


def _bare(address: str) -> str:
    """Return an address without its zone: neighbour tables name the adapter beside it."""
    return address.partition("%")[0]


def _is_one(mac: str) -> bool:
    """Tell whether a MAC is one machine's own: a group's first octet is odd."""
    return mac[1:2] in "02468ace"
