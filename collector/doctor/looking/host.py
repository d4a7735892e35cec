"""The collector's machine: its clock, disk and memory, and who may read the data. Linux."""

import os
import stat
import subprocess
import time
from pathlib import Path
from typing import Final

import msgspec

from collector import kernel_clock

_DAY_SECONDS: Final = 86_400.0
_ASK_SECONDS: Final = 3.0
_GROUP_AND_OTHERS: Final = 0o077
_OTHERS: Final = 0o007
_CHRONY_LEAP: Final = 13
_CHRONY_OFFSET: Final = 4


class Clock(msgspec.Struct, frozen=True):
    """The clock as who sets it tells; None is not known. `offset_seconds` is its error."""

    source: str
    is_synchronised: bool | None
    offset_seconds: float | None = None
    timezone: str = ""


class Disk(msgspec.Struct, frozen=True):
    """The disk with the data; bytes, and files that it can hold (0: it does not count them)."""

    total_bytes: int
    free_bytes: int
    total_files: int
    free_files: int
    inbox_bytes: int = 0
    inbox_day_bytes: int = 0
    """What was written to the inbox within a day."""


class Access(msgspec.Struct, frozen=True):
    """Who looks, whose the data are, and what of them is wrong."""

    user: str
    owner: str
    is_readable: bool = True
    open_to_others: tuple[str, ...] = ()
    owned_by_others: tuple[str, ...] = ()


class Host(msgspec.Struct, frozen=True):
    """What could be seen of the machine."""

    clock: Clock
    disk: Disk | None = None
    access: Access | None = None
    memory_bytes: int = 0
    memory_free_bytes: int = 0


def look(data: Path, now: float) -> Host:
    """Return what can be seen; without a folder of data nothing of it."""
    total, free = _memory()
    there = data.is_dir()
    return Host(
        clock=_clock(),
        disk=_disk(data, now) if there else None,
        access=_access(data) if there else None,
        memory_bytes=total,
        memory_free_bytes=free,
    )


# --- clock ----------------------------------------------------------------------------------------


def _clock() -> Clock:
    zone = time.strftime("%Z %z")
    chrony = _chrony()
    if chrony is not None:
        return msgspec.structs.replace(chrony, timezone=zone)
    # systemd-timesyncd, ntpd and the host of a container tell the kernel; so it knows of all.
    return Clock("kernel", kernel_clock.is_synchronised(), timezone=zone)


def _chrony() -> Clock | None:
    """Return what chrony says, None if it does not run here."""
    try:
        done = subprocess.run(
            ("chronyc", "-c", "tracking"), capture_output=True, timeout=_ASK_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return chrony_tracking(done.stdout.decode("ascii", "replace")) if not done.returncode else None


def chrony_tracking(text: str) -> Clock | None:
    """Read `chronyc -c tracking` (chronyc(1)); None if it is something else."""
    fields = text.strip().split(",")
    try:
        offset = float(fields[_CHRONY_OFFSET])
        return Clock("chrony", fields[_CHRONY_LEAP] != "Not synchronised", abs(offset))
    except (IndexError, ValueError):
        return None


# --- disk, memory ---------------------------------------------------------------------------------


def _disk(data: Path, now: float) -> Disk | None:
    try:
        found = os.statvfs(data)
    except OSError:
        return None
    size = day = 0
    for file in _files(data / "inbox"):
        size += file.st_size
        if file.st_mtime >= now - _DAY_SECONDS:
            day += file.st_size
    return Disk(
        total_bytes=found.f_blocks * found.f_frsize,
        free_bytes=found.f_bavail * found.f_frsize,
        total_files=found.f_files,
        free_files=found.f_favail,
        inbox_bytes=size,
        inbox_day_bytes=day,
    )


def _files(folder: Path) -> list[os.stat_result]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                seen = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(seen.st_mode):
                    found.append(seen)
    except OSError:
        # A segment may go away meanwhile; what was counted stays.
        return found
    return found


def _memory() -> tuple[int, int]:
    """Return total and available bytes, 0 where the system does not tell."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return 0, 0
    told = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    total, free = (
        int(told.get(name, "0 kB").split()[0]) * 1024 for name in ("MemTotal", "MemAvailable")
    )
    return total, free


# --- access ---------------------------------------------------------------------------------------


def _access(data: Path) -> Access:
    owner = data.stat().st_uid
    open_to_others, owned_by_others = [], []
    for path in (data, *_private(data)):
        try:
            seen = path.stat()
        except OSError:
            continue
        # The folder's group may look, as a package may have made it; never into what is secret.
        if seen.st_mode & (_OTHERS if path == data else _GROUP_AND_OTHERS):
            open_to_others.append(f"{path} ({stat.S_IMODE(seen.st_mode):o})")
        if seen.st_uid != owner:
            owned_by_others.append(f"{path} ({_user(seen.st_uid)})")
    return Access(
        user=_user(os.geteuid()),
        owner=_user(owner),
        is_readable=os.access(data, os.R_OK | os.X_OK),
        open_to_others=tuple(open_to_others),
        owned_by_others=tuple(owned_by_others),
    )


def _private(data: Path) -> list[Path]:
    """Return what holds secrets, and the database's files, which the collector must write."""
    named = ("operator-token", "tls/ca-key.pem")
    try:
        return [*(data / name for name in named), *data.glob("govnet.sqlite3*")]
    except OSError:
        return []


def _user(uid: int) -> str:
    import pwd  # noqa: PLC0415 - there is none on Windows, where the rest is not called

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
