"""What using a service showed, whatever its protocol, and the samples that tell it."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.probe.tcp.info import TcpInfo
from agent.probe.tls import Handshake
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What using the service showed.

    `usable` says that the protocol's own rule and `expect_status` are met; `matched` is None where
    no content is expected; phases without a time were not reached or do not exist. `details` are
    further metrics of the catalogue without labels, by the end of their names.
    """

    usable: bool
    matched: bool | None = None
    phases: tuple[tuple[str, float | None], ...] = ()
    status_code: int | None = None
    handshake: Handshake | None = None
    details: tuple[tuple[str, float | None], ...] = ()

    def is_up(self, *, verify_certificate: bool) -> bool:
        """Tell whether a user would call it working."""
        trusted = self.handshake is None or self.handshake.verified or not verify_certificate
        return self.usable and self.matched is not False and trusted


def samples(finding: Finding, *, verify_certificate: bool) -> Iterator[Sample]:
    """Yield what the finding says; what is not known gives no sample."""
    up = finding.is_up(verify_certificate=verify_certificate)
    yield Sample("govnet_service_up", float(up))
    for phase, seconds in finding.phases:
        if seconds is not None:
            yield Sample("govnet_service_duration_seconds", seconds, {"phase": phase})
    if finding.status_code is not None:
        yield Sample("govnet_service_status_code", float(finding.status_code))
    if finding.matched is not None:
        yield Sample("govnet_service_content_matched", float(finding.matched))
    if finding.handshake is not None:
        yield from _certificate(finding.handshake)
    for name, value in finding.details:
        if value is not None:
            yield Sample(f"govnet_service_{name}", float(value))


def _certificate(handshake: Handshake) -> Iterator[Sample]:
    yield Sample("govnet_service_certificate_verified", float(handshake.verified))
    yield Sample(
        "govnet_service_certificate_expiry_timestamp_seconds", handshake.certificate_expires_at
    )
    if handshake.fault:
        yield Sample("govnet_service_certificate_fault", 1.0, {"fault": handshake.fault})


def of_connection(tcp: TcpInfo | None) -> tuple[tuple[str, float | None], ...]:
    """Return what the kernel knew of the connection, as details of a finding."""
    if tcp is None:
        return ()
    return (
        ("tcp_rtt_seconds", tcp.rtt_seconds),
        ("tcp_retransmits", tcp.retransmits),
        ("path_mtu_bytes", tcp.path_mtu_bytes),
    )


def refuse_status(target: ServiceSettings) -> None:
    """Raise CheckError if a status is expected of a protocol that has none."""
    if target.expect_status is not None:
        raise CheckError(f"{target.url!r} has no status code to expect")


def refuse_content(target: ServiceSettings) -> None:
    """Raise CheckError if content is expected where there is none to look at."""
    if target.expect_content is not None:
        raise CheckError(f"{target.url!r} has no content to expect")


def contains(expected: str | None, text: str | None) -> bool | None:
    """Tell whether the text holds what is expected; None when nothing is expected or was said."""
    return None if expected is None or text is None else expected in text
