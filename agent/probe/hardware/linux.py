"""A machine's numbers as Linux tells them, under /sys; the root folder is a parameter.

The board's UUID is shown to root only, so an agent without rights has no `board`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from agent.probe.hardware.values import board_uuid, lowest_address, serial_number

_ROOT = Path("/")
# A drive's own number first; `cid` is that of memory cards, `wwid` what the kernel made of it.
_SERIAL_FILES = ("device/serial", "serial", "device/cid", "device/wwid", "wwid")
_PERMANENT = "0"
_DEEPEST = 5


def components(root: Path = _ROOT) -> dict[str, str]:
    """Return what can be read of `HARDWARE`; empty where it tells nothing."""
    return {
        "board": board_uuid(_read(root / "sys/class/dmi/id/product_uuid")),
        "disk": _disk(root),
        "mac": _mac(root),
    }


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""


def _disk(root: Path) -> str:
    """Return the number of the disk that the system is on, else of the first real one."""
    for disk in (*_root_disks(root), *_real_disks(root)):
        for name in _SERIAL_FILES:
            if found := serial_number(_read(disk / name)):
                return found
    return ""


def _root_disks(root: Path) -> Iterator[Path]:
    """Yield the disks under the root file system, through partitions, LVM and encryption."""
    for line in _read(root / "proc/self/mountinfo").splitlines():
        # id, parent, major:minor, root, mount point ... (proc_pid_mountinfo(5))
        fields = line.split()
        if len(fields) > 4 and fields[4] == "/" and re.fullmatch(r"\d+:\d+", fields[2]):  # noqa: PLR2004 - as named above
            yield from _below(root / "sys/dev/block" / fields[2])


def _below(device: Path, depth: int = 0) -> Iterator[Path]:
    folder = Path(os.path.realpath(device))
    if (folder / "partition").exists():
        folder = folder.parent
    slaves = _names(folder / "slaves")
    for name in slaves if depth < _DEEPEST else ():
        yield from _below(folder / "slaves" / name, depth + 1)
    if not slaves and folder.is_dir():
        yield folder


def _real_disks(root: Path) -> Iterator[Path]:
    """Yield disks that are hardware and stay in the machine."""
    folder = root / "sys/block"
    for name in _names(folder):
        is_hardware = (folder / name / "device").exists()
        if is_hardware and _read(folder / name / "removable") != "1":
            yield folder / name


def _mac(root: Path) -> str:
    """Return the lowest permanent address of a built-in adapter, else of one on USB."""
    folder = root / "sys/class/net"
    built_in: list[str] = []
    on_usb: list[str] = []
    for name in _names(folder):
        adapter = folder / name
        if not (adapter / "device").exists():
            continue
        # A bond gives its members one address; each keeps its own here.
        own = _read(adapter / "bonding_slave/perm_hwaddr")
        if not own and _read(adapter / "addr_assign_type") == _PERMANENT:
            own = _read(adapter / "address")
        is_on_usb = "/usb" in os.path.realpath(adapter / "device")
        (on_usb if is_on_usb else built_in).append(own)
    return lowest_address(built_in) or lowest_address(on_usb)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []
