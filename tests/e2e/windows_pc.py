"""A Windows PC of the tests: Wine with a prefix of its own, and a session that stays open."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import IO

import psutil

WINE, WINE_SERVER = "/usr/lib/wine/wine64", "/usr/lib/wine/wineserver64"
CROSS_COMPILER = "x86_64-w64-mingw32-gcc"

OUTPUT_SECONDS = 2.0
"""A program that has ended has no more to say after so long."""
UPGRADING = "UPGRADINGPRODUCTCODE"
"""What Windows tells the old version that an upgrade removes. Wine 8 does not, so here it is a
variable of the environment, which conditions of an installer name with a % before it."""

# Windows has had this since version 10; Wine 8 has not, and cryptography needs its one function.
_RANDOM = """\
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
    return RtlGenRandom(data, (ULONG)size);
}
"""


class WindowsPc:
    """One machine: its disk, its services, and what they wrote to the event log.

    Wine ends the services with the last program of a user, so one stays open, as on a PC where
    somebody is logged on. It takes pipes only; a file as its output would hang it.
    """

    def __init__(self, prefix: Path) -> None:
        self._prefix = prefix
        self.drive = prefix / "drive_c"
        self.program_files = self.drive / "Program Files/govnet"
        self.data = self.drive / "ProgramData/govnet"
        self.events: list[str] = []
        self._environment = {
            "HOME": str(prefix.parent),
            "PATH": os.environ["PATH"],
            "WINEPREFIX": str(prefix),
            "WINEDEBUG": "-all,+eventlog",
        }
        self._session: subprocess.Popen[bytes] | None = None
        self._is_logged_on = Event()

    def boot(self) -> None:
        """Make the disk and log on."""
        self._prefix.mkdir()
        self.run("wineboot", "-i")
        self.run("winecfg", "-v", "win10")
        source = self._prefix / "random.c"
        source.write_text(_RANDOM)
        library = self.drive / "windows/system32/bcryptprimitives.dll"
        subprocess.run(
            [CROSS_COMPILER, "-shared", "-o", library, source, "-ladvapi32"], check=True, timeout=60
        )
        # Services that started with the first boot do not know where ProgramData is.
        self._end_wine()
        self._is_logged_on.clear()
        self._session, _, _ = self._start("cmd")
        assert self._is_logged_on.wait(60)

    def _read(self, stream: IO[bytes], said: list[str]) -> None:
        """Take in what a program says until the last one that has its output ended."""
        with stream:
            for line in stream:
                text = line.decode("utf-8", "replace")
                self._is_logged_on.set()
                (self.events if ":eventlog:" in text else said).append(text)

    def _start(
        self, *command: str, **variables: str
    ) -> tuple["subprocess.Popen[bytes]", list[str], Thread]:
        process = subprocess.Popen(
            [WINE, *command],
            env=self._environment | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said: list[str] = []
        assert process.stdout is not None
        reader = Thread(target=self._read, args=(process.stdout, said), daemon=True)
        reader.start()
        return process, said, reader

    def run(
        self, *command: str, within_seconds: float = 120.0, **variables: str
    ) -> tuple[int, str]:
        """Run a program with these variables in its environment; return its status and words.

        A service that it started may keep its output for as long as it runs.
        """
        process, said, reader = self._start(*command, **variables)
        assert process.stdin is not None
        process.stdin.close()
        status = process.wait(within_seconds)
        reader.join(OUTPUT_SECONDS)
        return status, "".join(said)

    def install(self, installer: Path) -> None:
        """Install in silence."""
        self._msiexec("/i", installer)

    def upgrade(self, installer: Path) -> None:
        """Install in silence over an older version, which is told so, as Windows tells it."""
        self._msiexec("/i", installer, **{UPGRADING: "yes"})

    def remove(self, installer: Path) -> None:
        """Remove in silence."""
        self._msiexec("/x", installer)

    def _msiexec(self, verb: str, installer: Path, **variables: str) -> None:
        status, said = self.run("msiexec", verb, windows_path(installer), "/qn", **variables)
        assert status == 0, (status, said)

    def agent(self, *words: str) -> tuple[int, str]:
        """Run `govnet-agent`, as an administrator at this PC."""
        return self.run(str(self.program_files / "govnet-agent.exe"), *words)

    def processes(self, words: str) -> list[psutil.Process]:
        """Return this PC's processes whose command line holds these words."""
        found = []
        for process in psutil.process_iter():
            try:
                if (
                    words in " ".join(process.cmdline())
                    and process.environ().get("WINEPREFIX") == self._environment["WINEPREFIX"]
                ):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def registry_value(self, key: str, name: str) -> str | None:
        """Return a text of the machine's registry while it runs; None if there is no such."""
        _, said = self.run("reg", "query", rf"HKLM\{key}", "/v", name)
        found = re.search(rf"(?m)^ *{name} +REG_SZ *(.*?)\r?$", said)
        return found[1] if found else None

    def registry(self) -> str:
        """Return the machine's registry as text, after everything that runs has ended."""
        self.shut_down()
        return (self._prefix / "system.reg").read_text("utf-8", "replace")

    def shut_down(self) -> None:
        """End the session, the services, and Wine itself."""
        if self._session is None:
            return
        self._end_wine()
        self._session.wait(30)
        assert self._session.stdin is not None
        self._session.stdin.close()
        self._session = None

    def _end_wine(self) -> None:
        for option in ("-k", "-w"):
            subprocess.run([WINE_SERVER, option], env=self._environment, timeout=60, check=False)


def windows_path(path: Path) -> str:
    """Return a path as programs under Wine name it."""
    return "Z:" + str(path).replace("/", "\\")


_SET = "UPDATE `InstallExecuteSequence` SET `Condition` = "
_BY_ENVIRONMENT = (
    _SET + "'REMOVE=\"ALL\" AND NOT %UPGRADINGPRODUCTCODE' WHERE `Action` = 'RemoveData'",
    _SET + "'NOT %UPGRADINGPRODUCTCODE' WHERE `Action` = 'RemoveRegistryValues'",
)


def tell_upgrades_by_environment(installer: Path) -> None:
    """Make an installer look for UPGRADING where `WindowsPc.upgrade` puts it."""
    for query in _BY_ENVIRONMENT:
        subprocess.run(["msibuild", installer, "-q", query], check=True, timeout=60)


def wait_for(is_so: Callable[[], object], what: str, within_seconds: float = 60.0) -> float:
    """Wait until it is so; return how long that took."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < within_seconds, (
            f"not within {within_seconds:g} s: {what}"
        )
        time.sleep(0.3)
    return time.monotonic() - started
