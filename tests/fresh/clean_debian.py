"""A Debian 12 on which nobody installed anything but what the README asks for.

Its own mounts and processes: both are gone with the command that was run there. The network is the
machine's own, because packages are downloaded. What is downloaded is kept in a folder beside the
root, so that a second root needs no downloads.
"""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from tests.e2e.debian_root import mirror

PACKAGES = ("ca-certificates", "git", "python3")
"""The README: "Debian 12 with Python 3.11 and git"; with CA certificates downloads are verified."""
KEPT = {"apt": "var/cache/apt/archives", "pip": "root/.cache/pip"}
OF_THE_MACHINE = (
    "etc/resolv.conf",
    "etc/hosts",
    "etc/pip.conf",
    "etc/ssl/certs/ca-certificates.crt",
)
"""How this machine reaches its mirrors; without any of them the root's own is kept."""


class CleanDebian:
    """A root in `folder`, with downloads kept in `downloads`. Needs root."""

    def __init__(self, folder: Path, downloads: Path) -> None:
        self.folder = folder
        self.downloads = downloads

    def make(self) -> None:
        """Fill the folder by mmdebstrap, then lay in how this machine reaches its mirrors."""
        subprocess.run(
            [
                *(
                    "mmdebstrap",
                    "--quiet",
                    "--mode=root",
                    "--variant=minbase",
                    "--format=directory",
                ),
                *(f"--include={','.join(PACKAGES)}", "bookworm", str(self.folder), *mirror()),
            ],
            check=True,
        )
        for name in OF_THE_MACHINE:
            source = Path("/", name)
            if source.is_file():
                shutil.copyfile(source, self.folder / name)
        for options in Path("/etc/apt/apt.conf.d").iterdir():
            if "Acquire::" in options.read_text(encoding="utf-8"):
                shutil.copyfile(options, self.folder / "etc/apt/apt.conf.d" / options.name)
        for kept, place in KEPT.items():
            (self.downloads / kept).mkdir(parents=True, exist_ok=True)
            (self.folder / place).mkdir(parents=True, exist_ok=True)

    def lay_in(self, repository: Path, place: str) -> None:
        """Copy what is committed in that repository to `place`, to be cloned from there."""
        subprocess.run(
            ["git", "clone", "--quiet", "--bare", str(repository), f"{self.folder}{place}"],
            check=True,
        )

    def copy(self, folder: Path) -> "CleanDebian":
        """Return a root like this one in another folder, with the same downloads."""
        subprocess.run(["cp", "--archive", str(self.folder), str(folder)], check=True)
        return CleanDebian(folder, self.downloads)

    def start(self, script: str) -> "subprocess.Popen[str]":
        """Start the script there in a session of its own, its output on one pipe.

        Its processes end with it, and so do its mounts.
        """
        root = shlex.quote(str(self.folder))
        mounts = "\n".join(
            [
                f"mount -t proc proc {root}/proc",
                f"mount --rbind /sys {root}/sys",
                f"mount --rbind /dev {root}/dev",
                f"mount -t tmpfs tmpfs {root}/run",
                f"mount -t tmpfs tmpfs {root}/tmp",
                *(
                    f"mount --bind {shlex.quote(str(self.downloads / kept))} {root}/{place}"
                    for kept, place in KEPT.items()
                ),
                f'exec chroot {root} bash -e -c "$1"',
            ]
        )
        return subprocess.Popen(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--"),
                *("bash", "-euo", "pipefail", "-c", mounts, "-", script),
            ],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )


def _environment() -> dict[str, str]:
    """Return what root has after signing in, and how pip and apt reach their mirrors from here."""
    of_downloads = {
        name: value
        for name, value in os.environ.items()
        if name.lower().endswith("_proxy") or (name.startswith("PIP_") and name != "PIP_FIND_LINKS")
    }
    return of_downloads | {
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "USER": "root",
    }
