"""Read the Windows registry under HKEY_LOCAL_MACHINE, from `winreg` or something shaped like it."""

import importlib
import sys
from typing import Any

from govnet.errors import CheckError

_SUBKEYS_LIMIT = 1000


def load_registry() -> Any:
    """Return the module `winreg`. Raises CheckError where there is no Windows."""
    if sys.platform != "win32":
        raise CheckError("there is a registry on Windows only")
    return importlib.import_module("winreg")


def has_key(registry: Any, path: str) -> bool:
    """Tell whether a key exists and may be opened."""
    try:
        with registry.OpenKey(registry.HKEY_LOCAL_MACHINE, path):
            return True
    except OSError:
        return False


def value(registry: Any, path: str, name: str) -> Any:
    """Return a value, or None when it or its key does not exist or may not be read."""
    try:
        with registry.OpenKey(registry.HKEY_LOCAL_MACHINE, path) as key:
            return registry.QueryValueEx(key, name)[0]
    except OSError:
        return None


def text(registry: Any, path: str, name: str) -> str:
    """Return a value that is text; empty when it does not exist or is something else."""
    found = value(registry, path, name)
    return found.strip() if isinstance(found, str) else ""


def number(registry: Any, path: str, name: str) -> int | None:
    """Return a value that is a number; None when it does not exist or is something else."""
    found = value(registry, path, name)
    return found if isinstance(found, int) else None


def subkeys(registry: Any, path: str) -> tuple[str, ...]:
    """Return the names of the keys below a key; none when it does not exist."""
    names: list[str] = []
    try:
        with registry.OpenKey(registry.HKEY_LOCAL_MACHINE, path) as key:
            names.extend(registry.EnumKey(key, index) for index in range(_SUBKEYS_LIMIT))
    except OSError:
        pass  # This is how EnumKey says that there are no more.
    return tuple(names)
