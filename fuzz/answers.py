"""Fuzz target: bytes into everything that reads what devices and services answer to our probes.

The first byte chooses the reader, the rest is its input. Each may refuse with the error that its
docstring names and with nothing else.
"""

import datetime as dt
import socket
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from agent.probe import certificate, imap, mail_dialogue, nut, pop3, rtsp, smtp
from agent.probe.crl import message as crl_message
from agent.probe.deadline import Deadline
from agent.probe.dns import message as dns_message
from agent.probe.nut import message as nut_message
from agent.probe.ocsp import message as ocsp_message
from agent.probe.outcome import PeerError
from agent.probe.stream import Stream
from agent.probe.trace import silent
from govnet.errors import CheckError

NOW = 1_790_000_000.0
DIALOGUES: tuple[Callable[[Deadline], mail_dialogue.Dialogue], ...] = (
    lambda deadline: smtp.Dialogue(deadline, silent),
    lambda deadline: imap.Dialogue(deadline, silent),
    lambda deadline: pop3.Dialogue(deadline, silent),
)


def _issuer() -> x509.Certificate:
    """Make the certificate that answers are judged by, always the same but for its moment."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
        .sign(key, None)
    )


ISSUER = _issuer()
OCSP_QUESTION = ocsp_message.build_request(ISSUER, ISSUER, bytes(16))
DNS_QUESTION = dns_message.build_query(7, "cong.example", dns_message.RecordType.A)


def feed(data: bytes) -> None:
    """Give one input to one reader."""
    if data:
        _READERS[data[0] % len(_READERS)](data[1:])


def _ocsp(data: bytes) -> None:
    try:
        answer = ocsp_message.read_answer(data, OCSP_QUESTION, ISSUER, NOW)
    except PeerError:
        return
    # Nobody has the key, so that nothing can count.
    assert answer.problem


def _crl(data: bytes) -> None:
    try:
        found = crl_message.read(data, ISSUER, NOW)
    except PeerError:
        return
    assert found.problem


def _certificate(data: bytes) -> None:
    try:
        certificate.expires_at(data)
    except CheckError:
        return


def _dns(data: bytes) -> None:
    message = DNS_QUESTION[:2] + data
    if dns_message.answers_query(message, DNS_QUESTION):
        try:
            dns_message.parse_reply(message, DNS_QUESTION)
        except CheckError:
            return


def _rtsp(data: bytes) -> None:
    head = rtsp.parse_head(data.split(b"\n"))
    assert head is None or 100 <= head.status_code <= 999  # noqa: PLR2004 - three digits


def _nut(data: bytes) -> None:
    rows = [nut_message.words(line) for line in data.split(b"\n")]
    nut_message.read_ups({row[0]: row[1] for row in rows if row is not None and len(row) > 1})
    _heard(data, lambda stream: nut.list_rows(stream, "LIST VAR u", silent))


def _mail(data: bytes) -> None:
    start = DIALOGUES[data[0] % len(DIALOGUES)] if data else DIALOGUES[0]

    def talk(stream: Stream) -> None:
        dialogue = start(stream.deadline)
        dialogue.greet(stream)
        if dialogue.offers_tls():
            dialogue.agree_on_tls(stream)

    _heard(data[1:], talk)


def _heard(said: bytes, ask: Callable[[Stream], object]) -> None:
    """Let something talk with a peer that says these bytes and hangs up."""
    ours, theirs = socket.socketpair()
    with theirs, Stream(ours, Deadline(5)) as stream:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        try:
            ask(stream)
        except (PeerError, nut.RefusedError):
            return


_READERS = (_ocsp, _crl, _certificate, _dns, _rtsp, _nut, _mail)
