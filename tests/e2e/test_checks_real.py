"""The checks against real servers on loopback, and on the machine that runs the tests."""

import pwd
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from agent.checks.contract import Context
from agent.checks.table import load
from agent.clock import SystemClock
from agent.measuring.execute import Finding, execute
from agent.probe.trace import silent
from govnet.catalogue import CATALOGUE, POINT_PROTOCOLS, Kind
from govnet.report import Sample
from govnet.settings import (
    CheckSettings,
    ConferenceProtocol,
    ConferenceSettings,
    LanSettings,
    LinkSettings,
    Login,
    MachineSettings,
    PathEnd,
    Peer,
    Secret,
    ServiceSettings,
    SnmpAccess,
)

pytestmark = pytest.mark.e2e

PAGE = "Cổng dịch vụ công".encode()


class Identity(Protocol):
    expires_at: float

    def server_context(self) -> ssl.SSLContext: ...


class Proxy(Protocol):
    port: int
    tls_port: int


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: the first of two handshakes is broken off when nobody trusts us."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def http_port() -> Iterator[int]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Page)) as port:
        yield port


@pytest.fixture
def https_port(identity: Identity) -> Iterator[int]:
    server = QuietServer(("127.0.0.1", 0), Page)
    server.socket = identity.server_context().wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    with serving(server) as port:
        yield port


def measure(settings: CheckSettings, trace: Callable[[str], None] = silent) -> Finding:
    clock = SystemClock()
    return execute(
        load,
        settings,
        Context(
            timeout_seconds=settings.timeout_seconds,
            deadline=clock.monotonic() + settings.timeout_seconds,
            clock=clock,
            trace=trace,
        ),
    )


BY_THE_KERNEL = (
    "govnet_service_tcp_rtt_seconds",
    "govnet_service_tcp_retransmits",
    "govnet_service_path_mtu_bytes",
)
"""What TCP knew of the connection, where one stood."""


def values(finding: Finding, **labels: str) -> dict[str, float]:
    """Return the values by name of the samples that have exactly these labels.

    What the kernel knew of a connection has a test of its own.
    """
    return {
        each.name: each.value
        for each in finding.samples
        if dict(each.labels or {}) == labels and each.name not in BY_THE_KERNEL
    }


def test_path_to_this_machine_answers_every_echo() -> None:
    end = PathEnd(end="far", address="127.0.0.1")
    finding = measure(LinkSettings(target="t", ends=(end,), probes=5, spacing_seconds=0.01))

    assert finding.error is None
    seen = values(finding, end="far")
    assert seen["govnet_link_reachable"] == 1
    assert seen["govnet_link_loss_ratio"] == 0
    assert 0 < seen["govnet_link_rtt_seconds"] < 1
    assert 0 <= seen["govnet_link_rtt_variation_mean_seconds"] < 1
    assert (
        seen["govnet_link_rtt_variation_mean_seconds"]
        <= seen["govnet_link_rtt_variation_p95_seconds"]
    )


def test_every_end_is_measured() -> None:
    ends = tuple(
        PathEnd(end=end, address=f"127.0.0.{number}")
        for number, end in enumerate(("gateway", "next_hop", "far"), start=1)
    )
    finding = measure(LinkSettings(target="t", ends=ends, probes=3, spacing_seconds=0.05))

    assert finding.error is None
    assert [values(finding, end=each.end)["govnet_link_reachable"] for each in ends] == [1, 1, 1]


def test_unknown_end_leaves_the_others() -> None:
    ends = (PathEnd(end="far", address="127.0.0.1"), PathEnd(end="site"))
    finding = measure(LinkSettings(target="t", ends=ends, probes=2, spacing_seconds=0.01))

    assert finding.error == "site: expected an address"
    assert values(finding, end="far")["govnet_link_reachable"] == 1


def test_page_is_as_expected(http_port: int) -> None:
    finding = measure(
        ServiceSettings(
            target="t",
            url=f"http://127.0.0.1:{http_port}/",
            expect_status=200,
            expect_content="dịch vụ công",
        )
    )

    assert finding.error is None
    assert values(finding) == {
        "govnet_service_up": 1,
        "govnet_service_status_code": 200,
        "govnet_service_content_matched": 1,
    }
    phases = {
        (each.labels or {})["phase"]: each.value
        for each in finding.samples
        if each.name == "govnet_service_duration_seconds"
    }
    assert list(phases) == ["dns", "connect", "first_byte", "transfer"]
    assert all(0 <= seconds < 5 for seconds in phases.values())


def test_connection_of_a_page_is_told(http_port: int) -> None:
    finding = measure(ServiceSettings(target="t", url=f"http://127.0.0.1:{http_port}/"))

    rtt, retransmits, mtu = (
        next(each.value for each in finding.samples if each.name == name) for name in BY_THE_KERNEL
    )
    assert 0 < rtt < 1
    assert retransmits == 0
    assert mtu >= 576


