"""Real programs for end-to-end tests, on loopback: started, awaited, ended, and never skipped."""

import datetime as dt
import ipaddress
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from agent.checks.contract import Context
from agent.checks.table import load as load_check
from agent.clock import SystemClock
from agent.measuring.execute import execute
from agent.probe import sip
from agent.probe.sip import Transport
from collector.store import open_store
from collector.store.registry import NewKey, enrol, enrol_all
from govnet.report import (
    HEADER_AGENT,
    HEADER_KEY,
    HEADER_SIGNATURE,
    PATH_REPORTS,
    Purpose,
    Sample,
    sign,
)
from govnet.settings import CheckSettings
from inventory.load import load
from tests.e2e.debian_root import BUILT_AT
from tests.e2e.higher_version import make_higher

if "PYTEST_XDIST_WORKER" in os.environ:
    # xdist hands its own search path on: pip in a new environment would find our libraries there.
    os.environ.pop("PYTHONPATH", None)

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
"""Half a second to three is usual; a busy machine takes longer."""
STOP_SECONDS = 10.0
ANSWER_SECONDS = 30.0
LONGEST_TEST_SECONDS, LONGEST_INSTALLATION_SECONDS = 300, 600
"""Real parts are started and waited for: time for several long waits, one after another."""
BUILD_SECONDS = 300.0
EXPIRES = dt.datetime(2033, 4, 5, 6, 7, 8, tzinfo=dt.UTC)

StartProgram = Callable[[Sequence[str], Callable[[], bool]], None]

ROOMS = ("office", "gateway", "carrier", "centre")

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
modparam("tls", "certificate", "{certificate}")
modparam("tls", "private_key", "{key}")
modparam("tls", "tls_method", "TLSv1.2+")
request_route {{
    if ($rU == "busy") {{ sl_send_reply("486", "Busy Here"); exit; }}
    if ($rU == "silent") {{ exit; }}
    sl_send_reply("200", "OK");
    exit;
}}
"""


@dataclass(frozen=True)
class Identity:
    """A self-signed certificate for 127.0.0.1, its key, and when it ends."""

    certificate: Path
    key: Path
    expires_at: float

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True)
class Proxy:
    """Kamailio at 127.0.0.1: `port` for UDP and TCP, `tls_port` with the test's identity."""

    port: int
    tls_port: int


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test of this folder that says nothing else its time."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.get_closest_marker("timeout") is None:
            installs = item.get_closest_marker("installs") is not None
            longest = LONGEST_INSTALLATION_SECONDS if installs else LONGEST_TEST_SECONDS
            item.add_marker(pytest.mark.timeout(longest))


