"""A real agent process, with reports going, has no open port."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from govnet.settings import (
    LanSettings,
    LinkSettings,
    MachineSettings,
    PathEnd,
    ServiceSettings,
    Settings,
    encode,
)
from tests.unit.deadlines import HANG_SECONDS

ROOT = Path(__file__).parents[3]
KEY = b"k" * 32
WANTED_BATCHES = 12


def every_check(url: str) -> Settings:
    every = {"interval_seconds": 0.2, "timeout_seconds": 1.0}
    far = PathEnd(end="far", address="127.0.0.1")
    return Settings(
        agent="a",
        site="s",
        machine="m",
        report_interval_seconds=0.2,
        checks=(
            MachineSettings(target="m", **every),
            LanSettings(target="m", **every),
            LinkSettings(target="l", ends=(far,), probes=1, **every),
            ServiceSettings(target="w", url=url, **every),
        ),
    )


def listening(process: psutil.Process) -> list[Any]:
    """Return what waits for others to speak first.

    A UDP socket that is connected to nobody answers nobody either unless somebody reads it; those
    of the checks live for one question. One that stays would be found at every look.
    """
    found = process.net_connections(kind="inet")
    return [each for each in found if each.status == psutil.CONN_LISTEN]


def is_ours(child: psutil.Process) -> bool:
    """Whether a child is a program that checks run, or has ended, or is none of its own yet."""
    try:
        return child.name() in {"ip", "ping"} or child.cmdline() == child.parent().cmdline()
    except psutil.NoSuchProcess:
        return True


def udp_ports(process: psutil.Process) -> set[int]:
    return {each.laddr.port for each in process.net_connections(kind="udp") if not each.raddr}


@pytest.mark.skipif(os.name != "posix", reason="net_connections of another process needs Linux")
def test_a_running_agent_has_no_open_port(
    tmp_path: Path, start_collector: Callable[..., Any], new_centre: Any
):
    collector = start_collector()
    centre = new_centre({"k1": KEY})
    centre.answer_for(collector)
    centre.order(every_check(f"{collector.url}/"))
    toml = tmp_path / "agent.toml"
    toml.write_text(
        f'collectors = ["{collector.url}"]\nstate_dir = "state"\n'
        f'[identity]\nagent = "a"\nkey_id = "k1"\nkey = "{KEY.hex()}"\n'
    )
    # The settings of an earlier run spare the first, usual interval of a minute.
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "settings.json").write_bytes(
        encode(Settings(agent="a", site="s", machine="m", report_interval_seconds=0.2))
    )
    with subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "run", "--config", str(toml)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
    ) as started:
        try:
            process = psutil.Process(started.pid)
            centre.wait_for(lambda: bool(centre.batches))
            lasting = udp_ports(process)
            for batches in range(2, WANTED_BATCHES):
                centre.wait_for(lambda: len(centre.batches) >= batches)  # noqa: B023 - called at once
                assert listening(process) == []
                assert [child for child in process.children() if not is_ours(child)] == []
                lasting &= udp_ports(process)
            assert lasting == set()
        finally:
            started.terminate()
            _, log = started.communicate(timeout=HANG_SECONDS)
    assert started.returncode == 0, log.decode()
    assert b"settings taken over" in log


def test_a_stopped_agent_leaves_at_once_whatever_its_checks_are_within(tmp_path: Path):
    """An orderly end of the interpreter would take OpenSSL away under threads that use it."""
    toml = tmp_path / "agent.toml"
    toml.write_text(
        f'collectors = ["http://127.0.0.1:1"]\nstate_dir = "state"\n'
        f'[identity]\nagent = "a"\nkey_id = "k1"\nkey = "{KEY.hex()}"\n'
    )
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "settings.json").write_bytes(
        encode(Settings(agent="a", site="s", machine="m", report_interval_seconds=0.2))
    )
    program = (
        "import atexit, sys; from agent.cli import main;"
        " atexit.register(print, 'an orderly end'); sys.exit(main(sys.argv[1:]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "run", "--config", str(toml)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as started:
        # It stops in order only once it listens to signals, before it measures.
        while not (tmp_path / "state" / "status.json").exists():
            assert started.poll() is None
            time.sleep(0.01)
        started.terminate()
        out, log = started.communicate(timeout=HANG_SECONDS)

    assert (started.returncode, out) == (0, b"")
    assert b"agent stopped" in log
