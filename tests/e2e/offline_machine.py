"""A Debian without any network but loopback, with a stick in it: what a data centre may be."""

import json
import os
import re
import subprocess
import urllib.parse
from pathlib import Path
from typing import Any

STICK_IN_ROOT = "media/usb stick"
"""With a space, as desktops mount sticks."""
ENTER = f"""
mount -t proc proc "$0/proc" &&
mount --bind "$1" "$0/{STICK_IN_ROOT}" && mount -o remount,bind,ro "$0/{STICK_IN_ROOT}" &&
mount --bind "$2" "$0/dev/shm" && shift 2 && exec chroot "$0" "$@"
"""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
STOP_SECONDS = 30.0


def run(*command: str | Path, **options: Any) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Machine:
    """A Debian of its own whose only network interface is loopback."""

    def __init__(self, root: Path, stick: Path, shared_memory: Path) -> None:
        self.root = root
        self.stick = stick
        self._shared_memory = shared_memory
        self._namespace = f"gnb{os.getpid()}"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        run("ip", "netns", "add", self._namespace)
        run("ip", "netns", "exec", self._namespace, "ip", "link", "set", "lo", "up")

    def _entering(self, *words: str) -> list[str]:
        """Mounts are those of the process alone: `ip netns exec` gives it a namespace for them."""
        places = (str(self.root), str(self.stick), str(self._shared_memory))
        return ["ip", "netns", "exec", self._namespace, "sh", "-c", ENTER, *places, *words]

    def call(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside as root; its answer, however it ended."""
        return subprocess.run(
            self._entering(*words),
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
            env=ENVIRONMENT | environment,
        )

    def does(self, *words: str) -> str:
        """Run a command that must succeed; what it wrote."""
        done = self.call(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def install(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.call(f"/{STICK_IN_ROOT}/install.sh", *words, **environment)

    def start(self, unit: str, user: str, *rights: str) -> None:
        """Start what the unit starts, as its user; no systemd runs here."""
        words = self._command_of(unit)
        identity = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *rights)
        with (self.root / f"tmp/{unit}.log").open("wb") as log:
            self._running[unit] = subprocess.Popen(
                self._entering(*identity, *words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=ENVIRONMENT | {"HOME": "/"},
            )

    def stop(self, unit: str) -> None:
        process = self._running.pop(unit)
        process.terminate()
        process.wait(STOP_SECONDS)

    def _command_of(self, unit: str) -> list[str]:
        places = (
            f"etc/systemd/system/{unit}.service.d/govnet.conf",
            f"lib/systemd/system/{unit}.service",
        )
        file = next(self.root / place for place in places if (self.root / place).exists())
        return re.findall(r"^ExecStart=(\S.*)$", file.read_text(), re.MULTILINE)[-1].split()

    def prometheus(self, path: str, **query: str) -> Any:
        """Ask the installed Prometheus, by a program of that machine."""
        url = f"http://127.0.0.1:9090/api/v1/{path}?{urllib.parse.urlencode(query)}"
        script = f"import urllib.request as r; print(r.urlopen({url!r}, timeout=5).read().decode())"
        return json.loads(self.does("python3", "-c", script))["data"]

    def end(self) -> None:
        for unit in [*self._running]:
            self.stop(unit)
        run("ip", "netns", "delete", self._namespace)
