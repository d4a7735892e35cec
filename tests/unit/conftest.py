"""Loopback servers that a test scripts itself, and certificates to give them."""

import contextlib
import datetime as dt
import ipaddress
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.server_pem import written
from tests.unit.deadlines import ANSWER_SECONDS, HANG_SECONDS
from tests.unit.silence import Silence
from tests.web_server import Answering, Asked, handler_of


class TcpPeer:
    """A TCP server on loopback: `script` is given every connection, one after the other."""

    def __init__(self, script: Callable[[socket.socket], None], address: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family)
        self._script = script
        self._open: list[socket.socket] = []
        self.address = address
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            connection.settimeout(HANG_SECONDS)
            try:
                self._script(connection)
            except OSError:
                pass  # The probe hung up in the middle of the script.
            finally:
                connection.close()

    def close(self) -> None:
        # A listening socket that is shut down wakes up its accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._thread.join(HANG_SECONDS)
        self._listener.close()


class UdpPeer:
    """A UDP server on loopback: `script` is given the socket, a datagram and its sender."""

    def __init__(
        self, script: Callable[[socket.socket, bytes, tuple[str, int]], None], port: int = 0
    ) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", port))
        self._script = script
        self._stopping = False
        self.address = "127.0.0.1"
        self.port: int = self._sock.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            datagram, sender = self._sock.recvfrom(65535)
            if self._stopping:
                return
            self._script(self._sock, datagram, sender)

    def close(self) -> None:
        self._stopping = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"stop", ("127.0.0.1", self.port))
        self._thread.join(HANG_SECONDS)
        self._sock.close()


@pytest.fixture
def tcp_peer() -> Iterator[Callable[..., TcpPeer]]:
    with ExitStack() as stack:

        def start(script: Callable[[socket.socket], None], address: str = "127.0.0.1") -> TcpPeer:
            peer = TcpPeer(script, address)
            stack.callback(peer.close)
            return peer

        yield start


@pytest.fixture
def udp_peer() -> Iterator[Callable[..., UdpPeer]]:
    with ExitStack() as stack:

        def start(
            script: Callable[[socket.socket, bytes, tuple[str, int]], None], port: int = 0
        ) -> UdpPeer:
            peer = UdpPeer(script, port)
            stack.callback(peer.close)
            return peer

        yield start


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Give a loopback port at which nothing listens, and which nobody else is given meanwhile.

    A server that reuses addresses, as those of asyncio do, may listen there.
    """
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", 0))
        yield int(sock.getsockname()[1])


@pytest.fixture
def closed_udp_port() -> Iterator[int]:
    """Give a loopback port which is told to be closed, and which nobody else is given meanwhile.

    A datagram socket that is connected to one peer is not there for others.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.connect(("127.0.0.1", 9))
        yield int(sock.getsockname()[1])


@pytest.fixture
def free_udp_port() -> int:
    """Give a loopback port to listen at, of those that the system gives nobody by itself."""
    while True:
        port = secrets.choice(range(20_000, 32_000))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


@pytest.fixture
def asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no SNMP question be sent twice only because the device's thread is slow here."""
    monkeypatch.setattr("agent.probe.snmp.exchange._FIRST_WAIT_SECONDS", ANSWER_SECONDS)


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Silence:
    found = Silence()
    found.replace_sockets(monkeypatch)
    return found


@dataclass(frozen=True)
class Identity:
    """A certificate for 127.0.0.1 and localhost, its key, and when it ends."""

    pem: Path
    expires_at: float

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem)
        return context


def _identity(folder: Path, name: str, not_after: dt.datetime) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            x509.IPAddress(ipaddress.ip_address("::1")),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(not_after)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = written(folder / f"{name}.pem", certificate, key)
    return Identity(path, not_after.timestamp())


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """Make an identity that is valid, for whoever trusts its own certificate as CA."""
    ends = dt.datetime(2049, 6, 1, 12, tzinfo=dt.UTC)
    return _identity(tmp_path_factory.mktemp("identity"), "valid", ends)


@pytest.fixture(scope="session")
def expired_identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    ends = dt.datetime(2021, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
    return _identity(tmp_path_factory.mktemp("identity"), "expired", ends)


class HttpsServer:
    """A real HTTPS server with keep-alive; `answer` gives status, headers and body."""

    def __init__(self, answer: Answering, context: ssl.SSLContext) -> None:
        asked: list[Asked] = []

        def note(request: Asked) -> tuple[int, dict[str, str], bytes]:
            asked.append(request)
            return answer(request)

        class Handler(handler_of(note)):
            protocol_version = "HTTP/1.1"
            timeout = HANG_SECONDS
            wbufsize = -1  # Head and body in one segment.

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                """Let the probe hang up."""

        self.asked = asked
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(HANG_SECONDS)


@pytest.fixture
def https_server(identity: Identity) -> Iterator[Callable[..., HttpsServer]]:
    with ExitStack() as stack:

        def start(answer: Answering, who: Identity = identity) -> HttpsServer:
            server = HttpsServer(answer, who.server_context())
            stack.callback(server.close)
            return server

        yield start


@pytest.fixture
def vietnam(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine keep the time of Viet Nam."""
    monkeypatch.setenv("TZ", "ICT-7")  # POSIX: seven hours ahead, without tzdata.
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
