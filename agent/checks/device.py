"""A device at the site: switch, router, UPS, printer, camera; by SNMP, by its URL, or by both.

A silent device is one sample of 0 and nothing else. One that answers by SNMP also gives facts: who
it is and what it sees around it (`govnet.surroundings`). A standby (settings with `preceding`)
gives an empty result while a machine before it is on: not an error, and nothing is asked of the
device.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from ipaddress import IPv4Network, ip_network

from agent.checks import device_answer
from agent.checks.asking import raise_failures
from agent.checks.contract import Context
from agent.checks.device_asking import LEARN_SECONDS, Device, DeviceAsker, Heard, Learnt, Unheard
from agent.checks.sightings import Sightings
from agent.checks.standby import is_preceded
from agent.devices.around import Site
from agent.devices.profile import GENERIC
from agent.devices.values import line_of
from agent.probe import http, icmp, network, nut, rtsp, snmp
from agent.probe.outcome import Outcome
from govnet.catalogue import METRICS
from govnet.errors import CheckError
from govnet.report import MAX_FACT_CHARACTERS, Fact, Sample
from govnet.settings import DeviceSettings, SnmpAccess
from govnet.surroundings import Surroundings

_TICKS_PER_SECOND = 100
_SNMP = {"protocol": "snmp"}
_NO_FAMILY = "none"
_ACCESS_POINT = "access_point"

PATIENCE_SECONDS = LEARN_SECONDS / 2
"""After so long without having learnt a device whole, what is known of it is told."""


class DeviceCheck:
    """Measures one device; `target` is the device."""

    name = DeviceSettings.check
    metrics = tuple(metric for metric in METRICS if metric.check == DeviceSettings.check)

    def __init__(
        self,
        *,
        snmp_get: Callable[..., snmp.Scalars] = snmp.get,
        snmp_walk: Callable[..., snmp.Columns] = snmp.walk,
        ping: Callable[..., icmp.EchoTrain] = icmp.ping,
        neighbours: Callable[[], tuple[network.Neighbour, ...]] = network.neighbours,
        fetch: Callable[..., http.Fetch] = http.fetch,
        options: Callable[..., rtsp.RtspReply] = rtsp.options,
        list_variables: Callable[..., nut.NutReply] = nut.list_variables,
        newest: Callable[..., float | None] = device_answer.newest,
    ) -> None:
        self._asker = DeviceAsker(get=snmp_get, walk=snmp_walk)
        self._sightings = Sightings()
        self._ping = ping
        self._neighbours = neighbours
        self._by_url = partial(
            device_answer.answers,
            fetch=fetch,
            options=options,
            list_variables=list_variables,
            newest=newest,
        )

    def run(self, target: DeviceSettings, context: Context) -> Iterable[Sample | Fact]:
        """Ask the device and yield what it says.

        Raises CheckError, after the others' samples, for what this machine could not ask and for
        what the device began to answer and did not finish.
        """
        if target.snmp is None and target.url is None:
            raise CheckError("expected an SNMP access or a URL")
        if target.preceding and is_preceded(
            target.preceding, context, ping=self._ping, neighbours=self._neighbours
        ):
            context.trace("standing by: a machine before this one is on")
            return
        failures: list[str] = []
        parts: list[Callable[[], Iterator[Sample | Fact]]] = []
        if target.snmp is not None:
            parts.append(partial(self._by_snmp, target, target.snmp, context, failures))
        if target.url is not None:
            parts.append(partial(self._by_url, target, context))
        for part in parts:
            try:
                yield from part()
            except CheckError as exc:
                failures.append(str(exc))
        raise_failures(failures)

    def _by_snmp(
        self,
        target: DeviceSettings,
        access: SnmpAccess,
        context: Context,
        failures: list[str],
    ) -> Iterator[Sample | Fact]:
        if not target.address:
            raise CheckError("expected an address")
        device = Device(
            target=target.target,
            address=target.address,
            access=access,
            kind=target.kind,
            family=target.family,
            site=_site(target),
        )
        heard = self._asker.ask(device, context)
        if isinstance(heard, Unheard):
            if heard.outcome is Outcome.UNRESOLVED:
                raise CheckError(heard.detail)
            # Who refuses our key is there; that nothing is measured then is not its silence.
            denied = heard.outcome is Outcome.DENIED
            yield Sample("govnet_device_reachable", float(denied), _SNMP)
            if denied:
                raise CheckError(f"the device refuses to answer us: {heard.detail}")
            return
        failures += heard.failures
        yield Sample("govnet_device_reachable", 1.0, _SNMP)
        if heard.is_empty and not heard.failures:
            # That its family is unknown would be said of the device, and the fault is our right.
            why = "see its view, or security level"
            raise CheckError(f"the device answers and lets us read nothing: {why}")
        yield from _itself(heard)
        yield from heard.samples
        yield from self._facts(target.target, heard, context.clock.monotonic())

    def _facts(self, target: str, heard: Heard, now: float) -> Iterator[Fact]:
        learnt = heard.learnt
        if heard.is_new and (learnt.is_complete or now - learnt.learnt_at >= PATIENCE_SECONDS):
            self._sightings.note(target, _told_of(learnt), learnt.around, now)
        for key, told in self._sightings.facts(target).items():
            yield Fact(key, told)


def _site(target: DeviceSettings) -> Site:
    return Site(
        declared={each.mac: each.id for each in target.declared},
        radios=frozenset(each.mac for each in target.declared if each.radio),
        networks=tuple(filter(None, map(_network, target.networks))),
        is_radio=target.kind == _ACCESS_POINT,
    )


def _network(text: str) -> IPv4Network | None:
    """Return an IPv4 network, None for one of IPv6: ARP knows none."""
    network = ip_network(text, strict=False)
    return network if isinstance(network, IPv4Network) else None


def _told_of(learnt: Learnt) -> Surroundings:
    return Surroundings(
        name=learnt.name,
        description=line_of(learnt.description.encode(), MAX_FACT_CHARACTERS),
        object_id=learnt.object_id,
        family=_family(learnt),
        model=learnt.info.get("model", ""),
        serial=learnt.info.get("serial", ""),
        firmware=learnt.info.get("firmware", ""),
    )


def _family(learnt: Learnt) -> str:
    family = learnt.profile.family
    return _NO_FAMILY if family == GENERIC else family


def _itself(heard: Heard) -> Iterator[Sample]:
    if heard.rtt_seconds is not None:
        yield Sample("govnet_device_rtt_seconds", heard.rtt_seconds, _SNMP)
    learnt = heard.learnt
    facts = {label: learnt.info.get(label, "") for label in ("model", "firmware", "serial")}
    labels = {"profile": _family(learnt), **facts}
    yield Sample("govnet_device_info", 1.0, labels)
    yield Sample("govnet_device_profile_known", float(learnt.is_known))
    if learnt.uptime_ticks:
        yield Sample("govnet_device_uptime_seconds", learnt.uptime_ticks / _TICKS_PER_SECOND)
