"""The collector's other paths, asked from outside: access, login, reload, metrics."""

import gzip
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from collector.web.operations import OPERATIONS
from govnet.report import Clock, Report, encode_batch, encode_report

pytestmark = pytest.mark.e2e

WAIT_SECONDS = 60.0

Collector = Any
"""`CollectorProcess` of the folder's conftest."""


@pytest.fixture
def collector(collector_process: Callable[..., Collector]) -> Collector:
    return collector_process()


def _ask(
    collector: Collector, path: str, method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(*collector.address, timeout=20)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def _govnet(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "collector.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_who_is_not_signed_in_reads_nothing_but_health(collector: Collector):
    found = {
        f"{operation.method} {operation.path}": _ask(
            collector, operation.path.replace("{shard}", "0"), operation.method
        )[0]
        for operation in OPERATIONS
    }

    assert found == {
        "POST /v1/reports": 401,
        "POST /v1/enrol": 400,
        "POST /v1/keys": 401,
        "GET /v1/settings": 401,
        "GET /v1/ca": 404,
        "GET /metrics": 200,  # Loopback is listed.
        "GET /metrics/verdicts": 200,
        "GET /metrics/shards/{shard}": 200,
        "GET /v1/sd/prometheus": 200,
        "GET /healthz": 200,
        "GET /readyz": 200,
        "GET /v1/sites": 401,
        "GET /v1/sites/{site}": 401,
        "GET /v1/sites/{site}/check": 401,
        "POST /v1/sites/{site}/check": 401,
        "GET /v1/collector": 401,
        "GET /v1/agents": 401,
        "GET /v1/machines/{site}/{machine}/facts": 401,
        "GET /v1/inventory/sightings": 401,
        "GET /v1/maintenance": 401,
        "POST /v1/maintenance": 401,
        "POST /v1/maintenance/{id}": 401,
        "GET /v1/outages": 401,
        "GET /v1/outages/{number}": 401,
        "POST /v1/outages/{number}": 401,
        "GET /v1/availability": 401,
        "GET /v1/conferences": 401,
        "POST /v1/conferences": 401,
        "GET /v1/conferences/{id}": 401,
        "POST /v1/conferences/{id}/cancel": 401,
        "POST /v1/conferences/{id}/check": 401,
        "POST /v1/conferences/{id}/tick": 401,
        "POST /v1/reload": 401,
        "POST /v1/alerts/test": 401,
        "GET /v1/openapi.json": 200,
        "GET /login": 200,
        "POST /login": 403,  # From no page of ours.
        "POST /logout": 403,
        "GET /password": 401,
        "POST /password": 403,
        "GET /": 401,
    }


def test_an_address_that_is_not_listed_needs_a_token(
    collector_process: Callable[..., Collector], tmp_path: Any
):
    (tmp_path / "collector.toml").write_text(
        'metrics_allow = ["198.18.0.0/24"]\nmetrics_token_file = "scrape"\n'
    )
    (tmp_path / "scrape").write_text("a token for prometheus")
    collector = collector_process("--config", str(tmp_path / "collector.toml"))
    with_token = {"Authorization": "Bearer a token for prometheus"}

    assert _ask(collector, "/metrics")[0] == 401
    assert _ask(collector, "/metrics", **with_token)[0] == 200
    assert _ask(collector, "/v1/sites", **with_token)[0] == 401


def test_behind_a_tls_proxy_on_this_machine_metrics_need_a_token(
    collector_process: Callable[..., Collector], tmp_path: Any
):
    (tmp_path / "collector.toml").write_text('url = "https://govnet.example"\n')
    collector = collector_process("--config", str(tmp_path / "collector.toml"))

    assert _ask(collector, "/metrics")[0] == 401
    assert _ask(collector, "/v1/sd/prometheus")[0] == 401
    status, body = collector.get("/v1/sd/prometheus")
    assert status == 200
    for group in json.loads(body):
        assert group["targets"] == ["govnet.example:443"]
        assert group["labels"]["__scheme__"] == "https"


def test_where_browsers_see_https_the_cookie_is_for_https_only(
    collector_process: Callable[..., Collector], tmp_path: Any
):
    (tmp_path / "collector.toml").write_text('url = "https://govnet.example"\n')
    collector = collector_process("--config", str(tmp_path / "collector.toml"))
    link = _govnet("login-link", "--data", str(collector.data)).stdout.strip()
    status, headers, _ = _ask(collector, link.removeprefix("https://govnet.example"))

    assert status == 303
    assert {"Secure", "HttpOnly", "SameSite=strict"} <= set(headers["Set-Cookie"].split("; "))


def test_scrape_targets_do_not_repeat_what_a_client_says(collector: Collector):
    _, _, body = _ask(collector, "/v1/sd/prometheus", Host="evil.example:1")

    assert {target for group in json.loads(body) for target in group["targets"]} == {
        "{}:{}".format(*collector.address)
    }


def test_a_login_link_opens_the_pages_once(collector: Collector):
    link = _govnet("login-link", "--data", str(collector.data)).stdout.strip()
    path = link.removeprefix(collector.url)
    status, headers, _ = _ask(collector, path)
    cookie = headers["Set-Cookie"]

    assert (status, headers["Location"]) == (303, "/")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    session = {"Cookie": cookie.split(";")[0]}
    assert _ask(collector, "/", **session)[0] == 200
    assert _ask(collector, "/v1/sites", **session)[0] == 200
    assert _ask(collector, "/v1/reload", "POST", **session)[0] == 401
    assert _ask(collector, path)[0] == 401


def test_a_link_that_is_only_looked_at_stays_good(collector: Collector):
    """Mail gateways and messengers look at links before people do."""
    link = _govnet("login-link", "--data", str(collector.data)).stdout.strip()
    path = link.removeprefix(collector.url)

    assert _ask(collector, path, "HEAD")[0] == 405
    assert _ask(collector, path)[0] == 303


def test_no_redirect_leads_to_a_host_that_a_client_names(collector: Collector):
    for path in ("/v1/sites/", "/metrics/", "/healthz/", "//evil.example", "/static"):
        status, headers, _ = _ask(collector, path, Host="evil.example")
        assert (path, status) in {(path, 401), (path, 404)}
        assert headers["Location"] is None


def test_a_locked_database_is_a_503_with_its_reason(collector: Collector):
    link = _govnet("login-link", "--data", str(collector.data)).stdout.strip()
    path = link.removeprefix(collector.url)
    other = sqlite3.connect(collector.data / "govnet.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        status, _, body = _ask(collector, path)
    finally:
        other.execute("ROLLBACK")
        other.close()

    assert (status, json.loads(body)["error"]) == (503, "database_busy")
    assert _ask(collector, path)[0] == 303


def test_every_answer_carries_the_security_headers(collector: Collector):
    for path in ("/", "/healthz", "/v1/nothing", "/static/style.css"):
        headers = _ask(collector, path)[1]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "method", "status", "reason"),
    [
        ("/v1/nothing", "GET", 404, "not_found"),
        ("/metrics/shards/99", "GET", 404, "not_found"),
        ("/metrics/shards/x", "GET", 404, "not_found"),
        ("/metrics/shards/" + "9" * 5000, "GET", 404, "not_found"),
        ("/metrics/shards/%D9%A0", "GET", 404, "not_found"),
        ("/healthz", "POST", 405, "method_not_allowed"),
        ("/v1/reports", "GET", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_there_says_so_in_json(
    collector: Collector, path: str, method: str, status: int, reason: str
):
    found, headers, body = _ask(collector, path, method)

    assert (found, headers["Content-Type"]) == (status, "application/json")
    assert json.loads(body)["error"] == reason


def test_metrics_are_valid_and_the_same_when_compressed(collector: Collector):
    _, headers, packed = _ask(collector, "/metrics", **{"Accept-Encoding": "gzip"})
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=gzip.decompress(packed), check=False
    )

    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert checked.returncode == 0


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip ; q=0.000, identity", False),
        ("br", False),
    ],
)
def test_metrics_are_packed_only_for_those_who_take_it(
    collector: Collector, accepted: str, *, is_packed: bool
):
    headers = _ask(collector, "/metrics", **{"Accept-Encoding": accepted})[1]

    assert (headers["Content-Encoding"] == "gzip") is is_packed


def test_sites_and_agents_are_told_as_json(collector: Collector):
    sites = json.loads(collector.get("/v1/sites")[1])["sites"]
    detail = json.loads(collector.get("/v1/sites/xa-a")[1])
    agents = json.loads(collector.get("/v1/agents")[1])["agents"]

    assert [site["id"] for site in sites] == ["trung-tam", "xa-a"]
    assert detail["site"] == sites[1]
    assert [item["item"] for item in detail["items"]] == ["xa-a/cpe", "xa-a/tslcd"]
    assert [agent["machine"] for agent in agents] == ["trung-tam/pc-001"]
    assert collector.get("/v1/sites/xa-z")[0] == 404


def test_the_collector_tells_who_reads_its_metrics(collector: Collector):
    """What the operator reads himself is no Prometheus."""
    before = json.loads(collector.get("/v1/collector")[1])
    collector.get("/metrics/verdicts")
    by_operator = json.loads(collector.get("/v1/collector")[1])
    _ask(collector, "/metrics")
    scraped = json.loads(collector.get("/v1/collector")[1])

    assert (before["certificate_expires_at"], before["receivers"]) == (None, [])
    assert by_operator["scraped_at"] == before["scraped_at"]
    assert scraped["scraped_at"] > max(before["scraped_at"] or 0.0, before["started_at"])


def test_an_agents_last_report_was_made_before_it_was_received(collector: Collector):
    """Ten minutes lie between, in a spool."""
    now = time.time()
    report = encode_report(Report(1, now - 600, 100.0, "boot", 60.0, "", ()))
    batch = encode_batch(
        collector.key.identity.agent, "0" * 16, Clock(now, 700.0, "boot"), [report]
    )
    assert collector.post(batch.body)[0] == 200

    ends_at = time.monotonic() + WAIT_SECONDS  # Agents are told as of the last judgement.
    while True:
        (agent,) = json.loads(collector.get("/v1/agents")[1])["agents"]
        if agent["last_report_at"] is not None:
            break
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    assert agent["last_received_at"] - agent["last_report_at"] == pytest.approx(600.0)


RELOADED = "govnet_collector_config_last_reload_successful"


def test_a_bad_inventory_is_refused_and_the_old_one_stays(collector: Collector):
    text = collector.inventory.read_text(encoding="utf-8")
    collector.inventory.write_text(text.replace("unit: xa\n", "unit: xb\n"), encoding="utf-8")
    refused = _govnet("reload", "--data", str(collector.data))

    assert refused.returncode == 2
    assert 'got "xb"' in refused.stderr
    assert collector.counted(RELOADED) == {"": 0}
    assert len(json.loads(collector.get("/v1/sites")[1])["sites"]) == 2
    collector.inventory.write_text(text.replace("id: xa-a", "id: xa-b"), encoding="utf-8")
    taken = _govnet("reload", "--data", str(collector.data))
    assert taken.returncode == 0
    assert collector.counted(RELOADED) == {"": 1}
    assert collector.get("/v1/sites/xa-b")[0] == 200


def test_sighup_reads_the_inventory_again(collector: Collector):
    text = collector.inventory.read_text(encoding="utf-8")
    collector.inventory.write_text(text.replace("id: xa-a", "id: xa-b"), encoding="utf-8")
    os.kill(collector.process.pid, signal.SIGHUP)

    ends_at = time.monotonic() + WAIT_SECONDS
    while collector.get("/v1/sites/xa-b")[0] != 200:
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def test_a_second_collector_on_the_same_data_is_refused(collector: Collector):
    second = _govnet(
        *("serve", "--inventory", str(collector.inventory), "--data", str(collector.data)),
        *("--listen", "127.0.0.1:0"),
    )

    assert second.returncode == 2
    assert "already in use" in second.stderr


def test_a_broken_inventory_at_start_ends_with_status_2(collector: Collector, tmp_path: Any):
    broken = tmp_path / "broken.yaml"
    broken.write_text("sites: 1\n")
    ended = _govnet(
        *("serve", "--inventory", str(broken), "--data", str(tmp_path / "other")),
        *("--listen", "127.0.0.1:0"),
    )

    assert ended.returncode == 2
    assert f"{broken}:1:" in ended.stderr
    assert "Traceback" not in ended.stderr
    del collector
