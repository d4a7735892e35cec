"""SIP OPTIONS against a real proxy (Kamailio) and a real endpoint (baresip)."""

import random
import shutil
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from agent.probe import sip
from agent.probe.outcome import Outcome
from agent.probe.sip import Transport

pytestmark = pytest.mark.e2e

BARESIP = """\
sip_listen 127.0.0.1:{port}
sip_certificate {certificate}
module_path {modules}
module account.so
module g711.so
module_app menu.so
"""


class Identity(Protocol):
    certificate: Path
    key: Path
    expires_at: float


class Proxy(Protocol):
    port: int
    tls_port: int


@pytest.fixture(scope="module")
def baresip(
    tmp_path_factory: pytest.TempPathFactory,
    identity: Identity,
    modules_of: Callable[[str, str], Path],
    start_program: Callable[[list[str], Callable[[], bool]], None],
) -> int:
    folder = tmp_path_factory.mktemp("baresip")
    port = _two_free_ports()
    modules = modules_of("baresip", "account.so")
    both = folder / "identity.pem"
    both.write_bytes(identity.certificate.read_bytes() + identity.key.read_bytes())
    (folder / "config").write_text(BARESIP.format(port=port, modules=modules, certificate=both))
    (folder / "accounts").write_text(f"<sip:hall@127.0.0.1:{port}>;regint=0\n")
    program = shutil.which("baresip")
    assert program is not None, "baresip is not installed: apt-get install baresip-core"
    start_program(
        [program, "-f", str(folder)],
        lambda: sip.options("127.0.0.1", port, timeout_seconds=2).alive,
    )
    return port


def _two_free_ports() -> int:
    """Return a port that nobody uses, nor the next one, where baresip listens for TLS.

    From below those that the system gives to outgoing connections: one of these would take the
    next port at any moment.
    """
    for port in random.sample(range(20_000, 30_000, 2), 100):
        with ExitStack() as stack:
            try:
                for number in (port, port + 1):
                    stack.enter_context(socket.create_server(("127.0.0.1", number)))
                udp = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no two ports are free")


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
    assert seen.rtt_seconds > 0
    assert lines[-1].startswith("200 OK after ")


def test_proxy_answers_over_tls_and_tells_when_its_certificate_expires(
    kamailio: Proxy, identity: Identity
) -> None:
    trusted = sip.options(
        "127.0.0.1",
        kamailio.tls_port,
        transport=Transport.TLS,
        timeout_seconds=5,
        ca_file=str(identity.certificate),
    )
    untrusted = sip.options(
        "127.0.0.1", kamailio.tls_port, transport=Transport.TLS, timeout_seconds=5
    )

    for seen in (trusted, untrusted):
        assert seen.status_code == 200
        assert seen.handshake is not None
        assert seen.handshake.certificate_expires_at == identity.expires_at
    assert trusted.handshake is not None
    assert trusted.handshake.verified
    assert untrusted.handshake is not None
    assert "self-signed" in untrusted.handshake.verify_error


def test_busy_is_alive(kamailio: Proxy) -> None:
    seen = sip.options("127.0.0.1", kamailio.port, user="busy", timeout_seconds=5)

    assert seen.alive
    assert seen.status_code == 486


def test_silence_is_asked_again_and_then_a_timeout(kamailio: Proxy) -> None:
    seen = sip.options("127.0.0.1", kamailio.port, user="silent", timeout_seconds=1.4)

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

    assert seen.status_code == 200
    assert seen.server.startswith("baresip")


def test_endpoint_answers_over_tls(baresip: int, identity: Identity) -> None:
    seen = sip.options(
        "127.0.0.1",
        baresip + 1,
        transport=Transport.TLS,
        user="hall",
        timeout_seconds=5,
        ca_file=str(identity.certificate),
    )

    assert seen.status_code == 200
    assert seen.handshake is not None
    assert seen.handshake.verified
    assert seen.handshake.certificate_expires_at == identity.expires_at
