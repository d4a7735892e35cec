"""What Windows tells of a machine, from outputs in the shape that ConvertTo-Json gives them.

Nothing here ran on Windows: the outputs are typed after Microsoft's references.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.facts.windows import facts_of, read
from agent.facts.windows_script import decoded, script
from agent.probe.program import Finished
from govnet.errors import CheckError

PC: dict[str, Any] = {
    "system": {
        "Manufacturer": "LENOVO",
        "Model": "11DBS04V00",
        "PartOfDomain": True,
        "TotalPhysicalMemory": 8440168448,
    },
    "bios": {"SerialNumber": "PC1ABCDE"},
    "enclosure": {"SMBIOSAssetTag": "TS-0001"},
    "processor": {
        "Name": "Intel(R) Core(TM) i5-10400",
        "NumberOfCores": 6,
        "NumberOfLogicalProcessors": 12,
    },
    "memory": [{"Capacity": 4294967296, "Speed": 2666}, {"Capacity": 4294967296, "Speed": 2666}],
    "os": {"Caption": "Microsoft Windows 10 Pro", "BuildNumber": "19045"},
    "disk": [
        {
            "FriendlyName": "SAMSUNG MZ7",
            "Size": 256060514304,
            "MediaType": "SSD",
            "HealthStatus": "Healthy",
            "BusType": "SATA",
        },
        {
            "FriendlyName": "ST1000",
            "Size": 1000204886016,
            "MediaType": 3,
            "HealthStatus": 1,
            "BusType": 11,
        },
        {"FriendlyName": "Stick", "Size": 1, "MediaType": 0, "HealthStatus": 0, "BusType": "USB"},
    ],
    "update": ["2026-09-10", "2026-10-14", "14/10/2026"],
    "antivirus": {"displayName": "Windows Defender", "productState": 397568},
    "defender": None,
    "firewall": [{"Name": "Domain", "Enabled": 1}, {"Name": "Public", "Enabled": 0}],
    "printer": {"DriverName": "Canon LBP2900"},
    "scanner": None,
    "office": {"Name": "Microsoft Office", "Version": "16.0.4266.1001"},
}


def test_a_pc_says_what_it_is():
    reading = facts_of(PC, ("Microsoft Office",))

    assert reading.facts == {
        "hardware.maker": "LENOVO",
        "hardware.model": "11DBS04V00",
        "hardware.serial": "PC1ABCDE",
        "hardware.asset_tag": "TS-0001",
        "memory.bytes": "8440168448",
        "memory.module.0": "4096 MB 2666 MT/s",
        "memory.module.1": "4096 MB 2666 MT/s",
        "cpu.model": "Intel(R) Core(TM) i5-10400",
        "cpu.cores": "6",
        "cpu.threads": "12",
        "disk.0.model": "SAMSUNG MZ7",
        "disk.0.bytes": "256060514304",
        "disk.0.kind": "ssd",
        "disk.1.model": "ST1000",
        "disk.1.bytes": "1000204886016",
        "disk.1.kind": "hdd",
        "os.name": "Microsoft Windows 10 Pro",
        "os.build": "19045",
        "antivirus.name": "Windows Defender",
        "printer.0": "Canon LBP2900",
        "office.0": "Microsoft Office 16.0.4266.1001",
    }
    assert reading.disks_healthy == {"0_samsung_mz7": True, "1_st1000": False}
    assert reading.is_antivirus_on is True
    assert reading.is_firewall_on is False
    assert reading.is_domain_joined is True
    assert reading.last_update_at is not None
    assert reading.os_support_end_at is not None


@pytest.mark.parametrize(
    ("state", "on"),
    [(397568, True), (397584, False), (393472, False)],
    ids=["on", "definitions out of date", "switched off"],
)
def test_an_antivirus_counts_only_on_and_up_to_date(state: int, on: bool):  # noqa: FBT001 - a parameter of the cases
    told = {"antivirus": [{"displayName": "X", "productState": state}]}

    assert facts_of(told, ()).is_antivirus_on is on


def test_a_server_has_defenders_own_word():
    told = {
        "defender": {
            "AMServiceEnabled": True,
            "RealTimeProtectionEnabled": True,
            "AntivirusSignatureAge": 9,
        }
    }

    assert facts_of(told, ()).is_antivirus_on is False


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(PC, ANY_JSON)))
def test_any_other_shape_is_left_out_without_an_error(told: dict[str, Any]):
    for key, text in facts_of(told, ()).facts.items():
        assert key
        assert text == " ".join(text.split()) != ""


def test_the_answer_may_be_broken_over_lines():
    plain = base64.b64encode(json.dumps({"os": {"Caption": "Máy"}}).encode()).decode()

    def run(command: Sequence[str]) -> Finished:
        assert command[0] == "powershell.exe"
        return Finished(plain[:10] + "\r\n" + plain[10:] + "\r\n", "", 0)

    assert read((), run).facts == {"os.name": "Máy"}


@pytest.mark.parametrize("output", ["", "Access denied.", "WzFd", "bm90IGpzb24="])
def test_what_is_no_answer_is_an_error(output: str):
    with pytest.raises(CheckError):
        decoded(output)


def test_the_script_looks_for_listed_programs_only():
    text = script(("O'Office",))

    assert "$suites = @('O''Office')" in text
    for never in ("UserName", "Win32_UserProfile", "Win32_Process ", "RegisteredUser", "history"):
        assert never.lower() not in text.lower()