def test_missing_page_is_not_up(http_port: int) -> None:
    finding = measure(ServiceSettings(target="t", url=f"http://127.0.0.1:{http_port}/mot-cua"))

    assert values(finding) == {"govnet_service_up": 0, "govnet_service_status_code": 404}


@pytest.mark.parametrize(("verify", "up"), [(True, 0), (False, 1)])
def test_self_signed_certificate_counts_as_the_settings_say(
    https_port: int, identity: Identity, *, verify: bool, up: int
) -> None:
    finding = measure(
        ServiceSettings(
            target="t", url=f"https://127.0.0.1:{https_port}/", verify_certificate=verify
        )
    )

    assert finding.error is None
    assert values(finding) == {
        "govnet_service_up": up,
        "govnet_service_status_code": 200,
        "govnet_service_certificate_verified": 0,
        "govnet_service_certificate_expiry_timestamp_seconds": identity.expires_at,
    }
    assert values(finding, fault="self_signed") == {"govnet_service_certificate_fault": 1}
    assert values(finding, phase="tls")["govnet_service_duration_seconds"] > 0


def test_plain_server_at_an_https_address_is_not_up(http_port: int) -> None:
    finding = measure(ServiceSettings(target="t", url=f"https://127.0.0.1:{http_port}/"))

    assert finding.error is None
    assert values(finding) == {"govnet_service_up": 0}


def test_port_opens_and_closed_port_does_not(http_port: int, free_port: Callable[[], int]) -> None:
    opened = measure(ServiceSettings(target="t", url=f"tcp://127.0.0.1:{http_port}"))
    refused = measure(ServiceSettings(target="t", url=f"tcp://127.0.0.1:{free_port()}"))

    assert values(opened) == {"govnet_service_up": 1}
    assert values(refused) == {"govnet_service_up": 0}


