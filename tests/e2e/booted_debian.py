"""A Debian 12 whose first process is systemd, in a container of systemd's own (systemd-nspawn).

What our units ask of their sandbox is enforced there as on a server: users, capabilities, system
calls, name spaces, mounts, credentials. Not so where the kernel's controllers belong to cgroup v1:
MemoryMax, TasksMax and DevicePolicy. Its only network interface is loopback.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.offline_machine import ENVIRONMENT, run

DEVICE = "198.18.0.1"
"""What answers pings there, beside 127.0.0.1."""
WAIT_SECONDS = 60.0
SHUTDOWN_SECONDS = 90.0
"""So long systemd itself waits for a unit that says nothing else."""
CGROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified")
"""Where a tree of control groups may begin, of version 1 and 2."""
IN_GROUPS_OF_ITS_OWN = f"""
for tree in {" ".join(CGROUPS)}; do
  [ ! -e $tree/cgroup.procs ] || {{ mkdir $tree/$0 && echo $$ >$tree/$0/cgroup.procs; }} || exit
done
exec "$@"
"""


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    ends_at = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < ends_at, f"not within {WAIT_SECONDS:g} s: {what}"
        time.sleep(0.2)


class BootedDebian:
    """One machine, off at first. Needs root, and neither systemd nor dbus outside."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._name = f"gns{os.getpid()}"
        self._log = root.with_name("console")
        self._container: subprocess.Popen[bytes] | None = None
        run("ip", "netns", "add", self._name)
        run("ip", "-n", self._name, "link", "set", "lo", "up")
        run("ip", "-n", self._name, "address", "add", f"{DEVICE}/24", "dev", "lo")

    def boot(self) -> None:
        """Switch it on, and wait until every unit that starts with it runs."""
        assert self._container is None
        nspawn = (
            *("systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit"),
            *("--link-journal=no", "--console=pipe", f"--directory={self.root}"),
            *(f"--machine={self._name}", f"--network-namespace-path=/run/netns/{self._name}"),
        )
        with self._log.open("ab") as log:
            self._container = subprocess.Popen(
                ("sh", "-c", IN_GROUPS_OF_ITS_OWN, self._name, *nspawn),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._has_booted, "systemd runs")

    def _has_booted(self) -> bool:
        assert self._container is not None
        assert self._container.poll() is None, f"no systemd: {self._log.read_text()}"
        if self._first_process() is None:
            return False
        state = self.call("systemctl", "is-system-running", "--wait").stdout.strip()
        assert state != "degraded", self.call("systemctl", "--failed").stdout
        return state == "running"

    def _first_process(self) -> str | None:
        """Return the number by which this machine knows the container's first process."""
        assert self._container is not None
        children = Path(f"/proc/{self._container.pid}/task/{self._container.pid}/children")
        for child in children.read_text().split():
            status = Path(f"/proc/{child}/status").read_text()
            if "\nNSpid:\t" + child + "\t1\n" in status:
                return child
        return None

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside as root; its answer, however it ended."""
        first = self._first_process()
        assert first is not None, self._log.read_text()
        return subprocess.run(
            ("nsenter", f"--target={first}", "--all", *words),
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
            env=ENVIRONMENT,
        )

    def does(self, *words: str) -> str:
        """Run a command that must succeed; what it wrote."""
        done = self.call(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shows(self, unit: str, name: str) -> str:
        """Return a property of a unit."""
        return self.does("systemctl", "show", "--property", name, "--value", unit).strip()

    def journal(self, unit: str, *words: str) -> str:
        """Return what a unit wrote since it was switched on."""
        return self.does("journalctl", "--boot", "--output=cat", f"--unit={unit}", *words)

    def reboot(self) -> None:
        """Let it shut down in order, as `reboot` does, and boot again."""
        self.does("systemctl", "reboot")
        self._wait_until_off()
        self.boot()

    def end(self) -> None:
        """Switch it off for good."""
        if self._container is not None:
            self._container.send_signal(signal.SIGTERM)
            self._wait_until_off()
        run("ip", "netns", "delete", self._name)

    def _wait_until_off(self) -> None:
        assert self._container is not None
        try:
            self._container.wait(SHUTDOWN_SECONDS)
        finally:
            self._container.kill()
            self._container.wait()
            self._container = None
            for tree in CGROUPS:
                if Path(tree, self._name).exists():
                    run(
                        "find",
                        f"{tree}/{self._name}",
                        "-depth",
                        "-type",
                        "d",
                        "-exec",
                        "rmdir",
                        "{}",
                        "+",
                    )
