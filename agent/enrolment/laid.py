"""A token that was laid on this machine before anybody enrolled it, and where it is looked for.

Linux: the first word of a file is the token, a second one the code of the site. Windows: values of
one registry key, written by the MSI. Nothing of a token is ever repeated.
"""

import codecs
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from agent.places import DEFAULT_STATE_DIR
from agent.probe.system.registry import load_registry, text
from govnet.enrolment import EnrolmentToken
from govnet.errors import ConfigError

_log = logging.getLogger(__name__)

TOKEN_FILE = Path("/etc/govnet/enrol-token")
REGISTRY_KEY = r"SOFTWARE\govnet\Agent"
_NAME = "enrol-token"
_FILE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Laid:
    """What was found at `place`: the token's text, and what the installer added to it.

    `code` is the site that somebody wished for, "" for none; `collectors` are addresses to be tried
    before those of the token. The token's fingerprint of the CA holds for them too.
    """

    place: str
    text: str = field(repr=False)
    code: str = ""
    collectors: tuple[str, ...] = ()

    def token(self) -> EnrolmentToken:
        """Read the token. Raises ConfigError."""
        try:
            found = EnrolmentToken.parse(self.text)
        except ValueError as exc:
            raise ConfigError([f"{self.place}: {exc}"]) from None
        return replace(found, collectors=tuple(dict.fromkeys(self.collectors + found.collectors)))


class Place(Protocol):
    """Where tokens are laid."""

    name: str

    def read(self) -> Laid | None:
        """Return what is laid, None for nothing. Raises ConfigError if it may not be read."""
        ...

    def clear(self) -> None:
        """Take the token away. Raises OSError."""
        ...


class FilePlaces:
    """Files in the order in which they are looked at; the first that holds a word counts."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self.name = ", ".join(map(str, self._paths))

    def read(self) -> Laid | None:
        """Return the first token. A file that may not be read is told of if no other has one."""
        problems = []
        for path in self._paths:
            try:
                with path.open("rb") as source:
                    words = _text(source.read(_FILE_BYTES)).split()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as exc:
                problems.append(f"{path}: cannot be read: {exc.strerror or exc}")
                continue
            if words:
                return Laid(str(path), words[0], words[1] if len(words) > 1 else "")
        if problems:
            raise ConfigError(problems)
        return None

    def clear(self) -> None:
        """Remove the files, or empty those whose folder is another user's."""
        problem: OSError | None = None
        for path in self._paths:
            try:
                path.unlink(missing_ok=True)
            except NotADirectoryError:
                continue
            except OSError:
                try:
                    os.truncate(path, 0)
                except OSError as exc:
                    problem = exc
        if problem is not None:
            raise problem


def _text(raw: bytes) -> str:
    """Return what an editor or a shell wrote: on Windows `>` and Notepad may write UTF-16."""
    is_utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if is_utf16 else "utf-8-sig", "replace")


class RegistryPlace:
    """The values `Token`, `Site` and `CollectorUrl` under HKEY_LOCAL_MACHINE.

    `CollectorUrl` may hold several addresses, separated by spaces or commas.
    """

    name = "HKLM\\" + REGISTRY_KEY

    def __init__(self, registry: Any) -> None:
        """Take `winreg`, or something shaped like it."""
        self._registry = registry

    def read(self) -> Laid | None:
        """Return what the installer wrote; a key that may not be read is as none."""
        token, code, collectors = (
            text(self._registry, REGISTRY_KEY, name) for name in ("Token", "Site", "CollectorUrl")
        )
        if not token:
            return None
        return Laid(self.name, token, code, tuple(collectors.replace(",", " ").split()))

    def clear(self) -> None:
        """Empty `Token`; the other values are no secret, and tell how this PC was set up."""
        registry = self._registry
        if not text(registry, REGISTRY_KEY, "Token"):
            return
        with registry.OpenKey(
            registry.HKEY_LOCAL_MACHINE, REGISTRY_KEY, 0, registry.KEY_SET_VALUE
        ) as key:
            registry.SetValueEx(key, "Token", 0, registry.REG_SZ, "")


def usual_place(file: Path | None, environment: Mapping[str, str]) -> Place:
    """Return where this machine's token is laid: `file` if that was named.

    On Linux also a credential of the service (systemd), and the service's own folder, from which
    it can be removed where the service may not write to /etc.
    """
    if file is not None:
        return FilePlaces([file])
    if sys.platform == "win32":
        return RegistryPlace(load_registry())
    handed = environment.get("CREDENTIALS_DIRECTORY")
    credentials = [Path(handed) / _NAME] if handed else []
    return FilePlaces([*credentials, TOKEN_FILE, DEFAULT_STATE_DIR / _NAME])


def take_away(place: Place) -> None:
    """Take a laid token away from a machine that is enrolled, and say how that went.

    Who can read a token that stays could enrol another machine until it expires.
    """
    try:
        if place.read() is None:
            return
        place.clear()
    except ConfigError:
        return  # Whoever laid it did not mean this user.
    except OSError as exc:
        _log.warning(
            "the enrolment token stays; remove it by hand",
            extra={"place": place.name, "reason": exc.strerror or exc},
        )
    else:
        _log.info("the enrolment token was removed", extra={"place": place.name})
