import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import http
from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from govnet.settings import Login, Secret
from tests.unit.deadlines import ANSWER_SECONDS


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += connection.recv(4096)
    return data


def _answer(reply: bytes, requests: list[bytes] | None = None) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        request = _read_request(connection)
        if requests is not None:
            requests.append(request)
        connection.sendall(reply)

    return script


PAGE = b"HTTP/1.1 200 OK\r\nServer: portal/2\r\nContent-Length: 11\r\n\r\nhello world"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_page_is_fetched_with_its_phases(tcp_peer: Callable[..., Any], address: str) -> None:
    requests: list[bytes] = []
    peer = tcp_peer(_answer(PAGE, requests), address)
    host = f"[{address}]" if ":" in address else address
    lines: list[str] = []

    seen = http.fetch(
        f"http://{host}:{peer.port}/login?x=1",
        timeout_seconds=ANSWER_SECONDS,
        expected_content=b"lo wor",
        trace=lines.append,
    )

    assert seen.outcome is Outcome.ANSWERED
    assert (seen.status_code, seen.reason, seen.server) == (200, "OK", "portal/2")
    assert (seen.body_bytes, seen.truncated, seen.content_matched) == (11, False, True)
    assert seen.phases.dns_seconds is not None
    assert seen.phases.connect_seconds is not None
    assert seen.phases.tls_seconds is None
    assert seen.phases.first_byte_seconds is not None
    assert seen.phases.transfer_seconds is not None
    assert 0 < seen.total_seconds < ANSWER_SECONDS
    assert requests[0].startswith(
        f"GET /login?x=1 HTTP/1.1\r\nHost: {host}:{peer.port}\r\n".encode()
    )
    assert "the expected content is there" in lines


def test_https_with_expired_certificate_is_still_measured(
    tcp_peer: Callable[..., Any], expired_identity: Any
) -> None:
    context = expired_identity.server_context()

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            _read_request(secured)
            secured.sendall(PAGE)

    seen = http.fetch(
        f"https://localhost:{tcp_peer(script).port}/",
        timeout_seconds=ANSWER_SECONDS,
        connect_to="127.0.0.1",
        ca_file=str(expired_identity.pem),
    )

    assert seen.status_code == 200
    assert seen.phases.tls_seconds is not None
    assert seen.handshake is not None
    assert seen.handshake.verify_error == "certificate has expired"
    assert seen.handshake.certificate_expires_at == expired_identity.expires_at