@pytest.fixture(scope="session")
def debian_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with our two Debian packages, built once from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        (ROOT / "deploy/debian/build.sh",),
        check=False,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        env=os.environ | BUILT_AT | {"OUT": str(folder), "PIP": f"{sys.executable} -m pip"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def higher_packages(tmp_path_factory: pytest.TempPathFactory, debian_packages: Path) -> Path:
    """Return a folder with both once more, as a higher version that migrates the database."""
    folder = tmp_path_factory.mktemp("higher")
    for package in debian_packages.glob("*.deb"):
        make_higher(package, folder)
    return folder


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Return a function that gives a port nobody uses just now, neither over TCP nor UDP."""

    def find() -> int:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            udp.bind(("127.0.0.1", port))
            return port

    return find


@pytest.fixture(scope="session")
def measured() -> Callable[[CheckSettings], dict[str, float]]:
    """Return a function that runs a check once, as the agent does, and gives its samples.

    Those with labels have them behind their name, as `name{label="value"}`.
    """

    def measure(settings: CheckSettings) -> dict[str, float]:
        clock = SystemClock()
        context = Context(
            timeout_seconds=settings.timeout_seconds,
            deadline=clock.monotonic() + settings.timeout_seconds,
            clock=clock,
        )
        finding = execute(load_check, settings, context)
        assert finding.error is None
        return {_named(sample): sample.value for sample in finding.samples}

    return measure


def _named(sample: Sample) -> str:
    labels = ",".join(f'{key}="{value}"' for key, value in (sample.labels or {}).items())
    return f"{sample.name}{{{labels}}}" if labels else sample.name


@pytest.fixture(scope="session")
def modules_of() -> Callable[[str, str], Path]:
    """Return a function that finds the folder of a Debian program's module."""

    def find(program: str, module: str) -> Path:
        library = Path("/usr/lib")
        wanted = f"{program}/modules/{module}"
        found = [*library.glob(f"*/{wanted}"), *library.glob(wanted)]
        assert found, f"{program} is not installed completely: apt-get install {program}"
        return found[0].parent

    return find


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
    if process.stdout is not None:
        process.stdout.close()


def _programs() -> Iterator[StartProgram]:
    with ExitStack() as stack:

        def start(command: Sequence[str], is_ready: Callable[[], bool]) -> None:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            stack.callback(_end, process)
            ends_at = time.monotonic() + START_SECONDS
            while time.monotonic() < ends_at and process.poll() is None:
                if is_ready():
                    return
                time.sleep(0.1)  # A refused connection answers at once.
            process.kill()
            said = process.stdout.read() if process.stdout is not None else b""
            raise AssertionError(said.decode("utf-8", "replace"))

        yield start


@pytest.fixture(scope="session")
def start_program() -> Iterator[StartProgram]:
    """Return a function that starts a program, waits until it is ready, and ends it at last.

    What the program said explains why it is not ready in time.
    """
    yield from _programs()


@pytest.fixture
def own_program() -> Iterator[StartProgram]:
    """Do as `start_program`, for one test alone."""
    yield from _programs()


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    folder = tmp_path_factory.mktemp("identity")
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
    found = Identity(folder / "certificate.pem", folder / "key.pem", EXPIRES.timestamp())
    found.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    found.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return found


@pytest.fixture(scope="session")
def kamailio(
    tmp_path_factory: pytest.TempPathFactory,
    identity: Identity,
    free_port: Callable[[], int],
    modules_of: Callable[[str, str], Path],
    start_program: StartProgram,
) -> Proxy:
    folder = tmp_path_factory.mktemp("kamailio")
    proxy = Proxy(free_port(), free_port())
    config = folder / "kamailio.cfg"
    config.write_text(
        KAMAILIO.format(
            modules=modules_of("kamailio", "tls.so"),
            port=proxy.port,
            tls_port=proxy.tls_port,
            certificate=identity.certificate,
            key=identity.key,
        )
    )

    def is_ready() -> bool:
        return all(
            sip.options("127.0.0.1", port, transport=transport, timeout_seconds=2).alive
            for transport, port in ((Transport.UDP, proxy.port), (Transport.TLS, proxy.tls_port))
        )

    start_program(
        [
            *("kamailio", "-DD", "-E", "-f", str(config), "-m", "32", "-M", "8"),
            *("-Y", str(folder), "-P", str(folder / "kamailio.pid"), "-w", str(folder)),
        ],
        is_ready,
    )
    return proxy


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Network:
    """Namespaces in a row: office, gateway, carrier, centre; nothing leaves them. Needs root.

    Between rooms i and i+1 are 198.18.i.0/24 and 2001:db8:i::/64, host 1 on the near
    side and 2 on the far one.
    """

    prefix: str

    def inside(self, room: str, *command: str) -> str:
        return _run("ip", "netns", "exec", self.prefix + room, *command)

    def end(self, index: int, side: str) -> str:
        """Return the name of an adapter: cable number and "a" (near) or "b" (far)."""
        return f"{self.prefix}{index}{side}"[-15:]


def _connect(network: Network, index: int) -> None:
    """Join two neighbouring rooms and send everything else onwards and back."""
    near, far = ROOMS[index], ROOMS[index + 1]
    ends = (network.end(index, "a"), network.end(index, "b"))
    _run("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
    for room, end, host in ((near, ends[0], 1), (far, ends[1], 2)):
        _run("ip", "link", "set", end, "netns", network.prefix + room)
        network.inside(room, "ip", "addr", "add", f"198.18.{index}.{host}/24", "dev", end)
        network.inside(
            room, "ip", "addr", "add", f"2001:db8:{index}::{host}/64", "dev", end, "nodad"
        )
        network.inside(room, "ip", "link", "set", end, "up")


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    network = Network(f"gn{os.getpid()}-")
    made: list[str] = []
    try:
        for room in ROOMS:
            _run("ip", "netns", "add", network.prefix + room)
            made.append(network.prefix + room)
            network.inside(room, "ip", "link", "set", "lo", "up")
            for switch in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
                network.inside(room, "sysctl", "-qw", switch)
        for index in range(len(ROOMS) - 1):
            _connect(network, index)
        for index, room in enumerate(ROOMS):
            for target in range(len(ROOMS) - 1):
                if target in (index - 1, index):
                    continue
                onwards = target > index
                via = f"{index}.2" if onwards else f"{index - 1}.1"
                via6 = f"{index}::2" if onwards else f"{index - 1}::1"
                network.inside(
                    room, "ip", "route", "add", f"198.18.{target}.0/24", "via", f"198.18.{via}"
                )
                network.inside(
                    room, "ip", "route", "add", f"2001:db8:{target}::/64", "via", f"2001:db8:{via6}"
                )
        network.inside("office", "sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
        yield network
    finally:
        for name in made:
            subprocess.run(("ip", "netns", "delete", name), check=False, timeout=60)


class CollectorProcess:
    """A real `govnet serve` on loopback with one enrolled agent."""

    def __init__(self, folder: Path, inventory: Path, options: Sequence[str] = ()) -> None:
        self.data = folder / "data"
        self.inventory = inventory
        self.options = options
        self.tls = self._tls()
        self.listen_on(_free_port())
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "collector.log"
        self.key = self.enrol("trung-tam")

    def _tls(self) -> ssl.SSLContext | None:
        """Return how to trust it, after `govnet tls init`."""
        ca_file = self.data / "tls/ca.pem"
        return ssl.create_default_context(cafile=str(ca_file)) if ca_file.exists() else None

    def _connection(self) -> HTTPConnection:
        if self.tls is not None:
            return HTTPSConnection(*self.address, timeout=ANSWER_SECONDS, context=self.tls)
        return HTTPConnection(*self.address, timeout=ANSWER_SECONDS)

    def enrol(self, site: str, machine: str | None = None) -> NewKey:
        """Make an agent."""
        store = open_store(self.data)
        try:
            return enrol(store, load(self.inventory), site, machine, time.time())
        finally:
            store.close()

    def enrol_all(self, sites: Sequence[str]) -> list[NewKey]:
        """Make an agent for every site named, a site as often as it is named."""
        store = open_store(self.data)
        try:
            wanted = [(site, None) for site in sites]
            return enrol_all(store, load(self.inventory), wanted, time.time())
        finally:
            store.close()

    def listen_on(self, port: int) -> None:
        """Say at which port it will listen."""
        self.address = ("127.0.0.1", port)
        self.url = f"http{'s' if self.tls else ''}://127.0.0.1:{port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "collector.cli", "serve"),
                    *("--inventory", str(self.inventory), "--data", str(self.data)),
                    *("--listen", f"127.0.0.1:{self.address[1]}", *self.options),
                ],
                stdout=log,
                stderr=log,
            )
        ends_at = time.monotonic() + START_SECONDS
        while time.monotonic() < ends_at:
            assert self.process.poll() is None, self.log.read_text()
            with suppress(OSError):
                if self.get("/readyz")[0] == 200:
                    return
            time.sleep(0.05)  # A refused connection answers at once.
        raise AssertionError(f"not ready within {START_SECONDS} s: {self.log.read_text()}")

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self) -> int:
        """End it in order; return its exit status."""
        assert self.process is not None
        self.process.terminate()
        status = self.process.wait(START_SECONDS)
        self.process = None
        return status

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a GET with the operator's token."""
        token = self.data / "operator-token"
        headers = {"Authorization": f"Bearer {token.read_text().strip()}"} if token.exists() else {}
        connection = self._connection()
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def counted(self, metric: str) -> dict[str, float]:
        """Return the values of a collector's metric by its one label's value ('' without)."""
        found = {}
        for line in self.get("/metrics/verdicts")[1].decode().splitlines():
            if line.startswith((metric + "{", metric + " ")):
                series, _, value = line.rpartition(" ")
                found[series.partition('"')[2].rpartition('"')[0]] = float(value)
        return found

    def post(
        self, body: bytes, key: NewKey | None = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Send a signed body as a batch; return status and answer."""
        key = key or self.key
        given = {
            HEADER_AGENT: key.identity.agent,
            HEADER_KEY: key.key,
            HEADER_SIGNATURE: sign(key.secret, Purpose.BATCH, body),
            "Content-Encoding": "gzip",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        connection = self._connection()
        try:
            connection.request("POST", PATH_REPORTS, body, given)
            answer = connection.getresponse()
            said = answer.read()
            assert answer.headers["Content-Type"] == "application/json", (answer.status, said)
            return answer.status, json.loads(said)
        finally:
            connection.close()

    def rss_bytes(self) -> int:
        """Return the resident memory of the process."""
        assert self.process is not None
        return psutil.Process(self.process.pid).memory_info().rss


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def collector_process(
    tmp_path: Path, small_inventory_file: Path
) -> Iterator[Callable[..., CollectorProcess]]:
    """Start a collector; the options are those of `govnet serve`."""
    started: list[CollectorProcess] = []

    def start(
        *options: str,
        folder: Path = tmp_path,
        inventory: Path = small_inventory_file,
        is_started: bool = True,
    ) -> CollectorProcess:
        collector = CollectorProcess(folder, inventory, options)
        started.append(collector)
        if is_started:
            collector.start()
        return collector

    yield start
    for collector in started:
        if collector.process is not None:
            collector.kill()
