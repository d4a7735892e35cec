"""The one distribution, built as a wheel: complete, and the agent needs only its own extra."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.installs]

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "collector", "govnet", "inventory", "simulator")
COMPILED = "__pycache__"


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


AGENTS_OWN = {"cffi", "cryptography", "psutil", "pyasn1", "pycparser", "pysnmp", "pyyaml"}
"""What the agent needs, and what that needs (docs/dependencies.md)."""


def sources() -> list[Path]:
    """Return every file of the packages, relative to the checkout."""
    return [
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*"))
        if path.is_file() and COMPILED not in path.parts
    ]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy, so that no build folder appears in the checkout."""
    copy = tmp_path_factory.mktemp("copy")
    for name in (*sources(), Path("setup.py"), Path("pyproject.toml"), Path("README.md")):
        place = copy / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((ROOT / name).read_bytes())
    made = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", made, copy, cwd=copy)
    return next(made.glob("govnet-*.whl"))


def test_the_wheel_holds_every_module_template_script_and_table(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())

    assert set() == {path.as_posix() for path in sources()} - packed


def test_the_agent_runs_with_only_its_own_extra_installed(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=tmp_path)
    run(venv / "bin/pip", "install", "-q", f"govnet[agent] @ file://{wheel}", cwd=tmp_path)
    installed = run(venv / "bin/pip", "list", "--format=freeze", cwd=tmp_path)

    names = {line.partition("==")[0].lower() for line in installed.splitlines()}
    assert names <= {"govnet", "pip", "setuptools", *AGENTS_OWN}
    assert "machine" in run(venv / "bin/govnet-agent", "list-checks", cwd=tmp_path)
    once = run(venv / "bin/govnet-agent", "once", "machine", cwd=tmp_path)
    assert "govnet_machine_uptime_seconds" in once
    count = "from agent.devices.load import device_profiles; print(len(device_profiles()))"
    assert int(run(venv / "bin/python", "-c", count, cwd=tmp_path)) > 20
