"""A real nginx and a real haproxy, as deploy/proxy configures them, before a real collector."""

import http.client
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from govnet.report import Clock, Report, encode_batch, encode_report

pytestmark = [pytest.mark.e2e, pytest.mark.installs]

PROXIES = Path(__file__).parents[2] / "deploy/proxy"
LISTED, STRANGER = "127.0.0.9", "127.0.0.8"
"""Addresses of this machine from which a client speaks; one may read /metrics without a token."""
WAIT_SECONDS = 60.0
PROMPT_SECONDS = 8.0
"""Less than the silence after which the collector says something anyway."""


def run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


def replaced(source: Path, to: Path, **pairs: str) -> Path:
    """Write a sample with what a person adapts in it; each place must be there."""
    text = source.read_text()
    for old, new in pairs.items():
        assert old in text
        text = text.replace(old, new)
    to.write_text(text)
    return to


def first_report(agent: str) -> bytes:
    """Return a batch by which the collector learns that a site is there."""
    now = time.time()
    report = encode_report(Report(1, now, 100.0, "boot", 60.0, "", ()))
    return encode_batch(agent, "0123456789abcdef", Clock(now, 100.0, "boot"), [report]).body


@dataclass
class Rig:
    """A proxy at `port` of 127.0.0.1, and the collector behind it."""

    port: int
    collector: Any
    identity: Any

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def connection(self, source: str = "127.0.0.1") -> http.client.HTTPSConnection:
        """Return a connection to the proxy from an address of this machine, verified."""
        context = ssl.create_default_context(cafile=str(self.identity.certificate))
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=30, context=context, source_address=(source, 0)
        )

    def ask(
        self, path: str, source: str = "127.0.0.1", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = self.connection(source)
        try:
            connection.request(
                "GET",
                path,
                headers={name.replace("_", "-"): said for name, said in headers.items()},
            )
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def govnet(self, *arguments: str) -> str:
        data = ("--data", str(self.collector.data))
        return run(sys.executable, "-m", "collector.cli", *arguments, *data)


def nginx_command(folder: Path, port: int, behind: int, identity: Any) -> list[str]:
    config = replaced(
        PROXIES / "nginx.conf",
        folder / "nginx.conf",
        **{
            "user www-data;": "user root;",  # Nobody else may look into the test's folder.
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            "listen [::]:443 ssl;": "",
            "/run/nginx.pid": str(folder / "nginx.pid"),
            "/var/log/nginx/error.log": "stderr",
            "127.0.0.1:8470": f"127.0.0.1:{behind}",
            "/etc/nginx/govnet-certificate.pem": str(identity.certificate),
            "/etc/nginx/govnet-key.pem": str(identity.key),
            "/etc/nginx/govnet-ca.pem": str(identity.certificate),
        },
    )
    command = ["nginx", "-e", "stderr", "-c", str(config)]
    run(*command, "-t", "-q")
    return [*command, "-g", "daemon off;"]


def haproxy_command(folder: Path, port: int, behind: int, identity: Any) -> list[str]:
    both = folder / "both.pem"
    both.write_bytes(identity.certificate.read_bytes() + identity.key.read_bytes())
    config = replaced(
        PROXIES / "haproxy.cfg",
        folder / "haproxy.cfg",
        **{
            "bind :443": f"bind 127.0.0.1:{port}",
            # Fewer files may be open here than in a data centre.
            "maxconn 20000": "maxconn 1000",
            "127.0.0.1:8470": f"127.0.0.1:{behind}",
            "/etc/haproxy/govnet.pem": str(both),
            "/etc/haproxy/govnet-ca.pem": str(identity.certificate),
        },
    )
    run("haproxy", "-c", "-q", "-f", str(config))
    return ["haproxy", "-db", "-f", str(config)]


COMMANDS = {"nginx": nginx_command, "haproxy": haproxy_command}


@pytest.fixture
def collector(
    tmp_path: Path, free_port: Callable[[], int], collector_process: Callable[..., Any]
) -> Any:
    """Start a collector for a proxy that will be at `url`'s port."""
    port = free_port()
    config = tmp_path / "collector.toml"
    config.write_text(
        f'url = "https://127.0.0.1:{port}"\n'
        'trusted_proxies = ["127.0.0.1/32"]\n'
        f'metrics_allow = ["{LISTED}/32"]\n'
    )
    collector = collector_process("--config", str(config), "--report-interval", "1")
    collector.proxy_port = port
    return collector


@pytest.fixture(params=sorted(COMMANDS))
def rig(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    identity: Any,
    collector: Any,
    own_program: Callable[..., None],
) -> Rig:
    rig = Rig(collector.proxy_port, collector, identity)

    def is_ready() -> bool:
        try:
            return rig.ask("/readyz")[0] == http.HTTPStatus.OK
        except OSError:
            return False

    command = COMMANDS[request.param](tmp_path, rig.port, collector.address[1], identity)
    own_program(command, is_ready)
    return rig


def test_an_agent_enrols_and_reports_through_the_proxy_by_the_proxys_ca(
    rig: Rig, tmp_path: Path
) -> None:
    token = rig.govnet(
        *("token", "create", "--site", "xa-a", "--url", rig.url),
        *("--ca-file", str(rig.identity.certificate), "--inventory", str(rig.collector.inventory)),
    )
    toml = tmp_path / "agent.toml"
    agent = (sys.executable, "-m", "agent.cli")
    run(
        *(*agent, "enrol", token.strip(), "--config", str(toml)),
        *("--state-dir", str(tmp_path / "state")),
    )

    with subprocess.Popen(
        [*agent, "run", "--config", str(toml)], stderr=subprocess.DEVNULL
    ) as running:
        try:
            ends_at = time.monotonic() + WAIT_SECONDS
            accepted = "govnet_collector_reports_total"
            while not rig.collector.counted(accepted).get("accepted"):
                assert time.monotonic() < ends_at, rig.collector.counted(accepted)
                time.sleep(0.2)
        finally:
            running.terminate()


def test_the_clients_address_is_the_clients_and_nobody_can_claim_another(rig: Rig) -> None:
    forged = {"X_Forwarded_For": LISTED}

    assert [200, 401, 401] == [
        rig.ask("/metrics/verdicts", LISTED)[0],
        rig.ask("/metrics/verdicts", STRANGER)[0],
        rig.ask("/metrics/verdicts", STRANGER, **forged)[0],
    ]
    direct = http.client.HTTPConnection(
        *rig.collector.address, timeout=30, source_address=(STRANGER, 0)
    )
    direct.request("GET", "/metrics/verdicts", headers={"X-Forwarded-For": LISTED})
    assert 401 == direct.getresponse().status
    direct.close()


def test_server_sent_events_arrive_at_once_and_one_after_the_other(rig: Rig) -> None:
    link = rig.govnet("login-link").strip()
    assert link.startswith(rig.url)
    status, headers, _ = rig.ask(link.removeprefix(rig.url))
    assert 303 == status
    assert "Secure" in headers["Set-Cookie"]

    connection = rig.connection()
    started = time.monotonic()
    cookie = headers["Set-Cookie"].split(";")[0]
    connection.request("GET", "/events", headers={"Cookie": cookie})
    stream = connection.getresponse()
    first, waited = stream.readline(), time.monotonic() - started
    assert (200, b"retry: 5000\n") == (stream.status, first)
    assert waited < PROMPT_SECONDS

    assert 200 == rig.collector.post(first_report(rig.collector.key.identity.agent))[0]
    reported = time.monotonic()
    lines = iter(stream.readline, b"")
    assert b"event: verdicts\n" in lines
    assert time.monotonic() - reported < PROMPT_SECONDS
    connection.close()


def test_the_proxy_bounds_bodies_and_keeps_connections(rig: Rig) -> None:
    connection = rig.connection()
    for _ in range(3):
        connection.request("GET", "/healthz")
        assert {"status": "ok"} == json.loads(connection.getresponse().read())
        assert connection.sock is not None  # It stays open for the next.
    connection.putrequest("POST", "/v1/reports")
    connection.putheader("Content-Length", str(64 << 20))
    connection.endheaders()

    assert 413 == connection.getresponse().status
    connection.close()
