"""The units of systemd that ship: right by its own check, and as closed as they say."""

import configparser
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy/systemd").glob("govnet*"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
MOST_EXPOSED = 2.0
"""Of 10; "OK" in the words of systemd-analyze begins at 4."""


def analyze(*arguments: str) -> str:
    """Return all that systemd-analyze says; it has to be content."""
    done = subprocess.run(
        ["systemd-analyze", *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def options(unit: Path) -> dict[str, str]:
    """Return the last value of every option of a unit."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # Names keep their case.
    parser.read(unit)
    return {name: value for section in parser.sections() for name, value in parser.items(section)}


def test_systemd_finds_no_mistake_in_any_unit(tmp_path: Path):
    """With commands in the place of ours, which this machine has not installed."""
    copies = []
    for unit in UNITS:
        copy = tmp_path / unit.name
        copy.write_text(re.sub(r"/usr/bin/govnet(-agent)?\b", "/bin/true", unit.read_text("utf-8")))
        copies.append(str(copy))

    said = analyze("verify", *copies)

    assert not said


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_every_service_is_shut_in(unit: Path):
    said = analyze("security", "--offline=true", "--no-pager", str(unit))

    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert found is not None, said
    assert float(found[1]) < MOST_EXPOSED, said


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_no_service_runs_as_root_or_may_become_it(unit: Path):
    found = options(unit)

    assert found.get("DynamicUser") == "yes" or found["User"].startswith("govnet")
    assert found["NoNewPrivileges"] == "yes"
    assert found["CapabilityBoundingSet"] in {"", "CAP_NET_RAW"}
    assert found["CapabilityBoundingSet"] == "" or unit.name == "govnet-agent.service"


def test_every_timer_has_its_service():
    timers = [path for path in UNITS if path.suffix == ".timer"]

    assert len(timers) == 2
    assert all(timer.with_suffix(".service") in SERVICES for timer in timers)
