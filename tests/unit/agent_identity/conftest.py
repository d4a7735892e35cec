"""A collector on loopback that a test scripts: real sockets, real TLS, every byte recorded."""

import contextlib
import datetime as dt
import gzip
import hashlib
import ipaddress
import json
import socket
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

from govnet.enrolment import EnrolmentToken
from govnet.enrolment import encode as encode_enrolment
from govnet.report import REASONS, Purpose, crc, sign, verify
from govnet.settings import Settings, digest, encode
from tests.server_pem import context_of, written
from tests.unit.agent_identity.enrolling import ACTIVE, SECRET, Pc


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
        return context_of(written(path, certificate, key))


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
    """Answers by `on` and `headers`, functions per path; `heard` is every byte it could read."""

    on: dict[str, Callable[[Request], Answer]] = field(default_factory=dict)
    headers: dict[str, Callable[[Request], dict[str, str]]] = field(default_factory=dict)
    url: str = ""
    port: int = 0
    heard: bytearray = field(default_factory=bytearray)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open: list[socket.socket] = field(default_factory=list)
    server: Any = None
    lock: Any = field(default_factory=threading.Lock)

    hang_up = HANG_UP

    @staticmethod
    def refuse(reason: str) -> Answer:
        return REASONS[reason], json.dumps({"error": reason, "detail": "scripted"}).encode()

    def start(self, tls: ssl.SSLContext | None, port: int = 0) -> None:
        handler = type("ThisHandler", (_Handler,), {"collector": self})
        self.server = _Server(("127.0.0.1", port), handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self.server.server_address[1]
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Listen no longer and cut every connection, as a killed process does."""
        self.server.shutdown()
        self.server.server_close()
        for connection in self.open:
            with contextlib.suppress(OSError):
                # Not the TLS socket's own method: its handler may be reading.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]


class Centre:
    """The usual answers of a collector: it takes every report and gives settings.

    It believes the keys of `keys`, by their ids; `key_ids` are those that signed a batch.
    """

    def __init__(self, keys: dict[str, bytes]) -> None:
        self.keys = keys
        self.key_ids: list[str] = []
        self.batches: list[Any] = []
        self.heard = threading.Condition()
        self.order(Settings(agent="a", site="s", machine="m"))

    def order(self, settings: Settings) -> None:
        self._settings = encode(settings)

    def answer_for(self, collector: ScriptedCollector) -> None:
        collector.on["/v1/reports"] = self._reports
        collector.on["/v1/settings"] = self._give_settings
        collector.headers["/v1/settings"] = self._signature

    def _reports(self, request: Request) -> tuple[int, bytes]:
        key_id = request.headers["govnet-key"]
        assert request.headers["govnet-crc32"] == crc(request.body)
        signed = request.headers["govnet-signature"]
        if not verify(self.keys[key_id], signed, Purpose.BATCH, request.body):
            return ScriptedCollector.refuse("bad_signature")
        batch = json.loads(gzip.decompress(request.body))
        with self.heard:
            self.batches.append(batch)
            self.key_ids.append(key_id)
            self.heard.notify_all()
        answer = {
            "batch": batch["batch"],
            "accepted": [report["seq"] for report in batch["reports"]],
            "duplicate": [],
            "rejected": [],
            "time": 1.8e9,
            "settings": digest(self._settings),
        }
        return 200, json.dumps(answer).encode()

    def _give_settings(self, _request: Request) -> tuple[int, bytes]:
        return 200, self._settings

    def _signature(self, request: Request) -> dict[str, str]:
        nonce = request.headers["govnet-nonce"].encode()
        key = self.keys[request.headers["govnet-key"]]
        return {"Govnet-Signature": sign(key, Purpose.SETTINGS, nonce, self._settings)}

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self.heard:
            assert self.heard.wait_for(condition, timeout=60)


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
        self.collector.open.append(self.request)
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
        more = self.collector.headers.get(self.path)
        for name, value in (more(request) if more else {}).items():
            self.send_header(name, value)
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

    def start(tls: ssl.SSLContext | None = None, port: int = 0) -> ScriptedCollector:
        collector = ScriptedCollector()
        collector.start(tls, port)
        started.append(collector)
        return collector

    yield start
    for collector in started:
        collector.stop()


@pytest.fixture
def new_centre() -> type[Centre]:
    return Centre


@pytest.fixture
def pc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Pc:
    return Pc(tmp_path, capsys)


@pytest.fixture
def collector(authority: Any, start_collector: Callable[..., Any]) -> Any:
    """Start the collector of `authority`, which takes every machine."""
    found = start_collector(authority.server())
    found.on["/v1/ca"] = lambda _: (200, authority.pem.encode())
    found.on["/v1/enrol"] = lambda _: (200, encode_enrolment(ACTIVE))
    return found


@pytest.fixture
def token(authority: Any, collector: Any) -> EnrolmentToken:
    return EnrolmentToken((collector.url,), authority.fingerprint, SECRET)
