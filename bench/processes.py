"""Child processes and what they cost: started on loopback, measured from outside, ended by id."""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import psutil

START_SECONDS = 30.0
STOP_SECONDS = 10.0
_SCHEDULED_TIME = 2
"""CPUCLOCK_SCHED of Linux' posix-timers.h: time on a CPU, in nanoseconds."""


class BenchError(Exception):
    """A measurement that cannot be made here, in words for the person who asked for it."""


class Child:
    """One running process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self._known = psutil.Process(process.pid)

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads and ended children, ended threads included.

        The clock of another process (clock_getcpuclockid of POSIX) counts nanoseconds, where
        /proc counts ticks of 10 ms.
        """
        ended = self._known.cpu_times()
        own = time.clock_gettime((~self.pid) << 3 | _SCHEDULED_TIME)
        return own + ended.children_user + ended.children_system

    def memory(self) -> tuple[int, int]:
        """Return RSS and USS in bytes."""
        info = self._known.memory_full_info()
        return int(info.rss), int(info.uss)

    def ended(self) -> bool:
        """Whether it ended by itself."""
        return self._process.poll() is not None


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Run a program until the block ends; a BenchError of the block gets its last words."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment
        )
        try:
            yield Child(process)
        except BenchError as exc:
            said.seek(0)
            last = said.read()[-2000:].decode(errors="replace")
            raise BenchError(f"{exc}\n{command[0]}: {last}") from exc
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until(done: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Wait until something is true. Raises BenchError after `seconds`."""
    ends_at = time.monotonic() + seconds
    while not done():
        if time.monotonic() > ends_at:
            raise BenchError(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether something accepts connections on that port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until_quiet(children: Sequence[Child], seconds: float = 0.3) -> None:
    """Wait until no child computes any more: what a request left to do is its cost too."""
    before = -1.0
    for _ in range(100):
        now = sum(child.cpu_seconds() for child in children)
        if now - before < 0.05 * seconds:
            return
        before = now
        time.sleep(seconds)


def free_port() -> int:
    """Return a port that nothing uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def program(name: str) -> str:
    """Return the path of an installed program. Raises BenchError if it is missing."""
    path = shutil.which(name)
    if path is None:
        raise BenchError(f"{name} is not on PATH; on Debian: apt-get install {name}")
    return path


def versions() -> list[str]:
    """Return what the figures depend on: processor, system, Python, packages, peers."""
    packages = ("psutil", "msgspec", "orjson", "isal", "uvicorn", "uvloop", "httptools", "pyyaml")
    lines = [
        f"{psutil.cpu_count()} cores, {_processor()}",
        f"{_system()}, Linux {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()}",
        ", ".join(f"{name} {version(name)}" for name in (*packages, "prometheus_client")),
    ]
    for name in ("prometheus-node-exporter", "prometheus-pushgateway"):
        if path := shutil.which(name):
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
            lines.append((said.stdout or said.stderr).splitlines()[0])
    return lines


@contextmanager
def running_python(*arguments: str) -> Iterator[Child]:
    """Run one of our modules by this interpreter as an installed one runs: from compiled files.

    A module compiled at the start would leave the compiler's memory in the process.
    """
    compiled = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    roots = ["agent", "collector", "govnet", "inventory"]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *roots], env=compiled, check=True)
    with running([sys.executable, "-m", *arguments], compiled) as child:
        yield child


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
