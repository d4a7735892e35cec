"""What Linux tells of a machine: made-up /sys, /etc and /var, and programs that answer as told."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.facts import linux
from agent.facts.linux import last_upgrade_at, memory_modules, packages, read, smart_passed
from agent.facts.reading import Reading
from agent.facts.suites import installed
from agent.facts.support import linux_support_end_at, windows_support_end_at
from agent.probe.program import Finished
from govnet.errors import CheckError

CPU = """processor	: 0
model name	: Intel(R) Core(TM) i3-10100 CPU @ 3.60GHz
physical id	: 0
core id		: 0

processor	: 1
model name	: Intel(R) Core(TM) i3-10100 CPU @ 3.60GHz
physical id	: 0
core id		: 0

processor	: 2
model name	: Intel(R) Core(TM) i3-10100 CPU @ 3.60GHz
physical id	: 0
core id		: 1
"""
DMIDECODE = """Memory Device
	Size: 8192 MB
	Type: DDR4
	Speed: 2666 MT/s

Memory Device
	Size: No Module Installed
	Type: Unknown
	Speed: Unknown
"""
HISTORY = """Start-Date: 2026-09-01  08:00:00
Upgrade: libssl3:amd64 (3.0.1, 3.0.2)
End-Date: 2026-09-01  08:01:00

Start-Date: 2026-10-05  08:00:00
Install: vim:amd64 (9.0)
End-Date: 2026-10-05  08:01:00
"""
DPKG = (
    "ii \tlibreoffice-core\t4:7.4.7-1+deb12u5\n"
    "ii \tlibreoffice-writer\t4:7.4.7-1+deb12u5\n"
    "ii \tgame\t1.0-1\n"
    "rc \twps-office\t11.1.0\n"
)


def laid(root: Path, files: Mapping[str, str]) -> Path:
    """Write the files below the folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def every_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux.shutil, "which", lambda name: f"/usr/bin/{name}")


def answering(told: Mapping[str, str]):
    def run(command: Sequence[str]) -> Finished:
        for start, output in told.items():
            if " ".join(command).startswith(start):
                return Finished(output, "", 0)
        return Finished("", "unknown", 1)

    return run


PC = {
    "sys/class/dmi/id/sys_vendor": "Dell Inc.\n",
    "sys/class/dmi/id/product_name": "OptiPlex 3080\n",
    "sys/class/dmi/id/product_serial": "To Be Filled By O.E.M.\n",
    "sys/class/dmi/id/chassis_asset_tag": "TS-0001\n",
    "proc/cpuinfo": CPU,
    "proc/meminfo": "MemTotal:        7999324 kB\n",
    "sys/block/sda/device/model": "KINGSTON SA400S3\n",
    "sys/block/sda/size": "468862128\n",
    "sys/block/sda/queue/rotational": "0\n",
    "sys/block/sdb/device/model": "Somebody's stick\n",
    "sys/block/sdb/removable": "1\n",
    "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
    "var/log/apt/history.log": HISTORY,
    "etc/ufw/ufw.conf": "ENABLED=yes\n",
    "etc/krb5.keytab": "",
    "sys/bus/usb/devices/1-2:1.0/bInterfaceClass": "07\n",
    "sys/bus/usb/devices/1-2/manufacturer": "Canon\n",
    "sys/bus/usb/devices/1-2/product": "LBP2900\n",
}


@pytest.mark.usefixtures("every_program")
def test_an_office_pc_says_what_it_is(tmp_path: Path):
    run = answering(
        {
            "dmidecode -t 17": DMIDECODE,
            "smartctl --json -H /dev/sda": '{"smart_status": {"passed": false}}',
            "dpkg-query": DPKG,
            "scanimage -L": "device `genesys:libusb:001:004' is a Canon LiDE 210 flatbed scanner\n",
        }
    )

    reading = read((), laid(tmp_path, PC), run)

    assert reading.problems == []
    assert reading.facts == {
        "hardware.maker": "Dell Inc.",
        "hardware.model": "OptiPlex 3080",
        "hardware.asset_tag": "TS-0001",
        "cpu.model": "Intel(R) Core(TM) i3-10100 CPU @ 3.60GHz",
        "cpu.cores": "2",
        "cpu.threads": "3",
        "memory.bytes": str(7999324 * 1024),
        "memory.module.0": "8192 MB DDR4 2666 MT/s",
        "disk.sda.model": "KINGSTON SA400S3",
        "disk.sda.bytes": str(468862128 * 512),
        "disk.sda.kind": "ssd",
        "os.name": "Debian GNU/Linux 12 (bookworm)",
        "antivirus.name": "ClamAV",
        "firewall.name": "ufw",
        "printer.0": "Canon LBP2900",
        "scanner.0": "Canon LiDE 210 flatbed scanner",
        "office.0": "LibreOffice 7.4.7",
    }
    assert reading.disks_healthy == {"sda": False}
    assert (reading.is_firewall_on, reading.is_domain_joined) == (True, True)
    assert reading.is_antivirus_on is False
    assert reading.os_support_end_at == linux_support_end_at("debian", "12")


