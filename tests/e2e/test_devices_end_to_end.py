"""From the inventory to /metrics: a device of another make, by SNMP, with credentials by name."""

import json
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

WITHIN_SECONDS = 60.0
KEYS = ("khoa xac thuc bi mat", "khoa ma hoa bi mat")
INVENTORY = """\
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: trung-tam}
units: [{id: u, name: Đơn vị, kind: agency, latitude: 12.0, longitude: 108.0}]
profiles: {machines: [{id: server, name: Máy chủ, role: server}]}
sites:
  - id: trung-tam
    unit: u
    name: Trung tâm
    kind: data_centre
    networks: [127.0.0.0/8]
    machine_counts: [{profile: server, count: 1, as_of: 2026-11-01, source: Kiểm thử}]
    devices: [{id: sw1, kind: switch, address: 127.0.0.2, snmp: switches}]
"""
SNMPD = """\
agentAddress udp:127.0.0.2:{port}
createUser govnet SHA-256 "{keys[0]}" AES "{keys[1]}"
rouser govnet priv
sysDescr Switch under test
"""
CREDENTIALS = """\
snmp:
  switches:
    version: "3"
    user: govnet
    authentication: sha256
    authentication_key: {keys[0]}
    privacy: aes128
    privacy_key: {keys[1]}
    port: {port}
"""


def private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


def free_udp_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.2", 0))
        return int(probe.getsockname()[1])


def lines(collector: Any, metric: str) -> list[str]:
    """Return the series of a measurement with their values, without times."""
    text = collector.get("/metrics")[1].decode()
    return [row.rpartition(" ")[0] for row in text.splitlines() if row.startswith(f"{metric}{{")]


def test_a_device_is_measured_with_the_credentials_that_the_inventory_names(
    collector_process: Callable[..., Any],
    own_program: Callable[..., None],
    tmp_path: Path,
):
    assert shutil.which("snmpd") is not None, "snmpd is not installed: apt-get install snmpd"
    port = free_udp_port()
    inventory = private(tmp_path / "inventory.yaml", INVENTORY)
    private(tmp_path / "credentials.yaml", CREDENTIALS.format(keys=KEYS, port=port))
    config = private(tmp_path / "collector.toml", '[credentials]\nfile = "credentials.yaml"\n')
    collector = collector_process(
        "--config", str(config), "--report-interval", "1", inventory=inventory
    )
    identity = collector.key.identity
    agent = private(
        tmp_path / "agent.toml",
        f'collectors = ["{collector.url}"]\nstate_dir = "{tmp_path / "agent"}"\n\n[identity]\n'
        f'agent = "{identity.agent}"\nkey_id = "{collector.key.key}"\n'
        f'key = "{collector.key.secret.hex()}"\n',
    )
    snmpd = private(tmp_path / "snmpd.conf", SNMPD.format(keys=KEYS, port=port))
    own_program(
        [
            *("env", "MIBS=", f"SNMP_PERSISTENT_DIR={tmp_path / 'snmpd'}"),
            *("snmpd", "-f", "-C", "-c", str(snmpd), "-Lo", "-p", str(tmp_path / "pid")),
        ],
        (tmp_path / "pid").exists,
    )
    own_program(
        [sys.executable, "-m", "agent.cli", "run", "--config", str(agent)],
        lambda: bool(lines(collector, "govnet_machine_cpus")),
    )
    ends_at = time.monotonic() + WITHIN_SECONDS
    while not (found := lines(collector, "govnet_device_reachable")):
        assert time.monotonic() < ends_at, lines(collector, "govnet_check_success")
        time.sleep(0.2)  # The next look; what counts is the condition.

    labels = 'site="trung-tam",device="trung-tam/sw1"'
    assert found == [f'govnet_device_reachable{{{labels},protocol="snmp"}} 1.0']
    assert lines(collector, "govnet_device_uptime_seconds")
    assert not any("machine=" in row for row in lines(collector, "govnet_device_info"))
    text = collector.get("/metrics")[1].decode() + collector.log.read_text()
    assert not any(key in text for key in KEYS)
    # Its word is kept with the next judgement.
    ends_at = time.monotonic() + WITHIN_SECONDS
    while not (seen := json.loads(collector.get("/v1/inventory/sightings")[1])["devices"]):
        assert time.monotonic() < ends_at
        time.sleep(0.2)
    assert seen[0]["device"] == "trung-tam/sw1"
    assert seen[0]["object_id"].startswith("1.3.6.1.4.1.8072.")
    assert seen[0]["description"]
