"""The facts as Windows tells them, out of what `agent.facts.windows_script` brought. Pure.

`ConvertTo-Json` writes a list of one as the thing itself and an empty one as nothing, so every
value is taken as a list here. Microsoft's references: Win32_OperatingSystem, MSFT_PhysicalDisk,
Win32_QuickFixEngineering; the bits of `productState` are not documented, and are read as Security
Center itself shows them.
"""

import re
from collections.abc import Sequence
from datetime import date
from time import mktime
from typing import Any

from agent.facts.reading import Reading, key_part
from agent.facts.suites import USUAL, installed
from agent.facts.support import windows_support_end_at
from agent.facts.windows_script import ask
from agent.probe.hardware.values import serial_number
from agent.probe.program import Run

_KINDS = {"3": "hdd", "HDD": "hdd", "4": "ssd", "SSD": "ssd"}
_HEALTHY = {"0": True, "Healthy": True, "1": False, "Warning": False, "2": False}
_HEALTHY["Unhealthy"] = False
_USB = ("7", "USB")
_ON, _OUTDATED = 0x1000, 0x10
_FRESH_DAYS = 7


def read(suites: Sequence[str], run: Run) -> Reading:
    """Return everything that Windows tells. Raises CheckError if PowerShell cannot be asked."""
    wanted = tuple(suites) or USUAL
    return facts_of(ask(wanted, run), wanted)


def facts_of(told: dict[str, Any], suites: Sequence[str]) -> Reading:
    """Return the facts in what the script told; whatever has another shape is left out."""
    reading = Reading()
    _hardware(reading, told)
    _disks(reading, told)
    _system(reading, told)
    _protection(reading, told)
    for kind, name in (("printer", "DriverName"), ("scanner", "FriendlyName")):
        names = dict.fromkeys(filter(None, (_text(one, name) for one in _rows(told, kind))))
        for index, text in enumerate(names):
            reading.add(f"{kind}.{index}", text)
    programs = [(_text(one, "Name"), _text(one, "Version")) for one in _rows(told, "office")]
    for index, suite in enumerate(installed(programs, suites)):
        reading.add(f"office.{index}", suite)
    return reading


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _rows(told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [one for one in _listed(told.get(name)) if isinstance(one, dict)]


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or isinstance(value, dict | list) else " ".join(str(value).split())


def _number(row: dict[str, Any], name: str) -> int | None:
    text = _text(row, name)
    return int(text) if text.isdecimal() else None


def _hardware(reading: Reading, told: dict[str, Any]) -> None:
    for row in _rows(told, "system")[:1]:
        reading.add("hardware.maker", serial_number(_text(row, "Manufacturer")))
        reading.add("hardware.model", serial_number(_text(row, "Model")))
        reading.add("memory.bytes", _number(row, "TotalPhysicalMemory"))
        if isinstance(row.get("PartOfDomain"), bool):
            reading.is_domain_joined = row["PartOfDomain"]
    for row in _rows(told, "bios")[:1]:
        reading.add("hardware.serial", serial_number(_text(row, "SerialNumber")))
    for row in _rows(told, "enclosure")[:1]:
        reading.add("hardware.asset_tag", serial_number(_text(row, "SMBIOSAssetTag")))
    processors = _rows(told, "processor")
    for row in processors[:1]:
        reading.add("cpu.model", _text(row, "Name"))
    for key, name in (("cores", "NumberOfCores"), ("threads", "NumberOfLogicalProcessors")):
        reading.add(f"cpu.{key}", sum(_number(row, name) or 0 for row in processors) or "")
    for index, row in enumerate(_rows(told, "memory")):
        size, speed = _number(row, "Capacity"), _number(row, "Speed")
        if size:
            at_speed = f" {speed} MT/s" if speed else ""
            reading.add(f"memory.module.{index}", f"{size // (1 << 20)} MB{at_speed}")


def _disks(reading: Reading, told: dict[str, Any]) -> None:
    for index, row in enumerate(_rows(told, "disk")):
        if _text(row, "BusType") in _USB:
            continue  # What people plug in is not the machine's.
        model = _text(row, "FriendlyName")
        reading.add(f"disk.{index}.model", model)
        reading.add(f"disk.{index}.bytes", _number(row, "Size"))
        reading.add(f"disk.{index}.kind", _KINDS.get(_text(row, "MediaType"), ""))
        healthy = _HEALTHY.get(_text(row, "HealthStatus"))
        if healthy is not None:
            reading.disks_healthy[f"{index}_{key_part(model)}"] = healthy


def _system(reading: Reading, told: dict[str, Any]) -> None:
    for row in _rows(told, "os")[:1]:
        reading.add("os.name", _text(row, "Caption"))
        reading.add("os.build", _text(row, "BuildNumber"))
        build = _number(row, "BuildNumber")
        if build is not None:
            reading.os_support_end_at = windows_support_end_at(_text(row, "Caption"), build)
    days = [day for one in _listed(told.get("update")) if (day := _day(one)) is not None]
    if days:
        reading.last_update_at = mktime(max(days).timetuple())


def _day(text: Any) -> date | None:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _protection(reading: Reading, told: dict[str, Any]) -> None:
    """Take Security Center's word; servers have none, there Defender speaks for itself."""
    products = [
        (_text(row, "displayName"), state)
        for row in _rows(told, "antivirus")
        if (state := _number(row, "productState")) is not None
    ]
    if products:
        running = [name for name, state in products if state & _ON]
        reading.add("antivirus.name", ", ".join(running) or products[0][0])
        reading.is_antivirus_on = any(
            bool(state & _ON) and not state & _OUTDATED for _, state in products
        )
    else:
        for row in _rows(told, "defender")[:1]:
            age = _number(row, "AntivirusSignatureAge")
            on = (
                row.get("AMServiceEnabled") is True and row.get("RealTimeProtectionEnabled") is True
            )
            reading.add("antivirus.name", "Microsoft Defender")
            reading.is_antivirus_on = on and age is not None and age <= _FRESH_DAYS
    profiles = [_number(row, "Enabled") for row in _rows(told, "firewall")]
    if profiles:
        reading.is_firewall_on = all(enabled == 1 for enabled in profiles)
