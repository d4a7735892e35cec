"""Where an agent's files are on this system, unless somebody names others."""

import sys
from pathlib import Path

if sys.platform == "win32":
    import ctypes

    def _program_data() -> Path:
        """Return the folder that the installer prepared; services may see another variable."""
        found = ctypes.create_unicode_buffer(_MAX_PATH)
        failed = ctypes.windll.shell32.SHGetFolderPathW(None, _COMMON_APPDATA, None, 0, found)
        return Path(found.value if failed == 0 else r"C:\ProgramData")

    _COMMON_APPDATA, _MAX_PATH = 0x23, 260
    """CSIDL_COMMON_APPDATA of shlobj.h."""
    _BASE = _program_data() / "govnet"
    DEFAULT_CONFIG = _BASE / "agent.toml"
    DEFAULT_STATE_DIR = _BASE / "agent"
    SELF_ENROLLED_CONFIG = DEFAULT_CONFIG
else:
    DEFAULT_CONFIG = Path("/etc/govnet/agent.toml")
    DEFAULT_STATE_DIR = Path("/var/lib/govnet-agent")
    SELF_ENROLLED_CONFIG = DEFAULT_STATE_DIR / "enrolled" / "agent.toml"
"""Where the file of an agent is that enrolled itself: a service may not write to /etc. A file in
the usual place goes before it."""


def config_file(named: Path) -> Path:
    """Return the file that is meant: of the usual ones the first that is there."""
    is_usual = named == DEFAULT_CONFIG and not is_there(named)
    return SELF_ENROLLED_CONFIG if is_usual and is_there(SELF_ENROLLED_CONFIG) else named


def is_there(path: Path) -> bool:
    """Whether there is such a file; one that may not be looked at is."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
