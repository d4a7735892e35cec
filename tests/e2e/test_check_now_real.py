"""«Kiểm tra lại» with real agents: what is measured every hour is fresh seconds after the ask."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector import agent_toml
from collector.local_call import post_as_operator
from collector.rechecks import ROUND_SECONDS
from collector.store.registry import NewKey

pytestmark = pytest.mark.e2e

INTERVAL_SECONDS = 5
WITHIN_SECONDS = 90.0
INVENTORY = """\
province: {id: p, code: "68", name: Tỉnh, operator: Sở, centre: trung-tam}
units: [{id: u, name: Đơn vị, kind: agency, latitude: 12.0, longitude: 108.0}]
profiles: {machines: [{id: pc, name: Máy tính, role: pc}]}
sites:
  - id: trung-tam
    unit: u
    name: Trung tâm
    kind: data_centre
    machine_counts: [{profile: pc, count: 1, as_of: 2026-11-01, source: Kiểm thử}]
  - id: xa-a
    unit: u
    name: Xã A
    kind: commune
    devices: [{id: cpe, kind: cpe, address: 127.0.0.3, always_on: true}]
    machine_counts: [{profile: pc, count: 1, as_of: 2026-11-01, source: Kiểm thử}]
services:
  - id: cong
    name: Cổng
    kind: province_portal
    url: http://127.0.0.1:9/
    vantages: sites
    interval_seconds: 3600
"""


def start_agent(
    key: NewKey, collector: Any, folder: Path, own_program: Callable[..., None]
) -> None:
    folder.mkdir(mode=0o700)
    config = folder / "agent.toml"
    config.touch(mode=0o600)
    told = agent_toml.lines(key, collector.url, None)
    config.write_text("\n".join((f'state_dir = "{folder}"', *told)))
    own_program(
        [sys.executable, "-m", "agent.cli", "run", "--config", str(config)],
        (folder / "settings.json").exists,
    )


def state(collector: Any, site: str) -> dict[str, Any]:
    status, body = collector.get(f"/v1/sites/{site}/check")
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found


def looked_at(collector: Any) -> dict[str, Any]:
    found = state(collector, "xa-a")["lookers"]
    return {looker["machine"]: looker["looked_at"] for looker in found}


def service_results(collector: Any) -> int:
    """Return how many machines have said how the service is."""
    text = collector.get("/metrics")[1].decode()
    return sum(row.startswith("govnet_service_up{") for row in text.splitlines())


def post(collector: Any, path: str) -> tuple[int, str | None]:
    """Post as operator; return status and what is wrong."""
    answer = post_as_operator(collector.data, path)
    return answer.status_code, answer.json().get("detail")


def check_now(collector: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "collector.cli", "check-now", *arguments)
    return subprocess.run(
        (*command, "--data", str(collector.data)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_who_asks_gets_fresh_evidence_of_everybody_who_looks_and_cannot_ask_at_once_again(
    collector_process: Callable[..., Any], own_program: Callable[..., None], tmp_path: Path
):
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text(INVENTORY, encoding="utf-8")
    collector = collector_process(
        "--report-interval", str(INTERVAL_SECONDS), inventory=inventory, is_started=False
    )
    office = collector.enrol("xa-a")
    collector.start()
    for key in (collector.key, office):
        folder = tmp_path / key.identity.machine.replace("/", ".")
        start_agent(key, collector, folder, own_program)
    machines = {collector.key.identity.machine, office.identity.machine}
    ends_at = time.monotonic() + WITHIN_SECONDS
    while service_results(collector) < len(machines) or None in looked_at(collector).values():
        assert time.monotonic() < ends_at, looked_at(collector)
        time.sleep(0.2)  # The next look; what counts is the condition.
    before = looked_at(collector)
    assert set(before) == machines
    centre = collector.key.identity.machine
    while (later := looked_at(collector))[centre] <= before[centre] + INTERVAL_SECONDS / 2:
        assert time.monotonic() < ends_at
        time.sleep(0.2)  # As above.
    # The office's agent asks the service again in an hour: this gets no newer by itself.
    assert later[office.identity.machine] == pytest.approx(
        before[office.identity.machine], abs=INTERVAL_SECONDS / 2
    )

    ends_at = time.monotonic() + WITHIN_SECONDS
    done = check_now(collector, "xa-a", "--wait")
    answered_at = time.time()
    after = state(collector, "xa-a")
    took_seconds = answered_at - after["asked_at"]

    assert done.returncode == 0, done.stderr
    assert "xa-a: before: " in done.stdout
    assert "xa-a: after: " in done.stdout
    assert after["is_answered"]
    assert all(looker["looked_at"] >= after["asked_at"] for looker in after["lookers"])
    assert took_seconds < INTERVAL_SECONDS + ROUND_SECONDS
    print(f"fresh evidence of {len(machines)} machines {took_seconds:.1f} s after the ask")

    again = check_now(collector, "xa-a")
    assert again.returncode == 1
    assert "xa-a: not asked: xa-a is checked at most once in 60 s; again in" in again.stderr
    nowhere = check_now(collector, "xa-z")
    assert (nowhere.returncode, nowhere.stderr) == (2, "xa-z: no such site\n")
    for query, status, said in (
        ("xa-a/check?at=soon", 400, "at: expected Unix seconds, got 'soon'"),
        ("xa-a/check?at=9e9", 400, "at: expected at most 172800 s from now"),
        (f"xa-a/check?at={time.time() + 600:.0f}", 202, None),
        ("xa-a%2Fcpe/check", 404, "no such path or method"),
    ):
        assert post(collector, f"/v1/sites/{query}") == (status, said)
    expected = {"asked": 2.0, "answered": 1.0, "refused": 1.0, "expired": 0.0}
    # What was answered is counted with the next judgement.
    while (counted := collector.counted("govnet_collector_rechecks_total")) != expected:
        assert time.monotonic() < ends_at, counted
        time.sleep(0.2)  # As above.
    assert "check asked site='xa-a' in_seconds=0 who='api'" in collector.log.read_text()