def test_page_of_a_name_with_two_families_is_asked_by_each(
    http_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resolver says that the name has both; the server listens by IPv4 alone."""
    known: list[tuple[socket.AddressFamily, tuple[Any, ...]]] = [
        (socket.AF_INET6, ("::1", http_port, 0, 0)),
        (socket.AF_INET, ("127.0.0.1", http_port)),
    ]

    def getaddrinfo(*asked: Any) -> list[Any]:
        host, _, family, *_, flags = asked
        if host != "cong.example" or flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return [
            (kind, socket.SOCK_STREAM, 6, "", address)
            for kind, address in known
            if family in (socket.AF_UNSPEC, kind)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    finding = measure(ServiceSettings(target="t", url=f"http://cong.example:{http_port}/"))

    assert values(finding)["govnet_service_up"] == 1
    assert values(finding, family="ipv4") == {"govnet_service_family_up": 1}
    assert values(finding, family="ipv6") == {"govnet_service_family_up": 0}


def test_mail_server_with_tls_from_the_start(
    free_port: Callable[[], int], identity: Identity
) -> None:
    port = free_port()
    controller = Controller(
        Sink(), hostname="127.0.0.1", port=port, ssl_context=identity.server_context()
    )
    controller.start()
    try:
        finding = measure(
            ServiceSettings(target="t", url=f"smtps://127.0.0.1:{port}", verify_certificate=False)
        )
    finally:
        controller.stop()

    assert finding.error is None
    assert values(finding)["govnet_service_up"] == 1
    assert (
        values(finding)["govnet_service_certificate_expiry_timestamp_seconds"]
        == identity.expires_at
    )


@contextmanager
def mail_server(port: int, tls: ssl.SSLContext | None) -> Iterator[None]:
    controller = Controller(Sink(), hostname="127.0.0.1", port=port, tls_context=tls)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def test_mail_server_greets(free_port: Callable[[], int]) -> None:
    port = free_port()
    with mail_server(port, None):
        finding = measure(ServiceSettings(target="t", url=f"smtp://127.0.0.1:{port}"))

    assert finding.error is None
    assert values(finding) == {"govnet_service_up": 1, "govnet_service_status_code": 220}


def test_mail_servers_certificate_is_seen_by_starttls(
    free_port: Callable[[], int], identity: Identity
) -> None:
    port = free_port()
    with mail_server(port, identity.server_context()):
        finding = measure(
            ServiceSettings(target="t", url=f"smtp://127.0.0.1:{port}", verify_certificate=False)
        )

    assert finding.error is None
    assert values(finding) == {
        "govnet_service_up": 1,
        "govnet_service_status_code": 220,
        "govnet_service_certificate_verified": 0,
        "govnet_service_certificate_expiry_timestamp_seconds": identity.expires_at,
    }


@contextmanager
def gatekeeper() -> Iterator[int]:
    """Answer one GatekeeperRequest with a hand-made GatekeeperConfirm; give the port."""
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(20)

        def answer() -> None:
            request, sender = sock.recvfrom(2048)
            protocol, address = request[4:11], bytes.fromhex("00c612000506b7")
            sock.sendto(b"\x04\x00" + request[2:4] + protocol + address, sender)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield sock.getsockname()[1]
        thread.join(20)


def test_conference_endpoint_answers_by_every_protocol(
    kamailio: Proxy, https_port: int, identity: Identity
) -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as h323, gatekeeper() as ras_port:
        protocols = (
            ConferenceProtocol(name="icmp", port=1),
            ConferenceProtocol(name="sip_udp", port=kamailio.port),
            ConferenceProtocol(name="sip_tcp", port=kamailio.port),
            ConferenceProtocol(name="sip_tls", port=kamailio.tls_port),
            ConferenceProtocol(name="h323", port=h323.getsockname()[1]),
            ConferenceProtocol(name="h323_gatekeeper", port=ras_port),
            ConferenceProtocol(name="https", port=https_port),
        )
        finding = measure(
            ConferenceSettings(target="t", address="127.0.0.1", protocols=protocols), told.append
        )

    assert finding.error is None
    for each in protocols:
        seen = values(finding, protocol=each.name)
        assert seen["govnet_point_reachable"] == 1
        assert 0 < seen["govnet_point_rtt_seconds"] < 5
        assert seen.get("govnet_point_sip_status_code") == (
            200 if each.name.startswith("sip_") else None
        )
        assert seen.get("govnet_point_certificate_expiry_timestamp_seconds") == (
            identity.expires_at if each.name in ("sip_tls", "https") else None
        )
    assert any(line.startswith("sip_udp: 200 OK after ") for line in told)


def test_conference_endpoint_that_is_not_there_is_a_finding(free_port: Callable[[], int]) -> None:
    protocols = tuple(
        ConferenceProtocol(name=name, port=free_port())
        for name in POINT_PROTOCOLS
        if name != "icmp"
    )
    access = SnmpAccess(community=Secret("x"), port=free_port())
    finding = measure(
        ConferenceSettings(
            target="t",
            address="127.0.0.1",
            protocols=protocols,
            snmp=access,
            login=Login(user="a", password=Secret("b")),
        )
    )

    assert finding.error is None
    assert [(each.name, each.value) for each in finding.samples] == [
        ("govnet_point_reachable", 0.0)
    ] * len(protocols)


def assert_conforms(samples: tuple[Sample, ...]) -> None:
    """Every value is one that its row allows, and no label says who works here."""
    people = {entry.pw_name for entry in pwd.getpwall()}
    for sample in samples:
        metric = CATALOGUE[sample.name]
        if metric.kind is Kind.COUNTER or metric.name.endswith(("_bytes", "_ratio")):
            assert sample.value >= 0, sample
        if metric.name.endswith(("_ratio", "_info", "_up", "_reachable", "_on_mains")):
            assert sample.value <= 1, sample
        for label, text in (sample.labels or {}).items():
            words = set(re.split(r"[^\w-]+", text))
            assert label == "mode" or not words & people, sample
            assert socket.gethostname() not in text, sample


def test_this_machine_is_measured_whole() -> None:
    finding = measure(MachineSettings(target="t"))

    assert finding.error is None
    assert_conforms(finding.samples)
    seen = values(finding)
    assert seen["govnet_machine_cpus"] >= 1
    assert (
        0
        < seen["govnet_machine_memory_available_bytes"]
        <= seen["govnet_machine_memory_size_bytes"]
    )
    assert seen["govnet_machine_uptime_seconds"] > 0
    assert {each.name for each in finding.samples} >= {
        "govnet_machine_info",
        "govnet_machine_cpu_seconds_total",
        "govnet_machine_disk_size_bytes",
        "govnet_machine_disk_free_bytes",
        "govnet_machine_network_receive_bytes_total",
        "govnet_machine_boot_timestamp_seconds",
    }


def test_lan_of_this_machine_is_seen() -> None:
    """The gateway and the peer are this machine; resolvers are counted and not asked."""
    peers = (Peer(id="pc-2", address="127.0.0.2"),)
    finding = measure(LanSettings(target="t", gateway="127.0.0.1", peers=peers))

    assert finding.error is None
    assert_conforms(finding.samples)
    seen = values(finding)
    assert seen["govnet_lan_gateway_reachable"] == 1
    assert seen["govnet_lan_peers_assigned"] == 1
    assert seen["govnet_lan_peers_seen"] == 1
    assert seen["govnet_lan_neighbours_seen"] >= 0
    assert seen["govnet_lan_resolvers"] >= 0
