"""A device at the site: switch, router, UPS, printer, camera; by SNMP, by its URL, or by both.

A silent device is one sample of 0 and nothing else. A standby (settings with `preceding`) gives an
empty result while a machine before it is on: not an error, and nothing is asked of the device.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from agent.checks import device_answer
from agent.checks.asking import raise_failures
from agent.checks.contract import Context
from agent.checks.device_asking import Device, DeviceAsker, Heard, Unheard
from agent.checks.standby import is_preceded
from agent.devices.profile import GENERIC
from agent.probe import http, icmp, network, nut, rtsp, snmp
from agent.probe.outcome import Outcome
from govnet.catalogue import METRICS
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import DeviceSettings, SnmpAccess

_TICKS_PER_SECOND = 100
_SNMP = {"protocol": "snmp"}


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
        self._ping = ping
        self._neighbours = neighbours
        self._by_url = partial(
            device_answer.answers,
            fetch=fetch,
            options=options,
            list_variables=list_variables,
            newest=newest,
        )

    def run(self, target: DeviceSettings, context: Context) -> Iterable[Sample]:
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
        parts: list[Callable[[], Iterator[Sample]]] = []
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
    ) -> Iterator[Sample]:
        if not target.address:
            raise CheckError("expected an address")
        device = Device(
            target=target.target,
            address=target.address,
            access=access,
            kind=target.kind,
            family=target.family,
            declared={each.mac: each.id for each in target.declared},
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


def _itself(heard: Heard) -> Iterator[Sample]:
    if heard.rtt_seconds is not None:
        yield Sample("govnet_device_rtt_seconds", heard.rtt_seconds, _SNMP)
    learnt = heard.learnt
    family = learnt.profile.family
    facts = {label: learnt.info.get(label, "") for label in ("model", "firmware", "serial")}
    labels = {"profile": "none" if family == GENERIC else family, **facts}
    yield Sample("govnet_device_info", 1.0, labels)
    yield Sample("govnet_device_profile_known", float(learnt.is_known))
    if learnt.uptime_ticks:
        yield Sample("govnet_device_uptime_seconds", learnt.uptime_ticks / _TICKS_PER_SECOND)
