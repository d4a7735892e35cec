"""Whether a service works for an office: the address, the answer's code, content and certificate.

The URL's scheme says how it is used:

- http, https: GET, redirects followed; the code must be `expect_status`, or below 400 if none is
  given (service_http.py)
- smtp, smtps, imap, imaps, pop3, pop3s: greeting, TLS and certificate (service_mail.py)
- dns: `dns://RESOLVER/NAME`; response code and addresses (service_dns.py)
- ocsp+http, crl+http: what signatures rest on (service_signature.py)
- rtsp: OPTIONS; the code must be `expect_status`, or below 400, or 401
- tcp: `tcp://HOST:PORT`; connecting is all

`expect_content` is looked for in the page, in the mail server's greeting, among the addresses
that the resolver answered. A certificate that is not trusted makes the service not up, because a
browser would stop there, unless `verify_certificate` is false.
"""

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import SplitResult, urlsplit

from agent.checks import service_dns, service_http, service_mail, service_signature
from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.checks.service_finding import Finding, refuse_content, refuse_status, samples
from agent.probe import crl, dns, http, mail, ocsp, rtsp, tcp
from agent.probe.outcome import Outcome
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import ServiceSettings

_PORTS = {**service_mail.PORTS, "dns": service_dns.PORT, "rtsp": rtsp.PORT}
_SCHEMES = (
    *("http", "https", "smtp", "smtps", "imap", "imaps", "pop3", "pop3s"),
    *("dns", "tcp", "rtsp", "ocsp+http", "crl+http"),
)
_FAILURES_FROM = 400
_UNAUTHORIZED = 401


class ServiceCheck:
    """Uses one service once; `target` is the service."""

    name = ServiceSettings.check
    metrics = tuple(row for row in CATALOGUE.values() if row.check == ServiceSettings.check)

    def __init__(
        self,
        *,
        fetch: Callable[..., http.Fetch] = http.fetch,
        greet: Callable[..., mail.Greeting] = mail.greet,
        query: Callable[..., dns.Lookup] = dns.query,
        connect: Callable[..., tcp.TcpConnect] = tcp.connect,
        options: Callable[..., rtsp.RtspReply] = rtsp.options,
        ask_ocsp: Callable[..., ocsp.OcspReply] = ocsp.ask,
        fetch_crl: Callable[..., crl.CrlReply] = crl.fetch,
    ) -> None:
        self._fetch = fetch
        self._greet = greet
        self._query = query
        self._connect = connect
        self._options = options
        self._ask_ocsp = ask_ocsp
        self._fetch_crl = fetch_crl

    def run(self, target: ServiceSettings, context: Context) -> Iterable[Sample]:
        """Use the service and yield what was seen.

        Raises CheckError for a URL that cannot be used and when this machine could not ask.
        """
        url, port = _parts(target.url)
        if url.scheme in ("http", "https"):
            yield from self._use_http(target, context)
            return
        finding = self._use(url, port, target, context)
        yield from samples(finding, verify_certificate=target.verify_certificate)

    def _use_http(self, target: ServiceSettings, context: Context) -> Iterator[Sample]:
        seen = service_http.use(self._fetch, target, context)
        yield from samples(seen[0], verify_certificate=target.verify_certificate)
        yield from service_http.families(self._fetch, target, context, seen)

    def _use(
        self, url: SplitResult, port: int | None, target: ServiceSettings, context: Context
    ) -> Finding:
        if url.scheme == "ocsp+http":
            return service_signature.use_ocsp(self._ask_ocsp, target, context)
        if url.scheme == "crl+http":
            return service_signature.use_crl(self._fetch_crl, target, context)
        if url.scheme == "rtsp":
            return self._use_rtsp(target, context)
        if port is None:
            raise CheckError(f"expected a port in {target.url!r}")
        host = url.hostname or ""
        if url.scheme in service_mail.PORTS:
            return service_mail.use(self._greet, target, host, port, context, scheme=url.scheme)
        if url.scheme == "dns":
            name = url.path.strip("/")
            return service_dns.use(self._query, target, host, port, context, name=name)
        return self._use_tcp(target, host, port, context)

    def _use_rtsp(self, target: ServiceSettings, context: Context) -> Finding:
        refuse_content(target)
        reply = self._options(
            target.url,
            connect_to=target.address or "",
            timeout_seconds=answer_seconds(context),
            trace=context.trace,
        )
        code = reply.status_code
        if target.expect_status is not None:
            as_expected = code == target.expect_status
        else:
            as_expected = code is not None and (code < _FAILURES_FROM or code == _UNAUTHORIZED)
        return Finding(
            usable=as_expected,
            phases=(("first_byte", reply.rtt_seconds),),
            status_code=code,
        )

    def _use_tcp(self, target: ServiceSettings, host: str, port: int, context: Context) -> Finding:
        refuse_status(target)
        refuse_content(target)
        opened = self._connect(
            target.address or host,
            port,
            timeout_seconds=answer_seconds(context),
            trace=context.trace,
        )
        usable = opened.outcome is Outcome.ANSWERED
        return Finding(
            usable=usable, phases=(("connect", opened.connect_seconds if usable else None),)
        )


def _parts(url: str) -> tuple[SplitResult, int | None]:
    """Return the URL's parts and its port, the scheme's own if it has none. Raises CheckError."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as exc:
        raise CheckError(f"{url!r} is not a URL: {exc}") from exc
    if not parts.hostname:
        raise CheckError(f"expected a URL with a host, got {url!r}")
    if parts.scheme not in _SCHEMES:
        raise CheckError(f"expected {', '.join(_SCHEMES[:-1])} or {_SCHEMES[-1]}, got {url!r}")
    return parts, port
