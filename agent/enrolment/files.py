"""The folders and files that enrolment makes: who may read them, and what a person wrote himself.

An `agent.toml` that somebody has changed by hand is never overwritten.
"""

import hashlib
import json
import os
import shutil
import stat
import struct
import sys
from pathlib import Path

from agent.config import Config, load
from agent.identity.trust import certificates, fingerprint
from agent.places import DEFAULT_STATE_DIR
from agent.probe.program import run_program
from agent.transport.address import CollectorAddress
from govnet.disk import Owner, lock_file, replace_file
from govnet.errors import CheckError, ConfigError, JournalError
from govnet.journal import LOCK_NAME

SPOOL = "spool"
CA_FILE = "ca.pem"
_READABLE = 0o644

WINDOWS_SERVICE = "govnet-agent"
"""The Windows service's name, which its account `NT SERVICE\\govnet-agent` is made from."""
_SYSTEM, _ADMINISTRATORS = "S-1-5-18", "S-1-5-32-544"


class Files:
    """Where one agent's files are, and for whom they are made.

    `toml` is agent.toml, `state_dir` the folder that a person chose, None for the usual one or
    that of an agent.toml that is there.
    """

    def __init__(self, toml: Path, state_dir: Path | None, user: str | None) -> None:
        """Read what is there. Raises ConfigError."""
        self._toml = toml
        self.found: Config | None = load(toml, enrolled=False) if toml.exists() else None
        self.state_dir = state_dir or (self.found.state_dir if self.found else DEFAULT_STATE_DIR)
        self._owner = _owner(user, self.state_dir)

    @property
    def owner(self) -> Owner | None:
        """Whom new files belong to; None: whoever runs this."""
        return self._owner

    def problems(self, collectors: tuple[CollectorAddress, ...], ca: str) -> list[str]:
        """Return what a person must change in files of his own before this machine can enrol."""
        found = self.found
        if found is None or self._is_ours(found):
            return []
        problems = []
        if found.identity.agent:
            problems.append("identity: remove this table: the machine gets another identity")
        if _quoted_list(found.collectors) != _quoted_list(collectors):
            problems.append(f"collectors: the token says {_quoted_list(collectors)}")
        if found.state_dir != self.state_dir:
            problems.append(f"state_dir: --state-dir says {_quoted(str(self.state_dir))}")
        has_ca = found.ca_file is not None and found.ca_file.exists()
        if ca and has_ca and not _holds(found.ca_file, ca):
            problems.append(f"ca_file: expected a file of the CA with SHA-256 {ca}")
        return [f"{self._toml}: {problem}" for problem in problems]

    def prepare(self) -> None:
        """Make the state folder, closed to others. Raises ConfigError."""
        folder = self.state_dir
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if sys.platform == "win32":
                _close_to_others(folder)
            elif self._owner is not None:
                os.chown(folder, *self._owner, follow_symlinks=False)
        except (OSError, CheckError) as exc:
            raise ConfigError([f"state_dir: {folder} cannot be used: {exc}"]) from exc

    def write(self, collectors: tuple[CollectorAddress, ...], ca_pem: str) -> None:
        """Write agent.toml and the CA, except over what a person wrote. Raises OSError."""
        if self.found is not None and not self._is_ours(self.found):
            wanted = self.found.ca_file
            if ca_pem and wanted is not None and not wanted.exists():
                replace_file(wanted, ca_pem.encode(), mode=_READABLE)
            return
        self._toml.parent.mkdir(parents=True, exist_ok=True)
        ca_file = self._toml.parent / CA_FILE if ca_pem else None
        if ca_file is not None:
            replace_file(ca_file, ca_pem.encode(), mode=_READABLE)
        text = toml_text(collectors, ca_file, self.state_dir)
        replace_file(self._toml, text.encode(), mode=_READABLE)

    def set_spool_aside(self, agent: str) -> Path | None:
        """Move away reports that another agent has not sent; they must not count for this one.

        Raises ConfigError while the agent runs.
        """
        spool = self.state_dir / SPOOL
        if not spool.is_dir():
            return None
        try:
            for lock in spool.rglob(LOCK_NAME):
                os.close(lock_file(lock))
        except (JournalError, OSError) as exc:
            again = "stop the agent (dừng tác tử), then run the same command again"
            raise ConfigError([f"{spool}: in use: {again}"]) from exc
        aside = spool.with_name(f"{SPOOL}-of-{agent}")
        shutil.rmtree(aside, ignore_errors=True)
        spool.rename(aside)
        return aside

    def _is_ours(self, found: Config) -> bool:
        """Whether agent.toml is still byte for byte what an enrolment wrote."""
        made = toml_text(found.collectors, found.ca_file, found.state_dir)
        try:
            return self._toml.read_text("utf-8") == made
        except (OSError, UnicodeDecodeError):
            return False


