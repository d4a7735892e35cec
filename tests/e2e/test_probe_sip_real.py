"""SIP OPTIONS against a real proxy (Kamailio) and a real endpoint (baresip)."""

import datetime as dt
import ipaddress
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from agent.probe import sip
from agent.probe.outcome import Outcome
from agent.probe.sip import OptionsReply, Transport

pytestmark = pytest.mark.e2e

START_SECONDS = 20.0
EXPIRES = dt.datetime(2033, 4, 5, 6, 7, 8, tzinfo=dt.UTC)

KAMAILIO = """\
#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
enable_tls=yes
mpath="{modules}"
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
listen=tls:127.0.0.1:{tls_port}
server_header="Server: Kamailio under test"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "tls.so"
modparam("tls", "certificate", "{folder}/certificate.pem")
modparam("tls", "private_key", "{folder}/key.pem")
modparam("tls", "tls_method", "TLSv1.2+")
request_route {{
    if ($rU == "busy") {{ sl_send_reply("486", "Busy Here"); exit; }}
    if ($rU == "silent") {{ exit; }}
    sl_send_reply("200", "OK");
    exit;
}}
"""

BARESIP = """\
sip_listen 127.0.0.1:{port}
module_path {modules}
module account.so
module g711.so
module_app menu.so
"""


def _free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _folder_of(module: str, program: str) -> Path:
    places = (Path("/usr/lib").glob(f"{up}{program}/modules/{module}") for up in ("*/", ""))
    found = [path for place in places for path in place]
    assert found, f"{program} is not installed: apt-get install {program}"
    return found[0].parent


def _write_identity(folder: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(EXPIRES)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )


def _wait_for(ask: Callable[[], OptionsReply], process: subprocess.Popen[bytes]) -> None:
    """Ask until somebody answers; what the process said explains why nobody does."""
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at and process.poll() is None:
        if ask().alive:
            return
        time.sleep(0.1)  # A refused connection answers at once.
    process.kill()
    said = process.stdout.read() if process.stdout is not None else b""
    raise AssertionError(said.decode("utf-8", "replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
    if process.stdout is not None:
        process.stdout.close()


@dataclass(frozen=True)
class Proxy:
    port: int
    tls_port: int
    ca_file: str


@pytest.fixture(scope="module")
def kamailio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("kamailio")
    _write_identity(folder)
    port, tls_port = _free_port(), _free_port()
    config = folder / "kamailio.cfg"
    config.write_text(
        KAMAILIO.format(
            modules=_folder_of("tls.so", "kamailio"), port=port, tls_port=tls_port, folder=folder
        )
    )
    process = subprocess.Popen(
        [
            *("kamailio", "-DD", "-E", "-f", str(config), "-m", "32", "-M", "8"),
            *("-Y", str(folder), "-P", str(folder / "kamailio.pid"), "-w", str(folder)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        for transport, at in ((Transport.UDP, port), (Transport.TLS, tls_port)):
            _wait_for(
                lambda transport=transport, at=at: sip.options(  # type: ignore[misc]
                    "127.0.0.1", at, transport=transport, timeout_seconds=2
                ),
                process,
            )
        yield Proxy(port, tls_port, str(folder / "certificate.pem"))
    finally:
        _end(process)


@pytest.fixture(scope="module")
def baresip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("baresip")
    port = _free_port(socket.SOCK_DGRAM)
    modules = _folder_of("account.so", "baresip")
    (folder / "config").write_text(BARESIP.format(port=port, modules=modules))
    (folder / "accounts").write_text(f"<sip:hall@127.0.0.1:{port}>;regint=0\n")
    program = shutil.which("baresip")
    assert program is not None, "baresip is not installed: apt-get install baresip-core"
    process = subprocess.Popen(
        [program, "-f", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(lambda: sip.options("127.0.0.1", port, timeout_seconds=2), process)
        yield port
    finally:
        _end(process)


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_proxy_answers(kamailio: Proxy, transport: Transport) -> None:
    lines: list[str] = []
    seen = sip.options(
        "127.0.0.1", kamailio.port, transport=transport, timeout_seconds=5, trace=lines.append
    )

    assert seen.outcome is Outcome.ANSWERED
    assert (seen.status_code, seen.reason) == (200, "OK")
    assert seen.server == "Kamailio under test"
    assert seen.rtt_seconds is not None
    assert seen.rtt_seconds < 1
    assert lines[-1].startswith("200 OK after ")


def test_proxy_answers_over_tls_and_tells_when_its_certificate_expires(kamailio: Proxy) -> None:
    trusted = sip.options(
        "127.0.0.1",
        kamailio.tls_port,
        transport=Transport.TLS,
        timeout_seconds=5,
        ca_file=kamailio.ca_file,
    )
    untrusted = sip.options(
        "127.0.0.1", kamailio.tls_port, transport=Transport.TLS, timeout_seconds=5
    )

    for seen in (trusted, untrusted):
        assert seen.status_code == 200
        assert seen.handshake is not None
        assert seen.handshake.certificate_expires_at == EXPIRES.timestamp()
    assert trusted.handshake is not None
    assert trusted.handshake.verified
    assert untrusted.handshake is not None
    assert "self-signed" in untrusted.handshake.verify_error


def test_busy_is_alive(kamailio: Proxy) -> None:
    seen = sip.options("127.0.0.1", kamailio.port, user="busy", timeout_seconds=5)

    assert seen.alive
    assert seen.status_code == 486


def test_silence_is_asked_again_and_then_a_timeout(kamailio: Proxy) -> None:
    seen = sip.options("127.0.0.1", kamailio.port, user="silent", timeout_seconds=0.8)

    assert seen.outcome is Outcome.TIMEOUT
    assert seen.retransmissions == 1


def test_endpoint_answers_to_its_own_user(baresip: int) -> None:
    seen = sip.options("127.0.0.1", baresip, user="hall", timeout_seconds=5)

    assert seen.status_code == 200
    assert seen.server.startswith("baresip")


def test_endpoint_that_knows_no_such_user_is_alive(baresip: int) -> None:
    seen = sip.options("127.0.0.1", baresip, user="nobody", timeout_seconds=5)

    assert seen.alive
    assert seen.status_code == 404


def test_endpoint_answers_over_tcp(baresip: int) -> None:
    seen = sip.options(
        "127.0.0.1", baresip, transport=Transport.TCP, user="hall", timeout_seconds=5
    )

    assert seen.alive