def test_garbage_inside_tls_is_a_closed_connection(
    tcp_peer: Callable[..., Any], identity: Any
) -> None:
    context = identity.server_context()

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            _read_request(secured)
            os.write(secured.fileno(), b"this is no TLS record" * 10)
            secured.recv(1)

    seen = http.fetch(f"https://127.0.0.1:{tcp_peer(script).port}/", timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.CLOSED
    assert seen.detail.startswith("TLS: ")
    assert seen.status_code is None
    assert seen.handshake is not None


def test_redirect_is_reported_and_not_followed(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(
        _answer(b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\nContent-Length: 0\r\n\r\n")
    )

    seen = http.fetch(
        f"http://127.0.0.1:{peer.port}/",
        timeout_seconds=ANSWER_SECONDS,
        expected_content=b"success",
    )

    assert (seen.status_code, seen.location) == (302, "http://portal/")
    assert seen.content_matched is False
    assert peer.connections == 1


def test_body_is_cut_at_the_limit(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(_answer(b"HTTP/1.0 200 OK\r\n\r\n" + b"a" * 5000))

    seen = http.fetch(
        f"http://127.0.0.1:{peer.port}",
        timeout_seconds=ANSWER_SECONDS,
        limit_bytes=1000,
        expected_content=b"b",
    )

    assert (seen.body_bytes, seen.truncated, seen.content_matched) == (1000, True, False)


def test_chunked_body_is_put_together(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(
        _answer(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
        )
    )

    seen = http.fetch(
        f"http://127.0.0.1:{peer.port}/",
        timeout_seconds=ANSWER_SECONDS,
        expected_content=b"hello world",
    )

    assert seen.content_matched is True
    assert seen.body_bytes == 11


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"", Outcome.CLOSED),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 abc OK\r\n\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 " + b"x" * 70000, Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", Outcome.CLOSED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Outcome.CLOSED),
    ],
)
def test_broken_reply_is_a_finding(
    tcp_peer: Callable[..., Any], reply: bytes, outcome: Outcome
) -> None:
    seen = http.fetch(
        f"http://127.0.0.1:{tcp_peer(_answer(reply)).port}/", timeout_seconds=ANSWER_SECONDS
    )

    assert seen.outcome is outcome
    assert seen.detail


def test_endless_interim_replies_are_not_read_until_the_deadline(
    tcp_peer: Callable[..., Any],
) -> None:
    def script(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    seen = http.fetch(f"http://127.0.0.1:{tcp_peer(script).port}/", timeout_seconds=ANSWER_SECONDS)

    assert (seen.outcome, seen.detail) == (Outcome.MALFORMED, "no body within 256 kB")


def test_code_of_an_unfinished_reply_is_kept(tcp_peer: Callable[..., Any]) -> None:
    reply = b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nshort"

    seen = http.fetch(
        f"http://127.0.0.1:{tcp_peer(_answer(reply)).port}/", timeout_seconds=ANSWER_SECONDS
    )

    assert seen.outcome is Outcome.CLOSED
    assert seen.status_code == 503
    assert seen.phases.transfer_seconds is None


def test_endless_drip_ends_at_the_deadline(tcp_peer: Callable[..., Any]) -> None:
    def script(connection: socket.socket) -> None:
        _read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        connection.settimeout(0.05)
        while True:
            connection.sendall(b"x")
            try:
                connection.recv(1)
            except TimeoutError:
                continue
            return

    seen = http.fetch(f"http://127.0.0.1:{tcp_peer(script).port}/", timeout_seconds=0.4)

    assert seen.outcome is Outcome.TIMEOUT


def test_body_is_posted(tcp_peer: Callable[..., Any]) -> None:
    requests: list[bytes] = []

    def script(connection: socket.socket) -> None:
        data = b""
        while not data.endswith(b"\xff"):
            data += connection.recv(4096)
        requests.append(data)
        connection.sendall(PAGE)

    peer = tcp_peer(script)

    seen = http.fetch(
        f"http://127.0.0.1:{peer.port}/ocsp",
        timeout_seconds=ANSWER_SECONDS,
        posting=http.Posting("application/ocsp-request", b"\x30\x00\xff"),
    )

    assert (seen.status_code, seen.body) == (200, b"hello world")
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /ocsp HTTP/1.1\r\n")
    assert b"Content-Type: application/ocsp-request\r\nContent-Length: 3" in head
    assert body == b"\x30\x00\xff"


@pytest.mark.parametrize("trusted", [True, False])
def test_login_goes_to_a_trusted_certificate_only(
    tcp_peer: Callable[..., Any], identity: Any, *, trusted: bool
) -> None:
    context = identity.server_context()
    requests: list[bytes] = []

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            requests.append(_read_request(secured))
            secured.sendall(PAGE)

    told: list[str] = []

    seen = http.fetch(
        f"https://127.0.0.1:{tcp_peer(script).port}/",
        timeout_seconds=ANSWER_SECONDS,
        ca_file=str(identity.pem) if trusted else None,
        login=Login(user="xem", password=Secret("mat-khau")),
        trace=told.append,
    )

    assert seen.status_code == 200
    assert (b"Authorization: Basic eGVtOm1hdC1raGF1\r\n" in requests[0]) is trusted
    assert (b"Authorization" in requests[0]) is trusted
    assert not any("mat-khau" in line or "eGVt" in line for line in told)


def test_login_never_goes_over_plain_http(tcp_peer: Callable[..., Any]) -> None:
    requests: list[bytes] = []
    peer = tcp_peer(_answer(PAGE, requests))

    http.fetch(
        f"http://127.0.0.1:{peer.port}/",
        timeout_seconds=ANSWER_SECONDS,
        login=Login(user="xem", password=Secret("mat-khau")),
    )

    assert b"Authorization" not in requests[0]


def test_times_of_the_page_and_its_server_are_kept(tcp_peer: Callable[..., Any]) -> None:
    peer = tcp_peer(
        _answer(
            b"HTTP/1.1 200 OK\r\nDate: Sat, 19 Sep 2026 08:04:30 GMT\r\n"
            b"Last-Modified: Sat, 19 Sep 2026 08:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
        )
    )

    seen = http.fetch(f"http://127.0.0.1:{peer.port}/", timeout_seconds=ANSWER_SECONDS)

    assert seen.last_modified == "Sat, 19 Sep 2026 08:00:00 GMT"
    assert seen.date == "Sat, 19 Sep 2026 08:04:30 GMT"


@pytest.mark.parametrize(
    ("family", "families"),
    [
        (socket.AF_UNSPEC, ("ipv4", "ipv6")),
        (socket.AF_INET, ("ipv4",)),
        (socket.AF_INET6, ("ipv6",)),
    ],
)
def test_one_family_is_used_where_only_one_is_wanted(
    tcp_peer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    family: socket.AddressFamily,
    families: tuple[str, ...],
) -> None:
    """The name has both kinds of addresses; the server listens by IPv4 alone."""
    peer = tcp_peer(_answer(PAGE))
    known: dict[socket.AddressFamily, Any] = {
        socket.AF_INET6: ("::1", peer.port, 0, 0),
        socket.AF_INET: ("127.0.0.1", peer.port),
    }

    def getaddrinfo(host: str, _port: int, wanted: int, *_more: int) -> list[Any]:
        if host != "hai-ho.example" or _more[-1] & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        kinds = [each for each in known if wanted in (socket.AF_UNSPEC, each)]
        return [(each, socket.SOCK_STREAM, 6, "", known[each]) for each in kinds]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    seen = http.fetch(
        f"http://hai-ho.example:{peer.port}/", timeout_seconds=ANSWER_SECONDS, family=family
    )

    assert seen.families == families
    assert seen.outcome is (Outcome.REFUSED if family is socket.AF_INET6 else Outcome.ANSWERED)


def test_refused_port_is_refused(closed_port: int) -> None:
    seen = http.fetch(f"http://127.0.0.1:{closed_port}/", timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.REFUSED
    assert seen.phases.dns_seconds is not None
    assert seen.phases.connect_seconds is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "http:///x",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://user:pw@127.0.0.1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/a\r\nEvil: yes",
        "http://127.0.0.1/đường",
    ],
)
def test_impossible_url_is_an_error(url: str) -> None:
    with pytest.raises(CheckError):
        http.fetch(url, timeout_seconds=1)
