"""Real programs on both sides: a token, `govnet-agent enrol`, reports, a new key, revocation."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from govnet.settings import Settings, encode

pytestmark = pytest.mark.e2e

WAIT_SECONDS = 60.0
SOON_SECONDS = 30.0
"""Half the usual interval: whoever waited for that would not be seen so soon."""


def govnet(collector: Any, *arguments: str) -> str:
    command = [sys.executable, "-m", "collector.cli", *arguments, "--data", str(collector.data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Pc:
    """One machine: its files, and the agent while it runs."""

    def __init__(self, folder: Path) -> None:
        self.toml, self.state = folder / "agent.toml", folder / "state"
        self.log = folder / "agent.log"

    def enrol(self, token: str, *options: str) -> tuple[int, str]:
        """Run the command with the token on standard input; return status and what it said."""
        files = ("--config", str(self.toml), "--state-dir", str(self.state))
        done = subprocess.run(
            [sys.executable, "-m", "agent.cli", "enrol", "-", *files, *options],
            input=token.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout.decode()

    @property
    def identity(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "identity.json").read_bytes())
        return found

    def start(self) -> "subprocess.Popen[bytes]":
        # The settings of an earlier run spare the first, usual interval of a minute.
        usual = Settings(
            agent=self.identity["agent"], site="s", machine="m", report_interval_seconds=1.0
        )
        (self.state / "settings.json").write_bytes(encode(usual))
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "agent.cli", "run", "--config", str(self.toml)], stderr=log
            )

    def start_new(self) -> "subprocess.Popen[bytes]":
        """Start the agent as it is after enrolment: it knows nothing yet."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "agent.cli", "run", "--config", str(self.toml)], stderr=log
            )

    def status(self) -> str:
        """Return what the technician at the machine reads."""
        done = subprocess.run(
            [sys.executable, "-m", "agent.cli", "status", "--config", str(self.toml)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout

    def wait_for_status(self, words: str, within_seconds: float) -> float:
        """Wait until status says this; return how long that took."""
        started = time.monotonic()
        while words not in (said := self.status()):
            assert time.monotonic() - started < within_seconds, said + self.log.read_text()
            time.sleep(0.5)
        return time.monotonic() - started

    def wait_for(self, words: str) -> None:
        """Wait until the agent has logged this."""
        until = time.monotonic() + WAIT_SECONDS
        while words not in self.log.read_text():
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)


def test_a_machine_enrols_reports_changes_its_key_and_is_revoked(
    tmp_path: Path, collector_process: Callable[..., Any]
):
    collector = collector_process("--report-interval", "1")
    inventory = ("--inventory", str(collector.inventory))
    token = govnet(collector, "token", "create", "--site", "xa-a", "--uses", "1", *inventory)
    pc = Pc(tmp_path)

    status, said = pc.enrol(token)
    assert (status, "Đã kết nối" in said, "Điểm: xa-a" in said) == (0, True, True)
    assert pc.enrol(token)[0] == 0  # The same key again takes no second use.
    agent = pc.identity["agent"]
    running = pc.start()
    try:
        pc.wait_for("settings taken over")
        govnet(collector, "agents", "rotate", agent)
        pc.wait_for("the agent's key was renewed")
        assert pc.identity["key_id"] == "k2"

        govnet(collector, "agents", "revoke", agent)
        pc.wait_for("reason=revoked")
        assert running.poll() is None
    finally:
        running.terminate()
        assert running.wait(30) == 0

    status, said = pc.enrol(token, "--new-key")
    assert (status, "đã dùng hết số lần" in said) == (1, True)


def test_whoever_has_enrolled_a_machine_reads_within_seconds_that_it_is_connected(
    tmp_path: Path, collector_process: Callable[..., Any]
):
    collector = collector_process()
    inventory = ("--inventory", str(collector.inventory))
    token = govnet(collector, "token", "create", "--site", "xa-a", "--uses", "1", *inventory)
    pc = Pc(tmp_path)
    assert pc.enrol(token)[0] == 0

    running = pc.start_new()
    try:
        pc.wait_for_status("Đã kết nối; trung tâm nhận báo cáo lúc", SOON_SECONDS)
        pc.wait_for_status("xa-a/pc-001", SOON_SECONDS)
    finally:
        running.terminate()
        assert running.wait(30) == 0


def test_a_machine_that_waited_reads_within_a_minute_of_its_approval_that_it_is_connected(
    tmp_path: Path, collector_process: Callable[..., Any]
):
    """Both by the agent that runs, and by the command that waits."""
    collector = collector_process()
    inventory = ("--inventory", str(collector.inventory))
    token = govnet(collector, "token", "create", "--province", "--uses", "1")
    pc = Pc(tmp_path)
    status, said = pc.enrol(token)
    assert (status, "Chờ duyệt" in said) == (0, True)
    running = pc.start_new()
    try:
        pc.wait_for_status("CHỜ DUYỆT", WAIT_SECONDS)
        with ThreadPoolExecutor(1) as beside:
            waiting = beside.submit(pc.enrol, token, "--wait", "60")
            agent = pc.identity["agent"]
            govnet(collector, "agents", "approve", agent, "--site", "xa-a", *inventory)
            pc.wait_for_status("Đã kết nối; trung tâm nhận báo cáo lúc", 60.0)
            status, said = waiting.result(60.0)
        assert (status, "Đã kết nối với trung tâm" in said, "Điểm: xa-a" in said) == (0, True, True)
    finally:
        running.terminate()
        assert running.wait(30) == 0


def test_a_machine_nobody_stands_at_enrols_itself_when_the_line_is_there(
    tmp_path: Path, collector_process: Callable[..., Any]
):
    """The agent starts before the centre can be reached; its token is removed once it is used."""
    collector = collector_process("--report-interval", "1")
    token = govnet(collector, "token", "create", "--province", "--uses", "9").strip()
    collector.kill()
    pc, laid = Pc(tmp_path), tmp_path / "enrol-token"
    laid.write_text(f"{token} xa-a\n")
    options = ("--config", pc.toml, "--state-dir", pc.state, "--token-file", laid)
    with pc.log.open("ab") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "agent.cli", "run", *map(str, options)], stderr=log
        )
    try:
        pc.wait_for("enrolling this machine failed")
        assert laid.exists()

        collector.start()
        pc.wait_for("this machine is enrolled")
        pc.wait_for("the enrolment token was removed")
        assert not laid.exists()
        pc.wait_for_status("Đã kết nối; trung tâm nhận báo cáo lúc", WAIT_SECONDS)
        assert token not in pc.log.read_text()
    finally:
        running.terminate()
        assert running.wait(30) == 0