def toml_text(
    collectors: tuple[CollectorAddress, ...], ca_file: Path | None, state_dir: Path
) -> str:
    """Return an agent.toml; JSON's strings are TOML's too."""
    lines = ["# Written by govnet-agent enrol.", f"collectors = {_quoted_list(collectors)}"]
    if ca_file is not None:
        lines.append(f"ca_file = {_quoted(ca_file.name)}")
    if state_dir != DEFAULT_STATE_DIR:
        lines.append(f"state_dir = {_quoted(str(state_dir))}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _quoted_list(collectors: tuple[CollectorAddress, ...]) -> str:
    return json.dumps([str(address) for address in collectors], ensure_ascii=False)


def _holds(ca_file: Path | None, ca: str) -> bool:
    try:
        text = ca_file.read_text("utf-8", "replace") if ca_file else ""
    except OSError:
        return False
    return ca in map(fingerprint, certificates(text))


def _owner(user: str | None, state_dir: Path) -> Owner | None:
    """Return whom the files are made for: `user`, else who owns the folder that root finds."""
    if sys.platform == "win32":
        if user is not None:
            raise ConfigError(
                ["--user: on Windows SYSTEM and administrators have access, no other"]
            )
        return None
    import pwd  # noqa: PLC0415 - there is none on Windows

    if user is not None:
        try:
            entry = pwd.getpwnam(user)
        except KeyError as exc:
            raise ConfigError([f"--user: expected a user of this machine, got {user!r}"]) from exc
        owner = (entry.pw_uid, entry.pw_gid)
        if os.geteuid() not in (0, entry.pw_uid):
            raise ConfigError([f"--user: only root can make files for {user!r}"])
        return owner if os.geteuid() == 0 else None
    if os.geteuid() != 0:
        return None
    try:
        there = os.lstat(state_dir)
    except OSError:
        return None
    return (there.st_uid, there.st_gid) if stat.S_ISDIR(there.st_mode) else None


def service_sid(name: str) -> str:
    """Return the security identifier of a Windows service, also before it is installed.

    It is S-1-5-80 and the SHA-1 of the name in capitals, as five 32-bit numbers ([MS-DTYP] 2.4.2.4;
    the same is shown by `sc showsid`).
    """
    digest = hashlib.sha1(name.upper().encode("utf-16-le"), usedforsecurity=False).digest()
    return "-".join(map(str, ("S-1-5-80", *struct.unpack("<5I", digest))))


def _close_to_others(folder: Path) -> None:
    """Let SYSTEM, administrators and the agent's service alone into the folder and what is below.

    By number, because Windows translates the names. Whoever enrols by hand is an administrator, and
    the service must be able to read what he made; its own right lets it do the same.

    Raises CheckError. `icacls` is Windows' own; it is started with this list of words.
    """
    program = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "icacls.exe"
    only = (_SYSTEM, _ADMINISTRATORS, service_sid(WINDOWS_SERVICE))
    granted = [word for who in only for word in ("/grant:r", f"*{who}:(OI)(CI)F")]
    done = run_program((str(program), str(folder), "/inheritance:r", *granted))
    if done.status != 0:
        raise CheckError(f"icacls ended with status {done.status}")
