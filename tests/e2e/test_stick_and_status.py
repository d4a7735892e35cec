"""A cut-off office: `status` says so, `export` fills a stick, the centre takes it in."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

WAIT_SECONDS = 60.0


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False, timeout=60
    )


def wait_for(condition: Callable[[], bool], what: str) -> None:
    ends_at = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends_at:
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError(f"not within {WAIT_SECONDS:g} s: {what}")


def test_a_cut_off_office_reaches_the_centre_on_a_stick(
    collector_process: Callable[..., Any], tmp_path: Path
):
    collector = collector_process("--report-interval", "1")
    key = collector.key
    config = tmp_path / "agent.toml"
    state_dir = tmp_path / "state"
    config.write_text(
        f'collectors = ["{collector.url}"]\nstate_dir = "{state_dir}"\n'
        f'[identity]\nagent = "{key.identity.agent}"\nkey_id = "{key.key}"\n'
        f'key = "{key.secret.hex()}"\n',
        encoding="utf-8",
    )

    def status() -> dict[str, Any]:
        plain = run("agent.cli", "status", "--json", "--config", str(config)).stdout
        return dict(json.loads(plain))

    with (tmp_path / "agent.log").open("wb") as log:
        agent = subprocess.Popen(
            [sys.executable, "-m", "agent.cli", "run", "--config", str(config)],
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(lambda: status()["delivered"] is not None, "a first report is there")
        well = status()
        assert well["is_running"] is True
        assert well["machine"] == key.identity.machine
        assert well["delivered"]["path"] == "tslcd"

        collector.kill()
        wait_for(lambda: status()["waiting_reports"] >= 4, "a backlog")
        # At first it may say that its connection was broken off.
        wait_for(lambda: (status()["trouble"] or {}).get("kind") == "refused", "what is wrong")
        assert run("agent.cli", "status", "--config", str(config)).returncode == 1
        stick = tmp_path / "stick.zip"
        exported = run("agent.cli", "export", str(stick), "--config", str(config))
        assert exported.returncode == 0, exported.stderr
    finally:
        agent.terminate()
        agent.wait(60)
    waiting = status()["waiting_reports"]

    collector.start()
    first = run("collector.cli", "import-reports", str(stick), "--data", str(collector.data))
    second = run("collector.cli", "import-reports", str(stick), "--data", str(collector.data))

    assert first.returncode == 0, first.stdout + first.stderr
    assert " 0 known already, 0 rejected" in first.stdout
    assert second.returncode == 0
    assert " 0 accepted, " in second.stdout
    # Nothing left the spool for the stick; the centre will say "duplicate".
    assert waiting >= 4
    assert status()["is_running"] is False
