import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from agent.probe.mail import Protocol, Security, greet
from agent.probe.outcome import Outcome
from tests.unit.deadlines import ANSWER_SECONDS, seconds_for


@pytest.fixture
def mail_server(identity: Any, closed_port: int) -> Iterator[Controller]:
    """Start a mail server that somebody else wrote, offering STARTTLS."""
    controller = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=closed_port,
        tls_context=identity.server_context(),
        ready_timeout=ANSWER_SECONDS,
    )
    controller.start()
    yield controller
    controller.stop()


def test_mail_server_greets_and_shows_its_certificate(
    mail_server: Controller, identity: Any
) -> None:
    lines: list[str] = []
    seen = greet(
        Protocol.SMTP,
        "127.0.0.1",
        mail_server.port,
        timeout_seconds=ANSWER_SECONDS,
        ca_file=str(identity.pem),
        trace=lines.append,
    )

    assert seen.outcome is Outcome.ANSWERED
    assert seen.code == 220
    assert "Python SMTP" in seen.greeting
    assert "STARTTLS" in seen.capabilities
    assert seen.greeting_seconds is not None
    assert seen.handshake is not None
    assert seen.handshake.verified
    assert seen.handshake.certificate_expires_at == identity.expires_at
    assert "the server agreed to TLS" in lines


def test_plain_greeting_asks_for_no_certificate(mail_server: Controller) -> None:
    seen = greet(
        Protocol.SMTP,
        "127.0.0.1",
        mail_server.port,
        security=Security.NONE,
        timeout_seconds=ANSWER_SECONDS,
    )

    assert seen.outcome is Outcome.ANSWERED
    assert seen.handshake is None


def _say(*lines: bytes) -> Callable[[socket.socket], None]:
    """Send the first line, then one more after everything that is heard."""

    def script(connection: socket.socket) -> None:
        for line in lines:
            connection.sendall(line)
            if not connection.recv(4096):
                return

    return script


def test_tls_from_the_first_byte(tcp_peer: Callable[..., Any], expired_identity: Any) -> None:
    context = expired_identity.server_context()

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            _say(b"220 ready\r\n", b"250-me\r\n250-SIZE 10\r\n250 8BITMIME\r\n")(secured)

    seen = greet(
        Protocol.SMTP,
        "127.0.0.1",
        tcp_peer(script).port,
        security=Security.TLS,
        timeout_seconds=ANSWER_SECONDS,
    )

    assert seen.outcome is Outcome.ANSWERED
    assert seen.capabilities == ("SIZE", "8BITMIME")
    assert seen.handshake is not None
    assert seen.handshake.certificate_expires_at == expired_identity.expires_at


def test_unfriendly_greeting_is_an_answer(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_say(b"554 not today\r\n"))

    seen = greet(Protocol.SMTP, "127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.ANSWERED
    assert (seen.code, seen.greeting, seen.capabilities) == (554, "not today", ())


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (_say(b"SSH-2.0-OpenSSH\r\n"), Outcome.MALFORMED),
        (_say(b"220-more\r\n" * 200), Outcome.MALFORMED),
        (_say(b"x" * 3000), Outcome.MALFORMED),
        (_say(b"220 ready\r\n", b"250-STARTTLS\r\n250-"), Outcome.TIMEOUT),
        (lambda _connection: None, Outcome.CLOSED),
    ],
)
def test_hostile_mail_server_is_a_finding(
    tcp_peer: Callable[..., Any], script: Callable[[socket.socket], None], outcome: Outcome
) -> None:
    seen = greet(
        Protocol.SMTP, "127.0.0.1", tcp_peer(script).port, timeout_seconds=seconds_for(outcome)
    )

    assert seen.outcome is outcome


