"""The machine as Linux tells it. Every function takes the root folder to read under."""

from pathlib import Path

from agent.probe.system.records import OperatingSystem, Power
from govnet.errors import CheckError

_ROOT = Path("/")


def _read(path: Path) -> str:
    """Return a small file's text without its line end; empty when there is none."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def operating_system(root: Path = _ROOT) -> OperatingSystem:
    """Return PRETTY_NAME of os-release(5) and the kernel's release."""
    text = _read(root / "etc/os-release") or _read(root / "usr/lib/os-release")
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    name = fields.get("PRETTY_NAME", "").strip("\"'")
    return OperatingSystem(name or "Linux", _read(root / "proc/sys/kernel/osrelease"))


def is_reboot_pending(root: Path = _ROOT) -> bool | None:
    """Tell whether an update waits for a restart, by the file Debian and Ubuntu leave.

    None on systems without update-notifier's convention, where its absence says nothing.
    """
    if (root / "run/reboot-required").exists():
        return True
    return False if (root / "etc/debian_version").exists() else None


def boot_id(root: Path = _ROOT) -> str:
    """Return the kernel's random id of this boot. Raises CheckError when it cannot be read."""
    path = root / "proc/sys/kernel/random/boot_id"
    found = _read(path)
    if not found:
        raise CheckError(f"{path} cannot be read")
    return found


def power(root: Path = _ROOT) -> Power:
    """Return mains and battery state from /sys/class/power_supply.

    Batteries of mice and the like (scope "Device") are not the machine's own. A battery without
    a mains adapter beside it tells by discharging that the mains are gone.
    """
    mains: list[bool] = []
    charges: list[float] = []
    is_discharging = False
    folder = root / "sys/class/power_supply"
    for supply in sorted(folder.iterdir()) if folder.is_dir() else ():
        kind = _read(supply / "type")
        if kind == "Mains":
            mains.append(_read(supply / "online") == "1")
        elif kind == "Battery" and _read(supply / "scope") != "Device":
            capacity = _read(supply / "capacity")
            is_discharging |= _read(supply / "status") == "Discharging"
            if capacity.isdigit():
                charges.append(min(int(capacity), 100) / 100)
    is_on_mains = any(mains) if mains else (not is_discharging if charges else None)
    return Power(is_on_mains, sum(charges) / len(charges) if charges else None)
