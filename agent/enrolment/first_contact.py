"""The first exchange with a collector: nothing of value is sent before the collector is verified.

1. A connection that trusts nobody asks for the collector's CA and tells nothing of this machine.
2. One of the certificates that come back must have the fingerprint that stands in the token.
3. A new connection, verified by that certificate alone and by the collector's name, carries the
   request. Whoever answered the first one without being the collector learns nothing.
"""

import ssl

from agent.identity.post import post_unsigned
from agent.identity.trust import certificates, fingerprint
from agent.onsite.advice import advice
from agent.sending.delivery import retry_after_seconds
from agent.transport.address import CollectorAddress
from agent.transport.channel import Channel, ChannelError, Reply, trusting
from govnet.enrolment import EnrolAnswer, EnrolRequest, decode, encode
from govnet.errors import GovnetError, WireError
from govnet.report import PATH_CA, PATH_ENROL, REFUSALS, Duty, decode_refusal


class ContactError(GovnetError):
    """No collector took the request, and none has refused it: it may be tried again.

    `vietnamese` says the same for the technician at the PC. `retry_after_seconds` is what a busy
    collector asked for, 0 if none did.
    """

    def __init__(self, english: str, vietnamese: str, retry_after_seconds: float = 0.0) -> None:
        self.vietnamese = vietnamese
        self.retry_after_seconds = retry_after_seconds
        super().__init__(english)


class RefusedError(GovnetError):
    """A verified collector refused the request; `reason` is a word of the protocol."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


_PORTAL = (
    "something else answered (a log-in page of the network?)",
    "thứ khác trả lời, không phải trung tâm (trang đăng nhập của mạng?)",
)


def introduce(
    addresses: tuple[CollectorAddress, ...], ca: str, request: EnrolRequest
) -> tuple[EnrolAnswer, CollectorAddress, str]:
    """Ask the collectors in order; return the answer, who gave it, and its CA in PEM form.

    The request is the same for each: one whose answer was lost changes nothing at the next.
    Raises RefusedError if one refused it for good, ContactError if none answered.
    """
    english, vietnamese, longest_seconds = [], [], 0.0
    for address in addresses:
        try:
            pem = _verified_ca(address, ca) if address.tls else ""
            return _enrol(address, pem, request), address, pem
        except ContactError as exc:
            english.append(f"{address}: {exc}")
            vietnamese.append(f"{address}: {exc.vietnamese}")
            longest_seconds = max(longest_seconds, exc.retry_after_seconds)
    raise ContactError("\n".join(english), "\n".join(vietnamese), longest_seconds)


def _verified_ca(address: CollectorAddress, ca: str) -> str:
    """Return the certificate with the token's fingerprint. Raises ContactError."""
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    nobody.check_hostname = False
    nobody.verify_mode = ssl.CERT_NONE
    reply = _request(Channel(address, nobody), None)
    offered = certificates(reply.body.decode("ascii", "replace")) if reply.status == 200 else ()  # noqa: PLR2004 - OK of RFC 9110
    if not offered:
        raise ContactError(*_PORTAL)
    for der in offered:
        if fingerprint(der) == ca:
            return ssl.DER_cert_to_PEM_cert(der)
    raise ContactError(
        "its CA is not the one that the token names: nothing was sent. Either this is not the"
        " collector, or the token is of another one",
        "CA không khớp với mã ghi danh, chưa gửi gì đi. Hoặc đây không phải trung tâm, hoặc mã"
        " ghi danh là của trung tâm khác",
    )


def _enrol(address: CollectorAddress, pem: str, request: EnrolRequest) -> EnrolAnswer:
    try:
        tls = trusting(pem) if pem else None
    except (ssl.SSLError, ValueError) as exc:
        raise ContactError(
            f"its CA's certificate cannot be used: {exc}", "không dùng được chứng thư CA của nó"
        ) from exc
    reply = _request(Channel(address, tls), encode(request))
    if 200 <= reply.status < 300:  # noqa: PLR2004 - the successes of RFC 9110 §15.3
        try:
            return decode(EnrolAnswer, reply.body)
        except WireError as exc:
            raise ContactError(*_PORTAL) from exc
    refused = decode_refusal(reply.status, reply.body)
    if refused is None:
        raise ContactError(*_PORTAL)
    reason = refused.reason
    if REFUSALS[reason].duty is Duty.RETRY:
        raise ContactError(
            f"busy ({reason}), try again",
            f"đang bận ({reason}), hãy thử lại",
            retry_after_seconds(reply.retry_after),
        )
    raise RefusedError(reason)


def _request(channel: Channel, body: bytes | None) -> Reply:
    """Ask for the CA, or post `body`, on a connection of its own. Raises ContactError."""
    try:
        if body is not None:
            return post_unsigned(channel, PATH_ENROL, body)
        return channel.request("GET", PATH_CA, {})[0]
    except ChannelError as exc:
        raise ContactError(str(exc), f"không kết nối được ({exc}).\n{advice(exc.kind)}") from exc
    finally:
        channel.close()
