"""TLS of a real collector: what connects, what does not, and certificates that change meanwhile."""

import contextlib
import gzip
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.transport.address import parse_collector
from agent.transport.channel import Channel, ChannelError, trusting
from collector.server import STOP_SECONDS
from collector.tls import folder
from govnet import settings
from govnet.report import (
    HEADER_AGENT,
    HEADER_KEY,
    HEADER_NONCE,
    HEADER_SIGNATURE,
    PATH_CA,
    PATH_REPORTS,
    PATH_SETTINGS,
    Clock,
    Purpose,
    Report,
    encode_batch,
    encode_report,
    sign,
)

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""

ROOT = Path(__file__).parents[2]
REFUSED = "govnet_collector_rejected_requests_total"
EXPIRY = "govnet_collector_certificate_expiry_timestamp_seconds"
WAIT_SECONDS = 60.0


def govnet(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "collector.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a collector's folder with a CA and a certificate."""
    folder = tmp_path / "data"
    done = govnet("tls", "init", "--name", "127.0.0.1", "--data", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def collector(data: Path, collector_process: Callable[..., Collector], tmp_path: Path) -> Collector:
    """Start one with TLS, patient as it is shipped: a busy machine is no hostile client."""
    config = tmp_path / "collector.toml"
    config.write_text("max_connections = 30\n")
    assert data.exists()
    return collector_process("--config", str(config))


@pytest.fixture
def impatient(data: Path, collector_process: Callable[..., Collector], tmp_path: Path) -> Collector:
    """Start one with TLS that loses its patience soon, for who stops in the middle."""
    config = tmp_path / "collector.toml"
    config.write_text("body_seconds = 2.0\nhead_seconds = 2.0\nstalled_seconds = 2.0\n")
    assert data.exists()
    return collector_process("--config", str(config))


@contextlib.contextmanager
def channel_to(collector: Collector, context: ssl.SSLContext) -> Iterator[Channel]:
    """Connect as an agent does."""
    channel = Channel(parse_collector(collector.url), context)
    try:
        yield channel
    finally:
        channel.close()


def report_once(collector: Collector, channel: Channel, seq: int = 1) -> int:
    """Send one report; return the status."""
    identity = collector.key.identity
    report = encode_report(Report(seq, time.time(), 1.0, "b", 60.0, "", ()))
    body = encode_batch(identity.agent, "0" * 16, Clock(time.time(), 1.0, "b"), [report]).body
    headers = {
        HEADER_AGENT: identity.agent,
        HEADER_KEY: collector.key.key,
        HEADER_SIGNATURE: sign(collector.key.secret, Purpose.BATCH, body),
        "Content-Encoding": "gzip",
    }
    return channel.request("POST", PATH_REPORTS, headers, body)[0].status


def bundle_of(collector: Collector, channel: Channel) -> str:
    """Return the CA that the agent's authenticated settings name."""
    identity, nonce = collector.key.identity, "0123456789"
    signature = sign(
        collector.key.secret, Purpose.SETTINGS_REQUEST, identity.agent.encode(), nonce.encode()
    )
    headers = {
        HEADER_AGENT: identity.agent,
        HEADER_KEY: collector.key.key,
        HEADER_NONCE: nonce,
        HEADER_SIGNATURE: signature,
    }
    reply, answered = channel.request("GET", PATH_SETTINGS, headers)
    body = reply.body
    assert sign(collector.key.secret, Purpose.SETTINGS, nonce.encode(), body) == answered.get(
        HEADER_SIGNATURE
    )
    return settings.decode(body).ca_pem


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_an_agent_that_trusts_the_ca_reports(
    collector: Collector, data: Path, version: ssl.TLSVersion
):
    context = trusting((data / "tls/ca.pem").read_text())
    context.minimum_version = context.maximum_version = version
    with channel_to(collector, context) as channel:
        assert report_once(collector, channel) == 200
        assert bundle_of(collector, channel) == (data / "tls/ca.pem").read_text()


def test_whoever_trusts_another_ca_sends_nothing(collector: Collector, tmp_path: Path):
    govnet("tls", "init", "--name", "127.0.0.1", "--data", str(tmp_path / "other"))
    context = trusting((tmp_path / "other/tls/ca.pem").read_text())
    with (
        channel_to(collector, context) as channel,
        pytest.raises(ChannelError, match="certificate is not the collector's"),
    ):
        report_once(collector, channel)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "ciphers"),
    [
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
        (ssl.TLSVersion.TLSv1_2, "AES128-SHA:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"),
    ],
)
def test_old_versions_and_weak_ciphers_are_refused(
    collector: Collector, version: ssl.TLSVersion, ciphers: str
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(collector.address, timeout=30) as plain,
        pytest.raises(ssl.SSLError, match=r"ALERT|EOF"),
    ):
        context.wrap_socket(plain)


