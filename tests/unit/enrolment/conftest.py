"""A collector on loopback that a test scripts: real sockets, real TLS, every byte recorded."""

import datetime as dt
import hashlib
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from govnet.report import REASONS


class Authority:
    """A small CA with the certificates that it issues.

    All bear one name, as a CA and its successor do: key identifiers tell them apart (RFC 5280
    §4.2.1.1), without which OpenSSL tries only one of them.
    """

    def __init__(self, folder: Path, name: str = "govnet CA") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(self._name, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        der = certificate.public_bytes(serialization.Encoding.DER)
        self.fingerprint = hashlib.sha256(der).hexdigest()

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> Any:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
            .not_valid_after(dt.datetime(2049, 1, 1, tzinfo=dt.UTC))
        )

    def server(self, address: str = "127.0.0.1") -> ssl.SSLContext:
        """Return the context of a server with a fresh certificate for this address."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "collector")])
        certificate = (
            self._builder(subject, key.public_key())
            .add_extension(names, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        path = self._folder / f"{self.fingerprint[:8]}-{address}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@dataclass(frozen=True)
class Request:
    """What was asked; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, bytes]
HANG_UP: Answer = (0, b"")
"""The answer that is lost: the request was taken, and the connection ends."""


@dataclass
class ScriptedCollector:
    """Answers by `on`, a function per path; `heard` is every byte that it could read."""

    on: dict[str, Callable[[Request], Answer]] = field(default_factory=dict)
    url: str = ""
    heard: bytearray = field(default_factory=bytearray)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    server: Any = None
    lock: Any = field(default_factory=threading.Lock)

    hang_up = HANG_UP

    @staticmethod
    def refuse(reason: str) -> Answer:
        return REASONS[reason], json.dumps({"error": reason, "detail": "scripted"}).encode()

    def start(self, tls: ssl.SSLContext | None) -> None:
        handler = type("ThisHandler", (_Handler,), {"collector": self})
        self.server = _Server(("127.0.0.1", 0), handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        port = self.server.server_address[1]
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]


class _Recorder:
    """What a handler reads, noted down as it is read."""

    def __init__(self, source: Any, heard: bytearray) -> None:
        self._source = source
        self._heard = heard

    def readline(self, *size: int) -> bytes:
        line: bytes = self._source.readline(*size)
        self._heard += line
        return line

    def read(self, *size: int) -> bytes:
        found: bytes = self._source.read(*size)
        self._heard += found
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    collector: ScriptedCollector

    def setup(self) -> None:
        self.collector.connections += 1
        super().setup()
        self.rfile = _Recorder(self.rfile, self.collector.heard)  # type: ignore[assignment]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        with self.collector.lock:
            self.collector.requests.append(request)
            answer = self.collector.on.get(self.path, lambda _: self.collector.refuse("not_found"))(
                request
            )
        if answer == HANG_UP:
            self.close_connection = True
            return
        status, content = answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - named by http.server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that do not trust us hang up, which is what is tested."""


@pytest.fixture
def new_authority(tmp_path: Path) -> Callable[[], Authority]:
    return lambda: Authority(tmp_path)


@pytest.fixture
def authority(new_authority: Callable[[], Authority]) -> Authority:
    return new_authority()


@pytest.fixture
def start_collector() -> Iterator[Callable[..., ScriptedCollector]]:
    """Start collectors: with the context of a server, or without TLS."""
    started: list[ScriptedCollector] = []

    def start(tls: ssl.SSLContext | None = None) -> ScriptedCollector:
        collector = ScriptedCollector()
        collector.start(tls)
        started.append(collector)
        return collector

    yield start
    for collector in started:
        collector.stop()
