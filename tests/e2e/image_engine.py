"""podman and buildah for the tests, in a storage of their own; no systemd, no Docker is needed.

Needs root. Containers have the machine's network; images come from nowhere but this machine.
"""

import json
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

BASE = "localhost/bookworm:stand-in"
MOST_OPEN_FILES = 20_000
RUN_SECONDS = 300


class Engine:
    """One storage below `folder`."""

    def __init__(self, folder: Path) -> None:
        # podman takes 50 characters at most for what it keeps while containers run.
        self._running = Path(tempfile.mkdtemp(prefix="govnet-podman-"))
        self._storage = ("--root", str(folder / "storage"), "--runroot", str(self._running))

    def has_base(self, tarball: Path) -> None:
        """Make the stand-in for a base image of a bare Debian's root."""
        self("import", "--quiet", str(tarball), BASE)

    def build(self, containerfile: Path, context: Path, tag: str, **arguments: str) -> None:
        """Build an image on the stand-in; nothing is pulled."""
        given = {"BASE_IMAGE": BASE, **arguments}
        self._run(
            *("buildah", *self._storage, "bud", "--isolation=chroot", "--network=host"),
            *("--pull-never", "--format=docker", "--file", str(containerfile), "--tag", tag),
            *(f"--build-arg={name}={value}" for name, value in given.items()),
            str(context),
        )

    def run(self, *arguments: str) -> str:
        """Run a container as compose.yaml does: no capabilities, nothing to be written."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        files = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_FILES)
        return self(
            *("run", "--network=host", "--read-only", "--cap-drop=ALL", "--tmpfs=/tmp"),
            *("--security-opt=no-new-privileges", f"--ulimit=nofile={files}:{files}"),
            # podman's own limit is more than a container may ask for; its timer needs systemd.
            *("--ulimit=nproc=4096:4096", "--health-interval=disable", *arguments),
        )

    def inspect(self, name: str) -> dict[str, Any]:
        """Return what is known of a container or image."""
        found: list[dict[str, Any]] = json.loads(self("inspect", name))
        return found[0]

    def is_healthy(self, container: str) -> bool:
        """Run the image's health check once."""
        return self._done(*self._podman, "healthcheck", "run", container).returncode == 0

    def __call__(self, *arguments: str) -> str:
        """Run podman; return what it printed."""
        return self._run(*self._podman, *arguments)

    def end(self) -> None:
        """Remove everything; what is mounted would outlive the folder."""
        for arguments in (("rm", "--all", "--force"), ("rmi", "--all", "--force")):
            self._done(*self._podman, *arguments)
        shutil.rmtree(self._running)

    @property
    def _podman(self) -> tuple[str, ...]:
        engine = ("--runtime=/usr/sbin/runc", "--cgroup-manager=cgroupfs")
        return "podman", *self._storage, *engine

    def _run(self, *command: str) -> str:
        done = self._done(*command)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def _done(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=RUN_SECONDS
        )
