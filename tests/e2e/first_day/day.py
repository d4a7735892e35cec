"""The day's script: what was typed where, how long it took, and what the collector says of it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.first_day.network import CENTRE_ADDRESS, Roads
from tests.e2e.first_day.pc import ROOT, Pc

COLLECTOR = f"https://{CENTRE_ADDRESS}:8470"


@dataclass
class Step:
    """One step: what it is called, how long it took, what was typed in the centre and at PCs."""

    name: str
    seconds: float = 0.0
    typed: list[str] = field(default_factory=list)
    at_pcs: int = 0
    edits: int = 0


@dataclass
class Day:
    """The centre's terminal in `folder`, where the inventory is being made."""

    roads: Roads
    folder: Path
    steps: list[Step] = field(default_factory=list)
    pcs: dict[str, Pc] = field(default_factory=dict)
    _serving: "subprocess.Popen[bytes] | None" = None

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time what is done within."""
        step = Step(name)
        self.steps.append(step)
        started = time.monotonic()
        yield step
        step.seconds = time.monotonic() - started

    def govnet(self, *words: str, status: int = 0) -> str:
        """Type a command of the centre; return what it printed."""
        self.steps[-1].typed.append(" ".join(("govnet", *words)))
        done = subprocess.run(
            [*self._here(), "collector.cli", *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=self.folder,
            env=_environment(),
        )
        assert done.returncode == status, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def serve(self, *words: str) -> None:
        """Type the command that stays, in a terminal of its own; wait until it is ready."""
        self.steps[-1].typed.append(" ".join(("govnet", "serve", *words)))
        with (self.folder / "serve.log").open("ab") as log:
            self._serving = subprocess.Popen(
                [*self._here(), "collector.cli", "serve", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_environment(),
            )
        self.wait("the collector is ready", lambda: bool(self.get("/readyz")), 60)

    def unpack(self, room: str, hostname: str, **numbers: str) -> Pc:
        """Put a new PC of that host name into a room; its agent ends with the day."""
        pc = Pc(self.roads, room, self.folder.parent / hostname, hostname, **numbers)
        self.pcs[hostname] = pc
        return pc

    def end(self) -> None:
        """Stop all agents and the collector."""
        for pc in self.pcs.values():
            pc.ask_to_end()
        for pc in self.pcs.values():
            pc.end()
        if self._serving is not None:
            self._serving.terminate()
            self._serving.wait(60)

    def get(self, path: str) -> str:
        """Return what the collector answers the operator, "" if it does not."""
        data = self.folder / "govnet-data"
        token = data / "operator-token"
        if not token.exists():
            return ""
        bearer = f"Authorization: Bearer {token.read_text().strip()}"
        command = (
            "curl",
            "-sS",
            "--fail",
            "--max-time",
            "10",
            "--cacert",
            str(data / "tls/ca.pem"),
        )
        done = subprocess.run(
            [*self.roads.within("centre"), *command, "-H", bearer, COLLECTOR + path],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def statuses(self) -> dict[str, str]:
        """Return the status of every site by its id."""
        answer = json.loads(self.get("/v1/sites") or '{"sites": []}')
        return {site["id"]: site["status"] for site in answer["sites"]}

    def agents(self) -> dict[str, dict[str, Any]]:
        """Return every agent by its id."""
        answer = json.loads(self.get("/v1/agents") or '{"agents": []}')
        return {one["agent"]: one for one in answer["agents"]}

    def wait(self, what: str, holds: Callable[[], bool], within_seconds: float) -> None:
        """Wait until it holds."""
        started = time.monotonic()
        while not holds():
            if time.monotonic() - started > within_seconds:
                log = (self.folder / "serve.log").read_text()[-1500:]
                raise AssertionError(f"not within {within_seconds:g} s: {what}\n{log}")
            time.sleep(0.5)  # The next question; what counts is the condition.

    def told(self) -> str:
        """Return the day as a table."""
        lines = [f"{'step':44}{'seconds':>8}{'commands':>10}{'files':>7}{'at PCs':>8}"]
        lines += [
            f"{one.name:44}{one.seconds:8.1f}{len(one.typed):10}{one.edits:7}{one.at_pcs:8}"
            for one in self.steps
        ]
        lines.append(
            f"{'together':44}{sum(one.seconds for one in self.steps):8.1f}"
            f"{sum(len(one.typed) for one in self.steps):10}"
            f"{sum(one.edits for one in self.steps):7}{sum(one.at_pcs for one in self.steps):8}"
        )
        return "\n".join(lines)

    def _here(self) -> list[str]:
        return [*self.roads.within("centre"), sys.executable, "-m"]


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}