def test_the_ca_is_shown_to_everyone_over_a_connection_that_nobody_trusts(
    collector: Collector, data: Path
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with channel_to(collector, context) as channel:
        reply, headers = channel.request("GET", PATH_CA, {})

    assert reply.body == (data / "tls/ca.pem").read_bytes()
    assert headers["Content-Type"] == "application/x-pem-file"
    assert b"PRIVATE" not in reply.body


def test_without_tls_there_is_no_ca(collector_process: Callable[..., Collector]):
    status, body = collector_process().get(PATH_CA)

    assert (status, json.loads(body)["error"]) == (404, "not_found")


def served_certificate(collector: Collector) -> bytes:
    with (
        socket.create_connection(collector.address, timeout=30) as plain,
        collector.tls.wrap_socket(plain, server_hostname="127.0.0.1") as client,
    ):
        return client.getpeercert(binary_form=True) or b""


def test_a_renewed_certificate_is_taken_over_while_a_client_stays_connected(
    collector: Collector, data: Path
):
    before = served_certificate(collector)
    with channel_to(collector, trusting((data / "tls/ca.pem").read_text())) as channel:
        assert report_once(collector, channel, 1) == 200
        assert govnet("tls", "renew", "--days", "30", "--data", str(data)).returncode == 0
        reloaded = govnet("reload", "--data", str(data))
        assert reloaded.returncode == 0, reloaded.stderr
        assert report_once(collector, channel, 2) == 200

    assert served_certificate(collector) != before
    assert collector.counted(EXPIRY)[""] == pytest.approx(time.time() + 29 * 86_400, abs=120)


def test_a_certificate_that_cannot_be_used_is_refused_and_the_old_one_stays(
    collector: Collector, data: Path
):
    before = served_certificate(collector)
    (data / "tls/server.pem").write_text("rubbish")

    refused = govnet("reload", "--data", str(data))
    assert refused.returncode == 2
    assert "server.pem: expected a certificate with its chain, and its key" in refused.stderr
    assert served_certificate(collector) == before
    successful = "govnet_collector_config_last_reload_successful"
    assert collector.counted(successful) == {"": 0.0}

    assert govnet("tls", "renew", "--data", str(data)).returncode == 2
    (data / "tls/server.pem").unlink()
    renewed = govnet("tls", "renew", "--name", "two.example", "--data", str(data))
    assert renewed.returncode == 0, renewed.stderr
    assert "127.0.0.1" in renewed.stdout.split(), "commands on this machine use it"
    os.kill(collector.process.pid, signal.SIGHUP)
    ends_at = time.monotonic() + WAIT_SECONDS
    while served_certificate(collector) == before:
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def test_the_ca_changes_without_cutting_anyone_off(collector: Collector, data: Path):
    """One agent follows its settings; one is switched off until the old CA is dropped."""
    first = (data / "tls/ca.pem").read_text()
    followed = first
    seq = 0
    for step in ("next-ca", "switch-ca", "drop-old-ca"):
        done = govnet("tls", step, "--data", str(data))
        assert done.returncode == 0, done.stderr
        done = govnet("reload", "--data", str(data))
        assert done.returncode == 0, done.stderr
        seq += 1
        with channel_to(collector, trusting_and_dated(followed)) as channel:
            assert report_once(collector, channel, seq) == 200
            followed = bundle_of(collector, channel)
        if step != "drop-old-ca":
            seq += 1
            with channel_to(collector, trusting_and_dated(first)) as channel:
                assert report_once(collector, channel, seq) == 200
        assert followed == (data / "tls/ca.pem").read_text()

    assert followed.count("BEGIN CERTIFICATE") == 1
    with channel_to(collector, trusting_and_dated(first)) as channel, pytest.raises(ChannelError):
        report_once(collector, channel)
    with channel_to(collector, trusting_and_dated(followed)) as channel:
        assert report_once(collector, channel, seq + 1) == 200


def trusting_and_dated(pem: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem)
    return context


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "198.18.0.1:0"])
def test_plain_http_for_other_machines_is_refused_at_the_start(
    tmp_path: Path, small_inventory_file: Path, listen: str
):
    done = govnet(
        *("serve", "--inventory", str(small_inventory_file), "--listen", listen),
        *("--data", str(tmp_path / "data")),
    )

    assert done.returncode == 2
    assert f"got '{listen}'" in done.stderr
    assert "govnet tls init" in done.stderr


