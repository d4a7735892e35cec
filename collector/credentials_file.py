"""The file of credentials: `snmp` and `logins` by the names that the inventory uses.

    snmp:
      switches: {version: "3", user: govnet, authentication: sha256, authentication_key: "...",
                 privacy: aes128, privacy_key: "..."}
      ups: {version: "2c", community: "..."}
    logins:
      codecs: {user: govnet, password: "..."}

YAML as the inventory's, and nobody but its owner may read it. Every mistake is told at once with
its place, and none with what stands there: it may be a secret, or a part of one.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from collector.derivation.credentials import NONE, Credentials, lacking
from collector.store.vault import is_credential
from govnet.errors import ConfigError
from govnet.settings import Login, Secret, SnmpAccess
from inventory.load import load
from inventory.located import Map
from inventory.model import Inventory
from inventory.parse import parse
from inventory.problems import REFUSED, Place, Problems, Spot

MAX_BYTES: Final = 1 << 20
MAX_CHARACTERS: Final = 255
"""SNMP's own strings are no longer; neither is any sensible password."""
MIN_KEY_CHARACTERS: Final = 8
"""RFC 3414, 11.2: shorter passwords of users are refused by every device."""
MAX_PORT: Final = 65535
PORT: Final = SnmpAccess().port
_GROUP_AND_OTHERS, _OTHERS = 0o077, 0o007
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_VERSIONS: Final = ("1", "2c", "3")
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "version": _VERSIONS,
    "authentication": ("sha", "sha224", "sha256", "sha384", "sha512"),
    "privacy": ("aes128", "aes192", "aes256"),
}
_OF_USERS: Final = ("user", "authentication", "privacy", "context")
_KEYS: Final = {"authentication": "authentication_key", "privacy": "privacy_key"}


_FOUND: Final = frozenset(("nothing", "another word", "fewer", "one"))
"""What may be said of what was found."""


class _Silent(Problems):
    """Mistakes without what was found."""

    def add(self, spot: Spot, expected: str, got: str, hint: str = "") -> None:  # noqa: ARG002 - may hold a secret
        """Record a mistake; only a word of ours says what was found."""
        super().add(spot, expected, got if got in _FOUND else got and "something else")


def load_credentials(path: Path) -> Credentials:
    """Read and check the file.

    Raises ConfigError with every mistake as `file:line:column: where: expected, found`.
    """
    problems = _Silent()
    snmp: dict[str, SnmpAccess] = {}
    logins: dict[str, Login] = {}
    data = parse(_content(path), str(path), problems)
    if isinstance(data, Map):
        snmp = {name: _access(entry, problems) for name, entry in _entries(data, "snmp", problems)}
        logins = {
            name: _login(entry, problems) for name, entry in _entries(data, "logins", problems)
        }
        for name in data:
            if name not in ("snmp", "logins"):
                problems.add(data.key_spot(name), "snmp or logins", "another word")
    elif data is not None:
        spot = Spot(Place(str(path), 1, 1), "")
        problems.add(spot, "snmp: and logins: with names below them", "something else")
    problems.raise_if_any()
    return Credentials(file=str(path), snmp=snmp, logins=logins)


def load_both(inventory_file: Path, file: Path | None) -> tuple[Inventory, Credentials]:
    """Read an inventory and the credentials it names; without a file of them there are none.

    Raises ConfigError with the mistakes of both, and with the names that the file lacks.
    """
    credentials, problems = NONE, []
    try:
        if file is not None:
            credentials = load_credentials(file)
    except ConfigError as exc:
        problems = exc.problems
    try:
        inventory = load(inventory_file)
    except ConfigError as exc:
        raise ConfigError([*exc.problems, *problems]) from exc
    if not problems and file is not None:
        problems = lacking(inventory, credentials)
    if problems:
        raise ConfigError(problems)
    return inventory, credentials


def _content(path: Path) -> bytes:
    try:
        # Opened once: what is judged is what is read.
        with path.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            content = opened.read(MAX_BYTES + 1)
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror or exc}"]) from exc
    # An access list, by which systemd lets the service's user in, shows as rights of the group.
    refused = _OTHERS if is_credential(path) else _GROUP_AND_OTHERS
    if os.name == "posix" and mode & refused:
        found = f"expected a file for its owner only, found mode {mode & 0o777:04o}"
        raise ConfigError([f"{path}: {found}; others may have read it: chmod 600"])
    if len(content) > MAX_BYTES:
        raise ConfigError([f"{path}: expected at most {MAX_BYTES} bytes, found more"])
    return content


