"""The Windows agent from build to removal: real installer, real collector, Wine for Windows.

What Wine cannot show (rights of files and accounts, among others) stands in
deploy/windows/README.md.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.windows_pc import WindowsPc, tell_upgrades_by_environment, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.installs]

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "deploy/windows"
KEY = r"SOFTWARE\govnet\Agent"
OLD, NEW = "0.1.0", "0.1.1"
BUILD_ENVIRONMENT = os.environ | {"PYTHON": sys.executable}
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


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def same_bytes(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()


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
        run(parts[0], zipped, env=BUILD_ENVIRONMENT)
    return zipped


@pytest.fixture(scope="module")
def built(runtime: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    place = tmp_path_factory.mktemp("windows")
    for version in (OLD, NEW):
        run(
            *(WINDOWS / "build.sh", "--python", runtime, "--sha256", sha256(runtime)),
            *("--output", place, "--version", version, "--folder", place / "folder"),
            env=BUILD_ENVIRONMENT,
        )
    condition = run("msiinfo", "export", place / f"govnet-agent-{OLD}-x64-test.msi", SEQUENCE)
    assert 'RemoveData\tREMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE' in condition
    old, new = (place / f"govnet-agent-{version}-x64-test.msi" for version in (OLD, NEW))
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


def test_the_installer_does_everything_when_what_it_needs_is_there(built: Built):
    """Its program before it is run, rights before secrets, the end of the service before files."""
    rows = [line.split("\t") for line in run("msiinfo", "export", built.new, SEQUENCE).splitlines()]
    at = {row[0]: int(row[2]) for row in rows[3:]}

    assert at["InstallFiles"] < at["PrepareData"] < at["WriteRegistryValues"]
    assert at["InstallServices"] < at["PrepareService"] < at["StartServices"]
    assert at["StopServices"] < at["WaitForStop"] < at["RemoveData"] < at["RemoveFiles"]


def test_a_build_names_every_part_and_can_be_repeated_from_its_manifest(
    built: Built, runtime: Path, tmp_path: Path
):
    manifest = built.folder / "manifest.txt"
    said = run(
        *(WINDOWS / "build.sh", "--python", runtime, "--sha256", sha256(runtime)),
        *("--output", tmp_path, "--locked", manifest, "--folder", tmp_path / "folder"),
        env=BUILD_ENVIRONMENT,
    )

    assert manifest.read_text() in said
    for name in ("psutil", "cryptography", "pysnmp"):
        assert re.search(rf"(?m)^{name}==[0-9.]+ --hash=sha256:[0-9a-f]{{64}}$", said)
    again = tmp_path / "folder"
    programs = [path.relative_to(again) for path in again.rglob("*") if path.is_file()]
    assert [path for path in programs if not same_bytes(built.folder / path, again / path)] == []


def test_a_runtime_with_another_digest_is_refused(runtime: Path, tmp_path: Path):
    build = [WINDOWS / "build.sh", "--python", runtime, "--sha256", "0" * 64]
    done = subprocess.run(
        [*build, "--output", tmp_path], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, "another SHA-256" in done.stderr) == (2, True)


def test_a_program_is_signed_with_a_key_whose_password_stands_in_a_file(
    built: Built, tmp_path: Path
):
    key, certificate, pfx = (tmp_path / name for name in ("key.pem", "certificate.pem", "a.pfx"))
    password, program = tmp_path / "password", tmp_path / "govnet-agent.exe"
    password.write_text("mật-khẩu-của-khoá")
    program.write_bytes((built.folder / "govnet-agent.exe").read_bytes())
    run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=province"),
        *("-addext", "extendedKeyUsage=codeSigning", "-keyout", key, "-out", certificate),
    )
    run(
        *("openssl", "pkcs12", "-export", "-inkey", key, "-in", certificate, "-out", pfx),
        *("-passout", f"file:{password}"),
    )
    run(
        *(WINDOWS / "sign.sh", program),
        env=BUILD_ENVIRONMENT | {"GOVNET_SIGN_PFX": pfx, "GOVNET_SIGN_PASSWORD": password},
    )

    said = run("osslsigncode", "verify", "-CAfile", certificate, "-in", program)
    assert "Signature verification: ok" in said
