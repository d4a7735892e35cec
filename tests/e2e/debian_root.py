"""A bare Debian 12 for the tests that need one: to install in, to build images on, to boot.

Made once by mmdebstrap from this machine's own mirror, and kept in `.cache/` of the checkout;
remove the file to have it made again.
"""

import fcntl
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARBALL = ROOT / ".cache/debian-12.tar"
PACKAGES = ("ca-certificates", "dbus", "python3", "python3-venv", "systemd-sysv")
"""Beside the smallest Debian (`minbase`)."""
MAKING_SECONDS = 300
BUILT_AT = {"SOURCE_DATE_EPOCH": "1700000000"}
"""The time inside our own packages, whatever is committed while the tests run."""


def tarball() -> Path:
    """Return the file, made if it is not there. Needs root. Several processes may ask at once."""
    TARBALL.parent.mkdir(exist_ok=True)
    with (TARBALL.parent / "debian-12.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not TARBALL.exists():
            _make(TARBALL.with_suffix(".new"))
    return TARBALL


def unpacked(folder: Path) -> Path:
    """Return a root of its own in that folder, to change and to throw away. Needs root."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("tar", "-C", str(folder), "-xf", str(tarball()), "--numeric-owner")
    return folder


def mirror() -> tuple[str, ...]:
    """Return where this machine has Debian from; without a word of it mmdebstrap knows a place."""
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(source.read_text() for source in sources if source.is_file())
    found = re.search(r"^(?:URIs:|deb(?: \[.*?\])?) +(\S+/debian)/?(?: |$)", text, re.MULTILINE)
    return (found[1],) if found else ()


def _make(draft: Path) -> None:
    _run(
        *("mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar"),
        *(f"--include={','.join(PACKAGES)}", "bookworm", str(draft), *mirror()),
    )
    draft.rename(TARBALL)


def _run(*command: str) -> None:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=MAKING_SECONDS
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
