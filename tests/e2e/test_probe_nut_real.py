"""A UPS by upsd and its dummy driver, the real programs of Network UPS Tools."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.probe import nut
from agent.probe.nut.message import Line, read_ups
from agent.probe.outcome import Outcome
from govnet.settings import DeviceSettings

pytestmark = pytest.mark.e2e

PROGRAMS = Path("/lib/nut")
"""Where Debian keeps them; /sbin/upsd starts only what /etc/nut says."""
UPS = """\
[phong-may]
  driver = dummy-ups
  port = {folder}/phong-may.dev
"""
STATE = """\
device.serial: G0123
battery.charge: 87
battery.runtime: 1830
battery.voltage: 81.6
input.voltage: 229.5
input.frequency: 50.1
output.voltage: 230.0
ups.load: 43
ups.status: OB DISCHRG LB
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make the folder of both programs and tell them where it is."""
    folder = tmp_path_factory.mktemp("nut")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"):
            patch.setenv(name, str(folder))
        yield folder


@pytest.fixture(scope="module")
def driver(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start the driver."""
    (folder / "ups.conf").write_text(UPS.format(folder=folder))
    (folder / "phong-may.dev").write_text(STATE)
    command = [str(PROGRAMS / "dummy-ups"), "-a", "phong-may", "-F", "-u", "root"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield process
        process.terminate()


@pytest.fixture(scope="module")
def port(
    driver: subprocess.Popen[bytes],
    folder: Path,
    free_port: Callable[[], int],
    start_program: Callable[[list[str], Callable[[], bool]], None],
) -> int:
    """Start upsd and wait until it knows what the driver knows."""
    assert driver.poll() is None
    port = free_port()
    (folder / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {port}\n")
    (folder / "upsd.users").touch()
    for name in ("ups.conf", "upsd.conf", "upsd.users"):
        (folder / name).chmod(0o640)
    start_program(
        [str(PROGRAMS / "upsd"), "-F", "-u", "root"],
        lambda: read_ups(_ask(port).variables).on_mains is not None,
    )
    return port


def _ask(port: int, ups: str = "phong-may") -> nut.NutReply:
    reply = nut.list_variables("127.0.0.1", port, ups=ups, timeout_seconds=5)
    if reply.outcome is not Outcome.ANSWERED:
        return nut.NutReply(reply.outcome, "NOT-THERE", ups, {}, None, reply.detail)
    return reply


def test_ups_says_how_it_is(
    port: int, measured: Callable[[DeviceSettings], dict[str, float]]
) -> None:
    ups = read_ups(_ask(port).variables)

    assert (ups.on_mains, ups.battery_low, ups.battery_replace) == (False, True, False)
    assert (ups.battery_charge_ratio, ups.battery_runtime_seconds) == (0.87, 1830)
    assert ups.inputs == (("1", Line(volts=229.5, hertz=50.1)),)
    assert ups.outputs == (("1", Line(volts=230.0, load_ratio=0.43)),)
    assert ups.serial == "G0123"
    # Without a name the server's first one is asked; one that it does not know is refused.
    assert nut.list_variables("127.0.0.1", port, timeout_seconds=5).ups == "phong-may"
    assert _ask(port, "khong-co").error == "UNKNOWN-UPS"
    url = f"nut://127.0.0.1:{port}/phong-may"
    seen = measured(DeviceSettings(target="t", kind="ups", url=url))
    assert seen['govnet_device_reachable{protocol="nut"}'] == 1
    assert seen["govnet_ups_on_mains"] == 0
    assert seen['govnet_ups_load_ratio{line="1"}'] == 0.43


def test_ups_that_upsd_has_lost_is_no_answer(port: int, driver: subprocess.Popen[bytes]) -> None:
    driver.kill()
    driver.wait()
    ends_at = time.monotonic() + 60
    while not (error := _ask(port).error) and time.monotonic() < ends_at:
        time.sleep(0.1)

    assert error in ("DATA-STALE", "DRIVER-NOT-CONNECTED")
