"""`govnet demo` in a session of its own, and what is left of it afterwards."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psutil

ROOT = Path(__file__).parents[2]
GOVNET = Path(sys.executable).with_name("govnet")
START_SECONDS = 90.0
STOP_SECONDS = 90.0

T = TypeVar("T")


class RunningDemo:
    """The command in a session of its own, with its temporary folder under `folder`."""

    def __init__(self, folder: Path, *options: str, path: str | None = None) -> None:
        self.started_at = time.monotonic()
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.process = subprocess.Popen(
            [str(GOVNET), "demo", *options],
            cwd=ROOT,
            env=os.environ
            | {"TMPDIR": str(self.temporary)}
            | ({} if path is None else {"PATH": path}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._said: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self._said.append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    @property
    def said(self) -> str:
        return "".join(self._said)

    def wait_for(self, pattern: str, within_seconds: float = START_SECONDS) -> str:
        """Return the first group of the pattern once it was printed."""

        def is_decided() -> bool:
            return bool(re.search(pattern, self.said)) or not self._reader.is_alive()

        with self._changed:
            self._changed.wait_for(is_decided, within_seconds)
        found = re.search(pattern, self.said)
        assert found, f"no {pattern!r} in: {self.said}"
        return found[1]

    def interrupt(self) -> None:
        """Do as Ctrl-C does, which reaches only the command itself."""
        self.process.send_signal(signal.SIGINT)

    def ended(self) -> int:
        """Wait for the end; return the exit status."""
        status = self.process.wait(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        return status

    def alive(self) -> list[psutil.Process]:
        """Return what still runs of all that it started, its own process included."""
        found = []
        for process in psutil.process_iter():
            try:
                of_ours = os.getsid(process.pid) == self.process.pid
                if of_ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (psutil.NoSuchProcess, ProcessLookupError):
                continue
        return found

    def running(self, words: str) -> list[psutil.Process]:
        """Return what still runs with these words in its command line."""
        asked = self._asked(psutil.Process.cmdline)
        return [one for one, command in asked if words in " ".join(command)]

    def listening(self) -> list[int]:
        """Return the ports at which it listens."""
        return [
            connection.laddr.port
            for _, connections in self._asked(psutil.Process.net_connections)
            for connection in connections
            if connection.status == psutil.CONN_LISTEN
        ]

    def _asked(self, ask: Callable[[psutil.Process], T]) -> Iterator[tuple[psutil.Process, T]]:
        """Ask every process; what an agent starts for a moment may be gone before it is asked."""
        for process in self.alive():
            with suppress(psutil.NoSuchProcess):
                yield process, ask(process)

    def left_behind(self) -> list[object]:
        """Return processes and files that outlived the command."""
        return [*self.alive(), *self.temporary.iterdir()]

    def end_hard(self) -> None:
        """Clean up after a test that failed."""
        for process in self.alive():
            process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def started(folder: Path, *options: str, path: str | None = None) -> Iterator[RunningDemo]:
    demo = RunningDemo(folder, *options, path=path)
    try:
        yield demo
    finally:
        demo.end_hard()
