"""Which start of the machine this is, so that monotonic times are compared within it only."""

import secrets
import sys
from pathlib import Path

if sys.platform == "win32":
    import winreg

    _PREFETCH = (
        r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
    )

    def _system_boot_id() -> str | None:
        """Return the number that Windows counts up at each start."""
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _PREFETCH) as key:
                return f"windows-{winreg.QueryValueEx(key, 'BootId')[0]}"
        except OSError:
            return None

else:

    def _system_boot_id() -> str | None:
        """Return the id that Linux draws at each start (proc(5))."""
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except OSError:
            return None


def boot_id() -> str:
    """Return the id of this start of the machine.

    Where the system gives none it is random per process: fewer times can then be compared, and
    none wrongly.
    """
    return _system_boot_id() or f"process-{secrets.token_hex(8)}"
