"""The Windows agent from build to removal: real installer, real collector, Wine for Windows.

What Wine cannot show (rights of files and accounts, among others) stands in
deploy/windows/README.md.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.windows_pc import WindowsPc, tell_upgrades_by_environment, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "deploy/windows"
KEY = r"SOFTWARE\govnet\Agent"
OLD, NEW = "0.1.0", "0.1.1"
SEQUENCE = "InstallExecuteSequence"


def run(*command: str | Path, within_seconds: float = 300.0, **more: Any) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=within_seconds,
        check=False,
        **more,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def govnet(collector: Any, *arguments: str) -> str:
    return run(sys.executable, "-m", "collector.cli", *arguments, "--data", collector.data)


@dataclass(frozen=True)
class Built:
    """The installers of two versions, and the folder of which they are made."""

    old: Path
    new: Path
    folder: Path


@pytest.fixture(scope="module")
def runtime() -> Path:
    """Make the Windows CPython once for each state of its recipe; it takes a download of 65 MB."""
    parts = [WINDOWS / "build-runtime.sh", WINDOWS / "service/python.c"]
    recipe = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]
    zipped = ROOT / ".cache/windows" / f"python-{sys.version_info.minor}-{recipe}.zip"
    if not zipped.exists():
        run(parts[0], zipped, env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable})
    return zipped


@pytest.fixture(scope="module")
def built(runtime: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    place = tmp_path_factory.mktemp("windows")
    digest = hashlib.sha256(runtime.read_bytes()).hexdigest()
    for version in (OLD, NEW):
        run(
            *(WINDOWS / "build.sh", "--python", runtime, "--sha256", digest),
            *("--output", place, "--version", version, "--folder", place / "folder"),
            env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "HOME": str(Path.home())},
        )
    condition = run("msiinfo", "export", place / f"govnet-agent-{OLD}-x64.msi", SEQUENCE)
    assert 'RemoveData\tREMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE' in condition
    old, new = (place / f"govnet-agent-{version}-x64.msi" for version in (OLD, NEW))
    for installer in (old, new):
        tell_upgrades_by_environment(installer)
    return Built(old, new, place / "folder")


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[WindowsPc]:
    pc = WindowsPc(tmp_path / "wine")
    try:
        pc.boot()
        yield pc
    finally:
        pc.shut_down()


@pytest.fixture
def collector(collector_process: Callable[..., Any], tmp_path: Path) -> Any:
    """Start a collector that speaks TLS by a CA of its own."""
    run(
        *(sys.executable, "-m", "collector.cli", "tls", "init", "--name", "127.0.0.1"),
        *("--data", tmp_path / "data"),
    )
    return collector_process("--report-interval", "2")


def stamped(installer: Path, collector: Any, folder: Path) -> Path:
    """Stamp the installer with a new token of the province."""
    token = govnet(collector, "token", "create", "--province", "--uses", "1")
    word = folder / "token"
    word.write_text(token)
    result = folder / f"stamped-{installer.name}"
    said = run(
        *(WINDOWS / "stamp.sh", "--token-file", word, "--collector-url", collector.url),
        *(installer, result),
    )
    assert token.strip() not in said
    return result


def status(pc: WindowsPc) -> dict[str, Any]:
    _, said = pc.agent("status", "--json")
    return dict(json.loads(said[said.index("{") :]))


def agent_process(pc: WindowsPc) -> int | None:
    found = pc.processes("-m agent.cli run")
    return found[0].pid if found else None


def agents(collector: Any, *options: str) -> list[dict[str, Any]]:
    return list(json.loads(govnet(collector, "agents", "list", "--json", *options)))


def test_a_pc_lives_from_the_silent_installation_to_the_removal(
    built: Built, pc: WindowsPc, collector: Any, tmp_path: Path
):
    installer = stamped(built.old, collector, tmp_path)
    pc.install(installer)

    wait_for(lambda: agents(collector, "--pending"), "the machine enrolled by the stamped token")
    (pending,) = agents(collector, "--pending")
    inventory = ("--inventory", str(collector.inventory))
    govnet(collector, "agents", "approve", pending["agent"], "--site", "xa-a", *inventory)
    wait_for(lambda: status(pc).get("delivered"), "reports are accepted", 90.0)

    assert pc.registry_value(KEY, "Token") == ""

    first = agent_process(pc)
    assert first is not None
    pc.processes("-m agent.cli run")[0].kill()
    wait_for(lambda: agent_process(pc) not in (None, first), "the killed agent is started again")
    wait_for(lambda: any(":err:eventlog:" in line for line in pc.events), "the event log")

    # The line is cut; an upgrade comes from the server in the office.
    collector.kill()
    wait_for(lambda: status(pc).get("waiting_reports", 0) >= 3, "a backlog")
    before = status(pc)
    pc.upgrade(built.new)
    wait_for(lambda: agent_process(pc), "the new version runs")
    after = status(pc)
    assert after["agent"] == before["agent"] == pending["agent"]
    assert after["waiting_reports"] >= before["waiting_reports"]
    assert pc.registry_value(KEY, "CollectorUrl") == collector.url
    collector.start()
    wait_for(lambda: status(pc).get("waiting_reports") == 0, "the backlog is sent")

    pc.remove(built.new)
    assert pc.processes("govnet") == []
    assert not pc.program_files.exists()
    assert not pc.data.exists()
    registry = pc.registry()
    assert re.findall(r"(?im)^.*govnet.*$", registry) == []
