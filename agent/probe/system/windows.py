"""The machine as Windows tells it: the registry, and psutil for power and boot time."""

from typing import Any

from agent.probe.system import registry as windows_registry
from agent.probe.system.records import OperatingSystem, Power
from govnet.errors import CheckError

_VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_BOOTS = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
# Pending file renames are left out: ordinary installers leave some behind for months.
_REBOOT_KEYS = (
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired",
)
_WINDOWS_11_BUILD = 22000


def _load_psutil() -> Any:
    import psutil  # noqa: PLC0415 - the registry's functions do without

    return psutil


def _registry(given: Any) -> Any:
    return given if given is not None else windows_registry.load_registry()


def operating_system(registry: Any = None) -> OperatingSystem:
    """Return product name with feature release, and build with update number.

    Windows 11 still calls itself "Windows 10" in ProductName; builds from 22000 on are 11.
    """
    source = _registry(registry)
    name = windows_registry.text(source, _VERSION, "ProductName") or "Windows"
    build = windows_registry.text(source, _VERSION, "CurrentBuildNumber")
    if build.isdigit() and int(build) >= _WINDOWS_11_BUILD and "Server" not in name:
        name = name.replace("Windows 10", "Windows 11")
    release = windows_registry.text(source, _VERSION, "DisplayVersion")
    update = windows_registry.number(source, _VERSION, "UBR")
    return OperatingSystem(
        f"{name} {release}".strip(), build if update is None else f"{build}.{update}"
    )


def is_reboot_pending(registry: Any = None) -> bool | None:
    """Tell whether an update waits for a restart."""
    source = _registry(registry)
    return any(windows_registry.has_key(source, path) for path in _REBOOT_KEYS)


def boot_id(registry: Any = None) -> str:
    """Return a text that is the same until the next start of Windows.

    Windows counts its starts for the prefetcher. Raises CheckError where that is off: the boot
    time is no substitute, a PC with an empty battery has the same one at every start.
    """
    count = windows_registry.number(_registry(registry), _BOOTS, "BootId")
    if count is None:
        raise CheckError("Windows does not count its starts here")
    return f"boot-{count}"


def power(statistics: Any = None) -> Power:
    """Return mains and battery state; `statistics` is psutil or shaped like it."""
    source = statistics if statistics is not None else _load_psutil()
    battery = source.sensors_battery()
    if battery is None:
        return Power(None, None)
    return Power(battery.power_plugged, min(max(battery.percent, 0), 100) / 100)