# --- what a hostile or broken client can hold -----------------------------------------------------


def said_until_closed(client: socket.socket) -> bytes:
    said = b""
    with contextlib.suppress(ConnectionResetError, ssl.SSLError):
        while piece := client.recv(65536):
            said += piece
    return said


@pytest.mark.parametrize(
    ("hello", "reason"),
    [
        (b"", "request_timeout"),
        (b"\x16\x03\x01\x02\x00\x01", "request_timeout"),
        (b"GET / HTTP/1.1\r\n\r\n", "bad_request"),
    ],
)
def test_a_greeting_that_never_ends_is_cut_off_and_counted(
    impatient: Collector, hello: bytes, reason: str
):
    """Nothing at all, a first record that stops, and plain HTTP."""
    before = impatient.counted(REFUSED)[reason]
    with socket.create_connection(impatient.address, timeout=30) as client:
        client.sendall(hello)
        said_until_closed(client)

    assert impatient.counted(REFUSED)[reason] == before + 1


def test_greetings_under_way_count_as_connections(collector: Collector, data: Path):
    """30 may be there at once; who comes then is closed, and nothing is greeted for ever."""
    before = collector.counted(REFUSED)["rate_limited"]
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(collector.address, timeout=30))
            for _ in range(40)
        ]
        late = clients[30:]
        assert [said_until_closed(client) for client in late] == [b""] * 10

    ends_at = time.monotonic() + WAIT_SECONDS
    while True:
        with contextlib.suppress(OSError):
            after = collector.counted(REFUSED)["rate_limited"]
            break
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    assert after >= before + 10
    with channel_to(collector, trusting((data / "tls/ca.pem").read_text())) as channel:
        assert report_once(collector, channel) == 200


@contextlib.contextmanager
def tls_client(collector: Collector, receive_bytes: int | None = None) -> Iterator[ssl.SSLSocket]:
    plain = socket.socket()
    plain.settimeout(30)
    if receive_bytes is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    with plain:
        plain.connect(collector.address)
        with collector.tls.wrap_socket(plain, server_hostname="127.0.0.1") as client:
            yield client


def test_a_client_that_stops_within_the_body_is_given_up(impatient: Collector):
    head = (
        b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
        b"Govnet-Agent: %s\r\nGovnet-Key: k1\r\nGovnet-Signature: 0\r\n\r\nx"
        % impatient.key.identity.agent.encode()
    )
    with tls_client(impatient) as client:
        client.sendall(head)
        assert b"request_timeout" in said_until_closed(client)


def test_a_client_that_says_nothing_after_the_greeting_is_closed(impatient: Collector):
    with tls_client(impatient) as client:
        assert said_until_closed(client) == b""


def test_a_client_that_does_not_read_is_cut_off(impatient: Collector):
    with (
        tls_client(impatient, receive_bytes=2048) as client,
        pytest.raises((ConnectionError, ssl.SSLError)),
    ):
        _go_on_asking(client)