def test_bytes_behind_the_starttls_agreement_are_not_taken_for_protected(
    tcp_peer: Callable[..., Any],
) -> None:
    peer = tcp_peer(
        _say(b"220 ready\r\n", b"250-me\r\n250 STARTTLS\r\n", b"220 go\r\n250 injected\r\n")
    )

    seen = greet(Protocol.SMTP, "127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.MALFORMED
    assert seen.code == 220
    assert seen.handshake is None


CAPABILITY = b"* CAPABILITY IMAP4rev1 STARTTLS auth=PLAIN\r\na1 OK done\r\n"


def test_mailbox_server_tells_its_capabilities(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_say(b"* OK Dovecot ready.\r\n", CAPABILITY))

    seen = greet(
        Protocol.IMAP,
        "127.0.0.1",
        peer.port,
        security=Security.NONE,
        timeout_seconds=ANSWER_SECONDS,
    )

    assert seen.outcome is Outcome.ANSWERED
    assert (seen.status, seen.greeting) == ("OK", "Dovecot ready.")
    assert seen.capabilities == ("IMAP4REV1", "STARTTLS", "AUTH=PLAIN")
    assert seen.greeting_seconds is not None


def test_mailbox_server_over_tls(tcp_peer: Callable[..., Any], identity: Any) -> None:
    context = identity.server_context()

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            _say(b"* PREAUTH hello\r\n", CAPABILITY)(secured)

    seen = greet(
        Protocol.IMAP,
        "127.0.0.1",
        tcp_peer(script).port,
        security=Security.TLS,
        timeout_seconds=ANSWER_SECONDS,
        ca_file=str(identity.pem),
    )

    assert seen.status == "PREAUTH"
    assert seen.handshake is not None
    assert seen.handshake.verified


def test_busy_mailbox_server_has_answered(tcp_peer: Callable[..., Any]) -> None:
    seen = greet(
        Protocol.IMAP,
        "127.0.0.1",
        tcp_peer(_say(b"* BYE too many\r\n")).port,
        timeout_seconds=ANSWER_SECONDS,
    )

    assert (seen.outcome, seen.status) == (Outcome.ANSWERED, "BYE")


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (_say(b"220 mail\r\n"), Outcome.MALFORMED),
        (_say(b"* " + b"x" * 9000), Outcome.MALFORMED),
        (_say(b"* OK\r\n", b"* more\r\n" * 200), Outcome.MALFORMED),
        (_say(b"* OK\r\n", b"* CAPA"), Outcome.TIMEOUT),
        (lambda _connection: None, Outcome.CLOSED),
    ],
)
def test_hostile_mailbox_server_is_a_finding(
    tcp_peer: Callable[..., Any], script: Callable[[socket.socket], None], outcome: Outcome
) -> None:
    seen = greet(
        Protocol.IMAP, "127.0.0.1", tcp_peer(script).port, timeout_seconds=seconds_for(outcome)
    )

    assert seen.outcome is outcome


def _change_to_tls(
    context: ssl.SSLContext, greeting: bytes, replies: dict[bytes, bytes]
) -> Callable[[socket.socket], None]:
    """Greet, answer every command by its beginning, and shake hands after the last reply."""

    def script(connection: socket.socket) -> None:
        connection.sendall(greeting)
        while heard := connection.recv(4096):
            command = next((each for each in replies if heard.startswith(each)), None)
            if command is None:
                return
            connection.sendall(replies[command])
            if command == list(replies)[-1]:
                break
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(4096)

    return script


IMAP_REPLIES = {b"a1 CAPABILITY": CAPABILITY, b"a2 STARTTLS": b"* more\r\na2 ok go\r\n"}
POP3_REPLIES = {b"CAPA": b"+OK\r\nUIDL\r\nSTLS\r\nSASL PLAIN\r\n.\r\n", b"STLS": b"+OK go\r\n"}


def test_imap_server_changes_to_tls(tcp_peer: Callable[..., Any], identity: Any) -> None:
    script = _change_to_tls(identity.server_context(), b"* OK ready\r\n", IMAP_REPLIES)

    seen = greet(
        Protocol.IMAP,
        "127.0.0.1",
        tcp_peer(script).port,
        timeout_seconds=ANSWER_SECONDS,
        ca_file=str(identity.pem),
    )

    assert (seen.outcome, seen.status) == (Outcome.ANSWERED, "OK")
    assert seen.handshake is not None
    assert seen.handshake.verified


