"""What the purge of a Debian package takes away, in the odd states in which it finds a machine.

The scripts run on a folder in the place of the machine's root.
"""

import os
import subprocess
from pathlib import Path

import pytest

DEBIAN = Path(__file__).parents[2] / "deploy/debian"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return the root of a machine without anything of ours."""
    root = tmp_path / "machine"
    for folder in ("etc/default", "var/lib/private", "var/lib/systemd/timers", "bin"):
        (root / folder).mkdir(parents=True)
    command(root, "getent", "exit 2")
    command(root, "mountpoint", "exit 1")
    return root


def command(machine: Path, name: str, body: str) -> None:
    """Let a command be found there before the system's own."""
    file = machine / "bin" / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def purge(machine: Path, package: str) -> None:
    """Run the script as dpkg does at a purge; it must succeed."""
    script = (DEBIAN / package / "postrm").read_text()
    for top in ("/var/lib", "/etc"):
        script = script.replace(f" {top}/", f" {machine}{top}/")
    environment = os.environ | {"PATH": f"{machine}/bin:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", script, "postrm", "purge"], check=True, timeout=60, env=environment)


@pytest.mark.parametrize("package", ["govnet", "govnet-agent"])
def test_a_purge_of_what_is_gone_already_succeeds(machine: Path, package: str):
    purge(machine, package)
    purge(machine, package)


@pytest.mark.parametrize("package", ["govnet", "govnet-agent"])
def test_of_a_mounted_disk_a_purge_takes_what_it_holds(machine: Path, package: str):
    """The folder itself cannot be removed: the purge would fail each time anew."""
    disk = machine / "var/lib" / package
    (disk / "folder").mkdir(parents=True)
    (disk / "folder/key").touch()
    (disk / ".hidden").touch()
    command(machine, "mountpoint", f'[ "$2" = "{disk}" ]')
    command(machine, "rm", f'for one; do [ "$one" != "{disk}" ] || exit 1; done; exec /bin/rm "$@"')

    purge(machine, package)

    assert list(disk.iterdir()) == []


def test_the_watcher_s_files_go_as_a_folder_and_as_a_link(machine: Path):
    """A link since its service has a user of the moment, a folder if somebody made it."""
    folder = machine / "var/lib/govnet-watch"
    folder.mkdir()
    (folder / "state.json").touch()
    purge(machine, "govnet")
    assert not folder.exists()

    (machine / "var/lib/private/govnet-watch").mkdir()
    folder.symlink_to("private/govnet-watch")
    purge(machine, "govnet")
    assert not folder.is_symlink()
    assert list((machine / "var/lib/private").iterdir()) == []


def test_a_purge_of_the_agent_leaves_a_folder_that_is_a_link(machine: Path):
    elsewhere = machine / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "agent.toml").touch()
    (machine / "etc/govnet").symlink_to(elsewhere)
    command(machine, "chgrp", "exit 0")

    purge(machine, "govnet-agent")

    assert (machine / "etc/govnet").is_symlink()
    assert list(elsewhere.iterdir()) == []