def _entries(data: Map, section: str, problems: Problems) -> Iterator[tuple[str, Map]]:
    """Yield the entries of a section, each with its name."""
    found = data.get(section)
    if isinstance(found, Map):
        for name, entry in found.items():
            if not _NAME.fullmatch(name):
                expected = "a name (a-z, 0-9, dot, hyphen, underscore)"
                problems.add(found.key_spot(name), expected, "something else")
            elif isinstance(entry, Map):
                yield name, entry
            elif entry is not REFUSED:
                problems.add(found.value_spot(name), "a mapping of options", "something else")
    elif section in data and found is not None:
        problems.add(data.value_spot(section), "names with their options", "something else")


def _access(entry: Map, problems: Problems) -> SnmpAccess:
    """Return an access; what is wrong with it is reported."""
    texts = _texts(entry, SnmpAccess, problems)
    access = SnmpAccess(**texts, port=_port(entry, problems))
    if "version" in entry and "version" not in texts:
        # What belongs to it is not judged until it is known.
        return access
    unfit: tuple[str, ...]
    if access.version == "3":
        _check_user(entry, problems)
        unfit, needed = ("community",), "user"
    else:
        unfit, needed = (*_OF_USERS, *_KEYS.values()), "community"
    for name in unfit:
        if name in entry:
            expected = f"none with version {access.version}"
            problems.add(entry.key_spot(name).field(name), expected, "one")
    if not entry.get(needed):
        problems.add(entry.spot().field(needed), f"the {needed}", "nothing")
    return access


def _check_user(entry: Map, problems: Problems) -> None:
    """Report what a user of version 3 lacks (RFC 3414: privacy needs authentication)."""
    for name, key in _KEYS.items():
        secret = entry.get(key)
        if (name in entry) != (key in entry):
            there, missing = (name, key) if name in entry else (key, name)
            problems.add(entry.spot().field(missing), f"it beside {there}", "nothing")
        elif isinstance(secret, str) and len(secret) < MIN_KEY_CHARACTERS:
            expected = f"{MIN_KEY_CHARACTERS} characters or more"
            problems.add(entry.value_spot(key), expected, "fewer")
    if "privacy" in entry and "authentication" not in entry:
        problems.add(entry.spot().field("authentication"), "it beside privacy", "nothing")


def _login(entry: Map, problems: Problems) -> Login:
    """Return an account; what is wrong with it is reported."""
    login = Login(**_texts(entry, Login, problems))
    for name in ("user", "password"):
        if name not in entry:
            problems.add(entry.spot().field(name), f"the {name}", "nothing")
    return login


def _texts(
    entry: Map, record: type[SnmpAccess] | type[Login], problems: Problems
) -> dict[str, Any]:
    """Return the options that are text, secrets as such; report what is none of the record's."""
    secret = {field.name for field in fields(record) if field.type is Secret}
    known = [field.name for field in fields(record)]
    texts: dict[str, Any] = {}
    for name, value in entry.items():
        if name not in known:
            problems.add(entry.key_spot(name), "one of " + ", ".join(known), "another word")
        elif name == "port" or value is REFUSED:
            continue
        elif not isinstance(value, str) or not value or len(value) > MAX_CHARACTERS:
            expected = f"text in quotes, of 1 to {MAX_CHARACTERS} characters"
            if name in _WORDS:
                expected = f"one of {', '.join(_WORDS[name])}, in quotes"
            problems.add(entry.value_spot(name), expected, "something else")
        elif value not in _WORDS.get(name, (value,)):
            expected = "one of " + ", ".join(_WORDS[name])
            problems.add(entry.value_spot(name), expected, "another word")
        else:
            texts[name] = Secret(value) if name in secret else value
    return texts


def _port(entry: Map, problems: Problems) -> int:
    port = entry.get("port", PORT)
    if isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= MAX_PORT:
        return port
    if port is not REFUSED:
        problems.add(entry.value_spot("port"), f"a port of 1 to {MAX_PORT}", "something else")
    return PORT
