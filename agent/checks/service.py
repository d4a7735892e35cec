"""Whether a service works for an office: the address, the answer's code, content and certificate.

The URL's scheme says how it is used:

- http, https: GET; the code must be `expect_status`, or below 400 if none is given
- smtp: greeting and EHLO; the greeting's code must be `expect_status`, or 220; TLS by STARTTLS
  where it is offered, and from the first byte at port 465 (RFC 8314)
- imap, imaps: greeting and CAPABILITY; the greeting must not be BYE
- dns: `dns://RESOLVER/NAME`; the response code must be `expect_status`, or 0 with an address
- tcp: `tcp://HOST:PORT`; connecting is all

`expect_content` is looked for in the page, in the mail server's greeting, among the addresses
that the resolver answered. A certificate that is not trusted makes the service not up, because a
browser would stop there, unless `verify_certificate` is false.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.probe import dns, http, imap, smtp, tcp
from agent.probe.outcome import Outcome
from agent.probe.tls import Handshake
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import ServiceSettings

_PORTS = {"smtp": 25, "imap": 143, "imaps": 993, "dns": 53}
_SMTP_TLS_PORT = 465
_SMTP_READY = 220
_DNS_NO_ERROR = 0
_HTTP_FAILURES_FROM = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """What using the service showed, whatever its protocol.

    `usable` says that the protocol's own rule and `expect_status` are met; `matched` is None where
    no content is expected; phases without a time were not reached or do not exist.
    """

    usable: bool
    matched: bool | None = None
    phases: tuple[tuple[str, float | None], ...] = ()
    status_code: int | None = None
    handshake: Handshake | None = None


class ServiceCheck:
    """Uses one service once; `target` is the service."""

    name = ServiceSettings.check
    metrics = tuple(
        CATALOGUE[f"govnet_service_{quantity}"]
        for quantity in (
            "up",
            "duration_seconds",
            "status_code",
            "content_matched",
            "certificate_verified",
            "certificate_expiry_timestamp_seconds",
        )
    )

    def __init__(
        self,
        *,
        fetch: Callable[..., http.Fetch] = http.fetch,
        greet_smtp: Callable[..., smtp.SmtpGreeting] = smtp.greet,
        greet_imap: Callable[..., imap.ImapGreeting] = imap.greet,
        query: Callable[..., dns.Lookup] = dns.query,
        connect: Callable[..., tcp.TcpConnect] = tcp.connect,
    ) -> None:
        self._fetch = fetch
        self._greet_smtp = greet_smtp
        self._greet_imap = greet_imap
        self._query = query
        self._connect = connect

    def run(self, target: ServiceSettings, context: Context) -> Iterable[Sample]:
        """Use the service and yield what was seen.

        Raises CheckError for a URL that cannot be used and when this machine could not ask.
        """
        try:
            url = urlsplit(target.url)
            port = url.port or _PORTS.get(url.scheme)
        except ValueError as exc:
            raise CheckError(f"{target.url!r} is not a URL: {exc}") from exc
        if not url.hostname:
            raise CheckError(f"expected a URL with a host, got {target.url!r}")
        if url.scheme in ("http", "https"):
            finding = self._use_http(target, context)
        elif port is None:
            raise CheckError(f"expected a port in {target.url!r}")
        elif url.scheme == "smtp":
            finding = self._use_smtp(target, url.hostname, port, context)
        elif url.scheme in ("imap", "imaps"):
            finding = self._use_imap(target, url, port, context)
        elif url.scheme == "dns":
            finding = self._use_dns(target, url, port, context)
        elif url.scheme == "tcp":
            finding = self._use_tcp(target, url.hostname, port, context)
        else:
            raise CheckError(
                f"expected http, https, smtp, imap, imaps, dns or tcp, got {target.url!r}"
            )
        yield from _samples(finding, verify_certificate=target.verify_certificate)

    def _use_http(self, target: ServiceSettings, context: Context) -> _Finding:
        page = self._fetch(
            target.url,
            timeout_seconds=answer_seconds(context),
            expected_content=(target.expect_content or "").encode(),
            limit_bytes=target.read_bytes,
            connect_to=target.address or "",
            trace=context.trace,
        )
        if target.expect_status is not None:
            as_expected = page.status_code == target.expect_status
        else:
            as_expected = page.status_code is not None and page.status_code < _HTTP_FAILURES_FROM
        return _Finding(
            usable=page.outcome is Outcome.ANSWERED and as_expected,
            matched=page.content_matched,
            phases=(
                ("dns", page.phases.dns_seconds),
                ("connect", page.phases.connect_seconds),
                ("tls", page.phases.tls_seconds),
                ("first_byte", page.phases.first_byte_seconds),
                ("transfer", page.phases.transfer_seconds),
            ),
            status_code=page.status_code,
            handshake=page.handshake,
        )

    def _use_smtp(
        self, target: ServiceSettings, host: str, port: int, context: Context
    ) -> _Finding:
        visit = self._greet_smtp(
            target.address or host,
            port,
            security=smtp.Security.TLS if port == _SMTP_TLS_PORT else smtp.Security.STARTTLS,
            timeout_seconds=answer_seconds(context),
            server_name=host,
            trace=context.trace,
        )
        expected = _SMTP_READY if target.expect_status is None else target.expect_status
        return _Finding(
            usable=visit.outcome is Outcome.ANSWERED and visit.greeting_code == expected,
            matched=_contains(
                target.expect_content, visit.greeting if visit.greeting_code is not None else None
            ),
            phases=_mail_phases(visit),
            status_code=visit.greeting_code,
            handshake=visit.handshake,
        )

    def _use_imap(
        self, target: ServiceSettings, url: SplitResult, port: int, context: Context
    ) -> _Finding:
        _refuse_status(target)
        host = url.hostname or ""
        visit = self._greet_imap(
            target.address or host,
            port,
            use_tls=url.scheme == "imaps",
            timeout_seconds=answer_seconds(context),
            server_name=host,
            trace=context.trace,
        )
        return _Finding(
            usable=visit.outcome is Outcome.ANSWERED and visit.status in ("OK", "PREAUTH"),
            matched=_contains(target.expect_content, visit.greeting if visit.status else None),
            phases=_mail_phases(visit),
            handshake=visit.handshake,
        )

    def _use_dns(
        self, target: ServiceSettings, url: SplitResult, port: int, context: Context
    ) -> _Finding:
        name = url.path.strip("/")
        if not name:
            raise CheckError(f"expected dns://RESOLVER/NAME, got {target.url!r}")
        resolver = target.address or url.hostname

        def look_up(record_type: dns.RecordType) -> dns.Lookup:
            return self._query(
                resolver,
                name,
                record_type,
                port=port,
                timeout_seconds=answer_seconds(context),
                trace=context.trace,
            )

        lookup = look_up(dns.RecordType.A)
        if lookup.rcode == _DNS_NO_ERROR and not lookup.addresses:
            # The name exists: it may have IPv6 addresses only.
            lookup = look_up(dns.RecordType.AAAA)
        if target.expect_status is None:
            as_expected = lookup.rcode == _DNS_NO_ERROR and bool(lookup.addresses)
        else:
            as_expected = lookup.rcode == target.expect_status
        matched = None
        if target.expect_content is not None and lookup.outcome is Outcome.ANSWERED:
            matched = target.expect_content in lookup.addresses
        return _Finding(
            usable=lookup.outcome is Outcome.ANSWERED and as_expected,
            matched=matched,
            phases=(("dns", lookup.rtt_seconds),),
        )

    def _use_tcp(self, target: ServiceSettings, host: str, port: int, context: Context) -> _Finding:
        _refuse_status(target)
        if target.expect_content is not None:
            raise CheckError("tcp:// has no content to expect")
        opened = self._connect(
            target.address or host,
            port,
            timeout_seconds=answer_seconds(context),
            trace=context.trace,
        )
        usable = opened.outcome is Outcome.ANSWERED
        return _Finding(
            usable=usable, phases=(("connect", opened.connect_seconds if usable else None),)
        )


def _refuse_status(target: ServiceSettings) -> None:
    if target.expect_status is not None:
        raise CheckError(f"{target.url!r} has no status code to expect")


def _contains(expected: str | None, text: str | None) -> bool | None:
    """Tell whether the text holds what is expected; None when nothing is expected or was said."""
    return None if expected is None or text is None else expected in text


def _mail_phases(
    visit: smtp.SmtpGreeting | imap.ImapGreeting,
) -> tuple[tuple[str, float | None], ...]:
    handshake_seconds = visit.handshake.seconds if visit.handshake is not None else None
    return (("tls", handshake_seconds), ("first_byte", visit.greeting_seconds))


def _samples(finding: _Finding, *, verify_certificate: bool) -> Iterator[Sample]:
    handshake = finding.handshake
    trusted = handshake is None or handshake.verified or not verify_certificate
    up = finding.usable and finding.matched is not False and trusted
    yield Sample("govnet_service_up", float(up))
    for phase, seconds in finding.phases:
        if seconds is not None:
            yield Sample("govnet_service_duration_seconds", seconds, {"phase": phase})
    if finding.status_code is not None:
        yield Sample("govnet_service_status_code", float(finding.status_code))
    if finding.matched is not None:
        yield Sample("govnet_service_content_matched", float(finding.matched))
    if handshake is not None:
        yield Sample("govnet_service_certificate_verified", float(handshake.verified))
        yield Sample(
            "govnet_service_certificate_expiry_timestamp_seconds",
            handshake.certificate_expires_at,
        )