def test_a_system_that_tells_nothing_gives_no_facts_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(linux.shutil, "which", lambda _name: None)

    reading = read((), tmp_path, answering({}))

    assert reading.facts == {"os.name": "Linux"}
    assert (reading.is_antivirus_on, reading.last_update_at) == (None, None)
    assert reading.is_firewall_on is None


@pytest.mark.usefixtures("every_program")
@pytest.mark.parametrize(
    ("said", "expected"),
    [("active\n", True), ("inactive\n", False), ("failed\n", False), ("", None)],
)
def test_a_firewall_is_off_only_if_systemd_says_so(
    tmp_path: Path, said: str, *, expected: bool | None
):
    reading = read((), tmp_path, lambda _command: Finished(said, "", 0 if said else 1))

    assert reading.is_firewall_on is expected


@pytest.mark.usefixtures("every_program")
def test_a_program_that_hangs_costs_only_its_own_facts(tmp_path: Path):
    def run(command: Sequence[str]) -> Finished:
        if command[0] == "dmidecode":
            raise CheckError("dmidecode did not end within 45 s")
        return answering({"dpkg-query": DPKG})(command)

    reading = read((), laid(tmp_path, PC), run)

    assert reading.problems == ["memory: dmidecode did not end within 45 s"]
    assert reading.facts["office.0"] == "LibreOffice 7.4.7"


def test_only_an_upgrade_counts_as_an_update():
    assert last_upgrade_at(HISTORY) == last_upgrade_at(HISTORY.split("\n\n", 1)[0])
    assert last_upgrade_at(HISTORY.split("\n\n")[1]) is None


def test_empty_slots_are_no_modules():
    assert memory_modules(DMIDECODE) == ["8192 MB DDR4 2666 MT/s"]


@pytest.mark.parametrize(
    ("output", "passed"),
    [
        ('{"smart_status": {"passed": true}}', True),
        ('{"smart_status": {}}', None),
        ('{"smart_status": {"passed": "yes"}}', None),
        ("Permission denied", None),
        ("[]", None),
    ],
)
def test_a_disk_is_healthy_only_by_its_own_word(output: str, passed: bool | None):  # noqa: FBT001 - a parameter of the cases
    assert smart_passed(output) is passed


def test_no_program_outside_the_list_is_named():
    assert list(installed(packages(DPKG), ())) == ["LibreOffice 7.4.7"]
    assert list(installed(packages(DPKG), ("WPS Office",))) == []
    assert list(installed([("Microsoft Office 2016 - of somebody", "16.0")], ())) == [
        "Microsoft Office 16.0"
    ]


@pytest.mark.parametrize(
    ("edition", "build", "day"),
    [
        ("Windows 10 Pro", 19045, "2025-10-15"),
        ("Windows 10 Enterprise LTSC", 19044, "2027-01-13"),
        ("Windows 11 Enterprise", 22631, "2026-11-11"),
        ("Windows Server 2019 Standard", 17763, "2029-01-10"),
        ("Windows 10 Pro", 12345, None),
    ],
)
def test_support_ends_after_the_last_day_by_edition(edition: str, build: int, day: str | None):
    found = windows_support_end_at(edition, build)

    assert (None if found is None else _day(found)) == day


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def test_a_fact_is_one_line_and_never_empty():
    reading = Reading()
    reading.add("hardware.model", "  Opti\nPlex  ")
    reading.add("hardware.serial", " ")
    reading.add("cpu.cores", None)

    assert reading.facts == {"hardware.model": "Opti Plex"}
