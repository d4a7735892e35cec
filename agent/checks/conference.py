"""Whether a conference endpoint is there, and what it says of itself. Nothing rings.

Alive means that the endpoint answered in the protocol: an echo, any final SIP reply, an accepted
connection at the H.323 port, a gatekeeper's yes or no, any HTTP status, any SNMP value. A refused
port proves the host but not the endpoint: 0. Never a Setup, never an INVITE.

Whether it is registered, in a call, and how well, is told only where the endpoint itself says so:
by SNMP, Cisco's xAPI or Poly's REST interface. A SIP code is a code and no such claim.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from agent.checks.asking import answer_seconds, ask_all, labelled, raise_failures
from agent.checks.contract import Context
from agent.checks.device_asking import Unheard
from agent.checks.point_samples import of_answer, of_description, of_facts
from agent.checks.point_snmp import PointAsker
from agent.checks.reach import reach
from agent.checks.refused_logins import RefusedLogins
from agent.probe import h323, http, icmp, poly_rest, ras, sip, snmp, xapi
from agent.probe.outcome import Outcome
from agent.probe.point import LoginFate, PointAnswer
from agent.probe.resolve import bracketed
from agent.probe.tcp import TcpConnect
from agent.probe.trace import Trace
from agent.probe.trains import statistics
from govnet.catalogue import METRICS, POINT_PROTOCOLS
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import ConferenceProtocol, ConferenceSettings

_SIP = {
    "sip_udp": sip.Transport.UDP,
    "sip_tcp": sip.Transport.TCP,
    "sip_tls": sip.Transport.TLS,
}
_DESCRIPTION = "govnet_point_info"
_ORDER = {name: place for place, name in enumerate(POINT_PROTOCOLS)}
_ECHOES, _SPACING_SECONDS = 3, 0.2
_PAGE_BYTES = 4096  # Enough for the head of a codec's page; its content is nobody's concern.


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one protocol brought; `problem` is what could not be asked though we should have."""

    samples: tuple[Sample, ...]
    problem: str = ""