def test_pop3_server_changes_to_tls(tcp_peer: Callable[..., Any], identity: Any) -> None:
    script = _change_to_tls(identity.server_context(), b"+OK ready\r\n", POP3_REPLIES)

    seen = greet(
        Protocol.POP3,
        "127.0.0.1",
        tcp_peer(script).port,
        timeout_seconds=ANSWER_SECONDS,
        ca_file=str(identity.pem),
    )

    assert (seen.outcome, seen.willing, seen.greeting) == (Outcome.ANSWERED, True, "ready")
    assert seen.capabilities == ("UIDL", "STLS", "SASL")
    assert seen.handshake is not None
    assert seen.handshake.verified


def test_bytes_behind_an_agreement_are_not_taken_for_protected(
    tcp_peer: Callable[..., Any], identity: Any
) -> None:
    context = identity.server_context()
    imap_replies = IMAP_REPLIES | {b"a2 STARTTLS": b"a2 OK\r\n* CAPABILITY X\r\n"}
    pop3_replies = POP3_REPLIES | {b"STLS": b"+OK\r\n+OK injected\r\n"}
    by_imap = tcp_peer(_change_to_tls(context, b"* OK ready\r\n", imap_replies))
    by_pop3 = tcp_peer(_change_to_tls(context, b"+OK ready\r\n", pop3_replies))

    for seen in (
        greet(Protocol.IMAP, "127.0.0.1", by_imap.port, timeout_seconds=ANSWER_SECONDS),
        greet(Protocol.POP3, "127.0.0.1", by_pop3.port, timeout_seconds=ANSWER_SECONDS),
    ):
        assert (seen.outcome, seen.handshake) == (Outcome.MALFORMED, None)
        assert seen.greeting == "ready"


def test_refused_agreement_is_a_finding(tcp_peer: Callable[..., Any], identity: Any) -> None:
    context = identity.server_context()
    imap_replies = IMAP_REPLIES | {b"a2 STARTTLS": b"a2 NO\r\n"}
    pop3_replies = POP3_REPLIES | {b"STLS": b"-ERR no\r\n"}
    by_imap = tcp_peer(_change_to_tls(context, b"* OK ready\r\n", imap_replies))
    by_pop3 = tcp_peer(_change_to_tls(context, b"+OK ready\r\n", pop3_replies))

    assert (
        greet(Protocol.IMAP, "127.0.0.1", by_imap.port, timeout_seconds=ANSWER_SECONDS).outcome
        is Outcome.MALFORMED
    )
    assert (
        greet(Protocol.POP3, "127.0.0.1", by_pop3.port, timeout_seconds=ANSWER_SECONDS).outcome
        is Outcome.MALFORMED
    )


def test_pop3_server_without_capa_has_greeted(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_say(b"+OK POP3\r\n", b"-ERR what?\r\n", b"+OK bye\r\n"))

    seen = greet(Protocol.POP3, "127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.willing, seen.capabilities) == (Outcome.ANSWERED, True, ())


def test_pop3_server_that_says_no_has_answered(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_say(b"-ERR too many\r\n"))

    seen = greet(Protocol.POP3, "127.0.0.1", peer.port, timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.willing, seen.greeting) == (Outcome.ANSWERED, False, "too many")


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (_say(b"220 mail\r\n"), Outcome.MALFORMED),
        (_say(b"+OK " + b"x" * 2000), Outcome.MALFORMED),
        (_say(b"+OK\r\n", b"+OK\r\n" + b"more\r\n" * 200), Outcome.MALFORMED),
        (_say(b"+OK\r\n", b"+OK\r\nUIDL"), Outcome.TIMEOUT),
        (lambda _connection: None, Outcome.CLOSED),
    ],
)
def test_hostile_pop3_server_is_a_finding(
    tcp_peer: Callable[..., Any], script: Callable[[socket.socket], None], outcome: Outcome
) -> None:
    seen = greet(
        Protocol.POP3, "127.0.0.1", tcp_peer(script).port, timeout_seconds=seconds_for(outcome)
    )

    assert seen.outcome is outcome
