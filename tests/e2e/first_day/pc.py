"""A PC of the first day: its network, its hardware, and the agent on it.

All of them run on one machine, so each is given numbers of its own under /sys/class/dmi (SMBIOS)
and a host name, in namespaces of its own.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from tests.e2e.first_day.network import Roads

ROOT = Path(__file__).parents[3]

_BOOT = """
set -e
hostname "$2"
mount --bind /sys/class/net "$1/net"
mount --bind "$1/class" /sys/class
mount --bind "$1/net" /sys/class/net
shift 2
exec "$@"
"""


@dataclass
class Pc:
    """One machine; `room` is its namespace, `serial` its serial number, `tag` its asset tag."""

    roads: Roads
    room: str
    folder: Path
    hostname: str
    serial: str = ""
    tag: str = ""
    agent: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        numbers = self.folder / "sys/class/dmi/id"
        numbers.mkdir(parents=True)
        for folder in ("sys/class/net", "sys/net"):
            (self.folder / folder).mkdir()
        told = {
            "product_uuid": f"00000000-0000-4000-8000-{crc32(self.hostname.encode()):012d}",
            "product_serial": self.serial,
            "chassis_asset_tag": self.tag,
        }
        for name, text in told.items():
            (numbers / name).write_text(f"{text}\n")

    @property
    def toml(self) -> Path:
        """Its agent.toml."""
        return self.folder / "agent.toml"

    @property
    def state(self) -> Path:
        """The folder of its agent's state."""
        return self.folder / "state"

    def enrol(self, token: str, *options: str) -> str:
        """Do what a person does at it: enrol, then start the agent; return what was said."""
        files = ("--config", str(self.toml), "--state-dir", str(self.state))
        done = subprocess.run(
            [*self._agent("enrol", "-", *files), *options],
            input=token,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        """Start the agent, as its service does."""
        with (self.folder / "log").open("ab") as log:
            self.agent = subprocess.Popen(
                self._agent("run", "--config", str(self.toml)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )

    def status(self) -> str:
        """Return what `govnet-agent status` says there."""
        done = subprocess.run(
            self._agent("status", "--config", str(self.toml)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=ROOT,
        )
        return done.stdout

    @property
    def identity(self) -> dict[str, Any]:
        """Who its agent is."""
        found: dict[str, Any] = json.loads((self.state / "identity.json").read_bytes())
        return found

    def ask_to_end(self) -> None:
        """Ask the agent to stop."""
        if self.agent is not None:
            os.killpg(self.agent.pid, signal.SIGTERM)

    def end(self) -> None:
        """Wait until it has."""
        if self.agent is not None:
            try:
                self.agent.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.agent.pid, signal.SIGKILL)
                self.agent.wait(10)

    def _agent(self, *command: str) -> list[str]:
        return [
            *self.roads.within(self.room),
            *("unshare", "--mount", "--uts", "sh", "-c", _BOOT, "boot"),
            *(str(self.folder / "sys"), self.hostname),
            *(sys.executable, "-m", "agent.cli", *command),
        ]