class ConferenceCheck:
    """Asks one endpoint by every protocol it is said to speak; `target` is the point."""

    name = ConferenceSettings.check
    metrics = tuple(metric for metric in METRICS if metric.check == ConferenceSettings.check)

    def __init__(
        self,
        *,
        ping: Callable[..., icmp.EchoTrain] = icmp.ping,
        options: Callable[..., sip.OptionsReply] = sip.options,
        listens: Callable[..., TcpConnect] = h323.probe,
        discover: Callable[..., ras.Discovery] = ras.discover,
        fetch: Callable[..., http.Fetch] = http.fetch,
        snmp_get: Callable[..., snmp.Scalars] = snmp.get,
        snmp_walk: Callable[..., snmp.Columns] = snmp.walk,
        cisco: Callable[..., PointAnswer] = xapi.status,
        poly: Callable[..., PointAnswer] = poly_rest.status,
    ) -> None:
        self._ping = ping
        self._options = options
        self._listens = listens
        self._discover = discover
        self._fetch = fetch
        self._snmp = PointAsker(get=snmp_get, walk=snmp_walk)
        self._interfaces = {"cisco_xapi": cisco, "poly_rest": poly}
        self._refused = RefusedLogins()

    def run(self, target: ConferenceSettings, context: Context) -> Iterable[Sample]:
        """Ask by all protocols at once and yield what each showed.

        What several say (model, registration) is taken from the first of
        `govnet.catalogue.POINT_PROTOCOLS`. Raises CheckError, after the others' samples, for
        protocols that could not be asked.
        """
        if not target.address or not target.protocols:
            raise CheckError("expected an address and at least one protocol")
        protocols = sorted(target.protocols, key=lambda each: _ORDER.get(each.name, len(_ORDER)))
        askings = [partial(self._ask, target, each, context) for each in protocols]
        failures: list[str] = []
        samples: list[Sample] = []
        for protocol, answer in zip(protocols, ask_all(askings), strict=True):
            if isinstance(answer, CheckError):
                failures.append(f"{protocol.name}: {answer}")
                continue
            samples += _new(answer.samples, samples)
            if answer.problem:
                failures.append(f"{protocol.name}: {answer.problem}")
        yield from samples
        raise_failures(failures)

    def _ask(
        self, target: ConferenceSettings, protocol: ConferenceProtocol, context: Context
    ) -> _Answer:
        trace = labelled(context.trace, protocol.name)
        if protocol.name in _SIP:
            return self._by_sip(target, protocol, context, trace)
        if protocol.name in self._interfaces:
            return self._by_interface(target, protocol, context, trace)
        if protocol.name == "snmp":
            return self._by_snmp(target, context)
        if protocol.name == "icmp":
            return self._by_icmp(target, context, trace)
        if protocol.name == "https":
            return self._by_https(target, protocol, context, trace)
        if protocol.name in ("h323", "h323_gatekeeper"):
            return self._by_h323(target, protocol, context, trace)
        raise CheckError(f"expected {', '.join(POINT_PROTOCOLS)}, got {protocol.name}")

    def _by_icmp(self, target: ConferenceSettings, context: Context, trace: Trace) -> _Answer:
        train = reach(
            self._ping,
            target.address,
            context,
            count=_ECHOES,
            spacing_seconds=_SPACING_SECONDS,
            tcp_ports=(),
            trace=trace,
        )
        rtt_seconds = statistics(train.rtts_seconds).mean_rtt_seconds
        samples = of_answer("icmp", alive=train.received > 0, rtt_seconds=rtt_seconds)
        return _Answer(tuple(samples))

    def _by_sip(
        self,
        target: ConferenceSettings,
        protocol: ConferenceProtocol,
        context: Context,
        trace: Trace,
    ) -> _Answer:
        reply = self._options(
            target.address,
            protocol.port,
            transport=_SIP[protocol.name],
            timeout_seconds=answer_seconds(context),
            trace=trace,
        )
        samples = [
            *of_answer(
                protocol.name,
                alive=reply.alive,
                rtt_seconds=reply.rtt_seconds,
                handshake=reply.handshake,
            )
        ]
        if reply.status_code is not None:
            labels = {"protocol": protocol.name}
            code = float(reply.status_code)
            samples.append(Sample("govnet_point_sip_status_code", code, labels))
        return _Answer(tuple(samples))

    def _by_h323(
        self,
        target: ConferenceSettings,
        protocol: ConferenceProtocol,
        context: Context,
        trace: Trace,
    ) -> _Answer:
        ask = self._listens if protocol.name == "h323" else self._discover
        seen = ask(
            target.address, protocol.port, timeout_seconds=answer_seconds(context), trace=trace
        )
        alive = seen.outcome is Outcome.ANSWERED
        seconds = seen.connect_seconds if isinstance(seen, TcpConnect) else seen.rtt_seconds
        samples = of_answer(protocol.name, alive=alive, rtt_seconds=seconds)
        return _Answer(tuple(samples))

    def _by_https(
        self,
        target: ConferenceSettings,
        protocol: ConferenceProtocol,
        context: Context,
        trace: Trace,
    ) -> _Answer:
        page = self._fetch(
            f"https://{bracketed(target.address)}:{protocol.port}/",
            timeout_seconds=answer_seconds(context),
            limit_bytes=_PAGE_BYTES,
            trace=trace,
        )
        samples = of_answer(
            protocol.name,
            alive=page.status_code is not None,
            rtt_seconds=page.phases.first_byte_seconds,
            handshake=page.handshake,
        )
        return _Answer(tuple(samples))

    def _by_snmp(self, target: ConferenceSettings, context: Context) -> _Answer:
        if target.snmp is None:
            raise CheckError("no SNMP access is given for this point")
        heard = self._snmp.ask(target.target, target.address, target.snmp, context)
        if isinstance(heard, Unheard):
            # Who refuses our key is there; that nothing is told then is not its silence.
            denied = heard.outcome is Outcome.DENIED
            problem = f"the endpoint refuses to answer us: {heard.detail}" if denied else ""
            return _Answer(tuple(of_answer("snmp", alive=denied, rtt_seconds=None)), problem)
        info = heard.learnt.info
        samples = (
            *of_answer("snmp", alive=True, rtt_seconds=heard.rtt_seconds),
            *of_description(info.get("model", ""), info.get("firmware", "")),
            *heard.samples,
        )
        return _Answer(samples, "; ".join(heard.failures))

    def _by_interface(
        self,
        target: ConferenceSettings,
        protocol: ConferenceProtocol,
        context: Context,
        trace: Trace,
    ) -> _Answer:
        now = context.clock.monotonic()
        rests = self._refused.rests(target.target, target.login, now)
        answer = self._interfaces[protocol.name](
            target.address,
            protocol.port,
            login=None if rests else target.login,
            verify_certificate=target.verify_certificate,
            timeout_seconds=answer_seconds(context),
            trace=trace,
        )
        problem = ""
        if rests:
            problem = "the account was refused before; it rests, so that it is not locked"
        elif answer.login is LoginFate.REFUSED and target.login is not None:
            self._refused.note(target.target, target.login, now)
            problem = "the endpoint refuses the account, or it may not read enough"
        elif answer.login is LoginFate.HELD_BACK:
            why = answer.handshake.verify_error if answer.handshake else "no TLS"
            problem = f"the certificate is not trusted ({why}), so the account was not sent"
        samples = [
            *of_answer(
                protocol.name,
                alive=answer.outcome is Outcome.ANSWERED,
                rtt_seconds=answer.rtt_seconds,
                handshake=answer.handshake,
            )
        ]
        if answer.facts is not None:
            samples += of_facts(answer.facts)
        return _Answer(tuple(samples), problem)


def _new(said: Iterable[Sample], before: Iterable[Sample]) -> list[Sample]:
    """Return what nobody said before; an endpoint is described once, whatever the words."""
    described = any(each.name == _DESCRIPTION for each in before)
    series = {(each.name, tuple((each.labels or {}).values())) for each in before}
    return [
        each
        for each in said
        if not (described and each.name == _DESCRIPTION)
        and (each.name, tuple((each.labels or {}).values())) not in series
    ]