def _go_on_asking(client: ssl.SSLSocket) -> None:
    """Ask again and again, at a pace: a burst would end the connection at once."""
    ends_at = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends_at:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)


def test_garbage_inside_tls_is_refused_and_counted(collector: Collector):
    before = collector.counted(REFUSED)["bad_request"]
    with tls_client(collector) as client:
        client.sendall(gzip.compress(os.urandom(500)))
        assert b"bad_request" in said_until_closed(client)

    assert collector.counted(REFUSED)["bad_request"] == before + 1


def test_a_collector_stops_soon_though_agents_stay_connected(collector: Collector, data: Path):
    """Their end of TLS never comes: they are asleep until the next report."""
    with channel_to(collector, trusting((data / "tls/ca.pem").read_text())) as channel:
        assert report_once(collector, channel) == 200
        started = time.monotonic()
        assert collector.stop() == 0

    assert time.monotonic() - started < STOP_SECONDS, "an answer under way is waited for so long"


# --- commands and Prometheus ----------------------------------------------------------------------


def test_commands_know_a_certificate_that_names_no_address_of_this_machine(
    tmp_path: Path, free_port: Callable[[], int]
):
    """As a province's CA issues it: for the public name only."""
    made = tmp_path / "province"
    folder.init(made, ["*.lamdong.example"], 397, time.time())
    config = tmp_path / "collector.toml"
    config.write_text(
        'tls_certificate_file = "province/tls/server.pem"\ntls_ca_file = "province/tls/ca.pem"\n'
    )
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "collector.cli", "serve", "--config", str(config)),
            *("--inventory", str(ROOT / "inventory.yaml"), "--data", str(tmp_path / "data")),
            *("--listen", f"127.0.0.1:{free_port()}"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "https://127.0.0.1:" in process.stdout.readline()
        done = reload_when_ready(tmp_path / "data")
        assert done.returncode == 0, done.stderr
        assert "taken over" in done.stdout

        folder.init(tmp_path / "other", ["*.lamdong.example"], 397, time.time())
        (made / "tls/ca.pem").write_bytes((tmp_path / "other/tls/ca.pem").read_bytes())
        refused = govnet("reload", "--data", str(tmp_path / "data"))
        assert refused.returncode == 1
        assert "CERTIFICATE_VERIFY_FAILED" in refused.stderr
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_SECONDS)


def reload_when_ready(data: Path) -> subprocess.CompletedProcess[str]:
    ends_at = time.monotonic() + WAIT_SECONDS
    while True:
        done = govnet("reload", "--data", str(data))
        if "refused" not in done.stderr or time.monotonic() > ends_at:
            return done


def test_prometheus_scrapes_over_tls_with_the_shipped_configuration(
    collector: Collector,
    data: Path,
    tmp_path: Path,
    free_port: Callable[[], int],
    start_program: Callable[..., None],
):
    shipped = (ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8")
    config = (
        re.sub(r"# (tls_config:|  ca_file:)", r"\1", shipped)
        .replace("http://127.0.0.1:8470", collector.url)
        .replace("/etc/prometheus/govnet-ca.pem", str(data / "tls/ca.pem"))
        .replace("rules/*.yml", str(ROOT / "deploy/prometheus/rules/*.yml"))
        .replace("scrape_interval: 15s", "scrape_interval: 1s")
        .replace("alerting:", "x-alerting:")
    )
    config = re.sub(r"x-alerting:\n(  .*\n)+", "", config)
    (tmp_path / "prometheus.yml").write_text(config)
    port = free_port()

    def has_scraped() -> bool:
        query = f"http://127.0.0.1:{port}/api/v1/query?query=govnet_collector_info"
        try:
            with urllib.request.urlopen(query, timeout=5) as answer:
                return bool(json.load(answer)["data"]["result"])
        except OSError:
            return False

    start_program(
        [
            *("prometheus", f"--config.file={tmp_path / 'prometheus.yml'}"),
            *(f"--storage.tsdb.path={tmp_path / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}"),
        ],
        has_scraped,
    )
