"""Whether a conference endpoint is there: SIP OPTIONS, H.323's port, HTTPS. Nothing rings.

Alive means that the endpoint answered in the protocol: any final SIP reply, an accepted connection
at the H.323 port, any HTTP status. A refused port proves the host but not the endpoint: 0.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from agent.checks.asking import answer_seconds, ask_all, labelled, raise_failures
from agent.checks.contract import Context
from agent.probe import h323, http, sip
from agent.probe.outcome import Outcome
from agent.probe.resolve import bracketed
from agent.probe.tcp import TcpConnect
from agent.probe.tls import Handshake
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import ConferenceProtocol, ConferenceSettings

_SIP = {
    "sip_udp": sip.Transport.UDP,
    "sip_tcp": sip.Transport.TCP,
    "sip_tls": sip.Transport.TLS,
}
_PAGE_BYTES = 4096  # Enough for the head of a codec's page; its content is nobody's concern.


class ConferenceCheck:
    """Asks one endpoint by every protocol it is said to speak; `target` is the point."""

    name = ConferenceSettings.check
    metrics = (
        CATALOGUE["govnet_point_reachable"],
        CATALOGUE["govnet_point_rtt_seconds"],
        CATALOGUE["govnet_point_sip_status_code"],
        CATALOGUE["govnet_point_certificate_expiry_timestamp_seconds"],
    )

    def __init__(
        self,
        *,
        options: Callable[..., sip.OptionsReply] = sip.options,
        listens: Callable[..., TcpConnect] = h323.probe,
        fetch: Callable[..., http.Fetch] = http.fetch,
    ) -> None:
        self._options = options
        self._listens = listens
        self._fetch = fetch

    def run(self, target: ConferenceSettings, context: Context) -> Iterable[Sample]:
        """Ask by all protocols at once and yield what each showed.

        Raises CheckError, after the others' samples, for protocols that could not be asked.
        """
        if not target.address or not target.protocols:
            raise CheckError("expected an address and at least one protocol")
        protocols = target.protocols
        askings = [partial(self._ask, target.address, each, context) for each in protocols]
        failures: list[str] = []
        for protocol, answer in zip(protocols, ask_all(askings), strict=True):
            if isinstance(answer, CheckError):
                failures.append(f"{protocol.name}: {answer}")
            else:
                yield from answer
        raise_failures(failures)

    def _ask(
        self, address: str, protocol: ConferenceProtocol, context: Context
    ) -> tuple[Sample, ...]:
        trace = labelled(context.trace, protocol.name)
        timeout_seconds = answer_seconds(context)
        if protocol.name in _SIP:
            reply = self._options(
                address,
                protocol.port,
                transport=_SIP[protocol.name],
                timeout_seconds=timeout_seconds,
                trace=trace,
            )
            return tuple(_of_sip(protocol.name, reply))
        if protocol.name == "h323":
            opened = self._listens(
                address, protocol.port, timeout_seconds=timeout_seconds, trace=trace
            )
            alive = opened.outcome is Outcome.ANSWERED
            rtt_seconds = opened.connect_seconds if alive else None
            return tuple(_samples(protocol.name, alive=alive, rtt_seconds=rtt_seconds))
        if protocol.name == "https":
            page = self._fetch(
                f"https://{bracketed(address)}:{protocol.port}/",
                timeout_seconds=timeout_seconds,
                limit_bytes=_PAGE_BYTES,
                trace=trace,
            )
            return tuple(
                _samples(
                    protocol.name,
                    alive=page.status_code is not None,
                    rtt_seconds=page.phases.first_byte_seconds,
                    handshake=page.handshake,
                )
            )
        raise CheckError(f"expected sip_udp, sip_tcp, sip_tls, h323 or https, got {protocol.name}")


def _of_sip(protocol: str, reply: sip.OptionsReply) -> Iterator[Sample]:
    yield from _samples(
        protocol, alive=reply.alive, rtt_seconds=reply.rtt_seconds, handshake=reply.handshake
    )
    if reply.status_code is not None:
        yield Sample(
            "govnet_point_sip_status_code", float(reply.status_code), {"protocol": protocol}
        )


def _samples(
    protocol: str, *, alive: bool, rtt_seconds: float | None, handshake: Handshake | None = None
) -> Iterator[Sample]:
    labels = {"protocol": protocol}
    yield Sample("govnet_point_reachable", float(alive), labels)
    if alive and rtt_seconds is not None:
        yield Sample("govnet_point_rtt_seconds", rtt_seconds, labels)
    if handshake is not None:
        yield Sample(
            "govnet_point_certificate_expiry_timestamp_seconds",
            handshake.certificate_expires_at,
            labels,
        )
