"""Agents' keys at rest: sealed with AES-256-GCM under a master key that is outside the database.

A sealed key says which master sealed it, and it can be opened only as that key of that agent. The
master is 32 random bytes, written as 64 hex digits in a file that only its owner may read, or of
root's for one group to read. It lies beside the data folder and never inside, so that a backup of
the folder cannot be read by itself.

Rotation (`collector.store.rotation`) writes the next master beside the file first, as
`<file>.next`; both are readable until every key is sealed anew.
"""

import hashlib
import os
import re
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from govnet.errors import ConfigError

CREDENTIAL = "govnet-master-key"
"""Name of the systemd credential."""
_VERSION = b"\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _ID_BYTES + _NONCE_BYTES
_KEY_BYTES = 32
_FORM = re.compile(r"[0-9a-f]{64}")
_GROUP_AND_OTHERS, _GROUP_WRITES_AND_OTHERS, _OTHERS = 0o077, 0o037, 0o007


class Master:
    """One master key; `id` names it and says nothing of it."""

    __slots__ = ("_cipher", "_key", "id")

    def __init__(self, key: bytes) -> None:
        self.id = hashlib.sha256(b"govnet-master-key-v1\n" + key).hexdigest()[: 2 * _ID_BYTES]
        self._key = key
        self._cipher = AESGCM(key)

    def __repr__(self) -> str:
        return f"Master({self.id})"

    def seal(self, agent: str, key: str, secret: bytes) -> bytes:
        """Return an agent's key as it may rest on disk."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret, _belongs_to(agent, key))
        return _VERSION + bytes.fromhex(self.id) + nonce + sealed

    def open(self, agent: str, key: str, sealed: bytes) -> bytes:
        """Return the key; raises InvalidTag if it is another's or was changed."""
        nonce = sealed[_HEAD_BYTES - _NONCE_BYTES : _HEAD_BYTES]
        return self._cipher.decrypt(nonce, sealed[_HEAD_BYTES:], _belongs_to(agent, key))

    def derived(self, purpose: str) -> bytes:
        """Return the key of one other purpose, which says nothing of this one (RFC 5869)."""
        # The master is random bytes, which need no salt (RFC 5869, 3.1).
        return HKDF(SHA256(), _KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)


def code_secret_of(account: str) -> tuple[str, str]:
    """Return in whose place the secret of an account's codes is sealed: no agent is called so."""
    return f"account {account}", "codes"


def _belongs_to(agent: str, key: str) -> bytes:
    return f"govnet-agent-key-v1\n{agent}\n{key}".encode()


class DamagedKeyError(ConfigError):
    """A sealed key is not what was sealed."""


class Vault:
    """The master keys that can be read now. Several threads may use it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._masters: dict[str, Master] = {}

    @property
    def next_file(self) -> Path:
        """Where the next master lies while keys are sealed anew."""
        return Path(f"{self.real_file}.next")

    @property
    def real_file(self) -> Path:
        """The file itself where `file` is a link: the next one takes its place, not the link's."""
        return self.file.resolve()

    def holds(self, master: str) -> bool:
        """Whether a master can be read, looking again at the files if it is not known."""
        if master not in self._masters:
            self.read()
        return master in self._masters

    @property
    def found(self) -> str:
        """The ids of the masters that could be read, for people."""
        return ", ".join(sorted(self._masters)) or "none"

    def read(self) -> None:
        """Read the files again: a rotation may be under way or done."""
        # The next one first: when it has just taken the file's place, the file is it.
        for file in (self.next_file, self.file):
            if (master := read_master(file)) is not None:
                self._masters[master.id] = master

    def master(self, master: str) -> Master:
        """Return a master key; raises ConfigError saying what to do if it is not here."""
        if not self.holds(master):
            expected = f"expected the master key {master} that sealed the agents' keys"
            hint = "put its file back, or name it with master_key_file (docs/collector.md)"
            raise ConfigError([f"{self.file}: {expected}, found {self.found}: {hint}"])
        return self._masters[master]

    def open(self, agent: str, key: str, sealed: bytes) -> bytes:
        """Return an agent's key.

        Raises DamagedKeyError if what is sealed is damaged, ConfigError if its master is not here.
        """
        if sealed[:1] != _VERSION or len(sealed) <= _HEAD_BYTES:
            problem = f"agent {agent}: its key {key} is damaged in the database; revoke the agent"
            raise DamagedKeyError([problem])
        master = self.master(sealed[1 : 1 + _ID_BYTES].hex())
        try:
            return master.open(agent, key, sealed)
        except InvalidTag as exc:
            problem = f"agent {agent}: its key {key} was changed in the database; revoke the agent"
            raise DamagedKeyError([problem]) from exc

    def make(self) -> Master:
        """Return the master of the file, made if there is none."""
        found = read_master(self.file) or write_master(self.file)
        self._masters[found.id] = found
        return found


def credential_file() -> Path | None:
    """Return the systemd credential with the master key, None if this process has none."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    credential = Path(folder) / CREDENTIAL if folder else None
    return credential if credential is not None and credential.exists() else None


def is_credential(file: Path) -> bool:
    """Whether systemd made the file, which cannot be replaced while the service runs."""
    return file == credential_file() or file.as_posix().startswith("/run/credentials/")


def read_master(file: Path) -> Master | None:
    """Read a file, None if there is none.

    Raises ConfigError if others may read it, or if it holds something else.
    """
    try:
        # Opened once: what is judged is what is read.
        with file.open("rb") as opened:
            status = os.fstat(opened.fileno())
            text = opened.read(1000).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ConfigError([f"{file}: cannot be read: {exc.strerror or exc}"]) from exc
    if os.name == "posix" and status.st_mode & _refused_rights(file, status.st_uid):
        found = f"expected a file for its owner only, found mode {status.st_mode & 0o777:04o}"
        raise ConfigError([f"{file}: {found}; others may have read it: chmod 600, then rotate it"])
    if not _FORM.fullmatch(text):
        raise ConfigError([f"{file}: expected a master key of 64 hex digits, found something else"])
    return Master(bytes.fromhex(text))


def _refused_rights(file: Path, owner: int) -> int:
    """Return the rights that nobody may have to a master key's file."""
    if is_credential(file):
        # An access list, by which systemd lets the service's user in, shows as rights of the group.
        return _OTHERS
    # As our Debian package lays it: root's, so that the service cannot change it, which its group
    # may read.
    return _GROUP_WRITES_AND_OTHERS if owner == 0 else _GROUP_AND_OTHERS


def write_master(file: Path) -> Master:
    """Make a master key; it is on disk when this returns. Raises ConfigError."""
    key = secrets.token_bytes(_KEY_BYTES)
    draft = Path(f"{file}.{secrets.token_hex(4)}.draft")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(key.hex().encode() + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        # Of two processes that start together one wins, and both use its key.
        place(draft, file)
    except OSError as exc:
        draft.unlink(missing_ok=True)
        hint = "name a writable place with master_key_file, or use a systemd credential"
        raise ConfigError([f"{file}: cannot be made: {exc.strerror or exc}; {hint}"]) from exc
    found = read_master(file)
    if found is None:
        raise ConfigError([f"{file}: was made and is gone; something else removes it"])
    return found


def place(draft: Path, file: Path) -> None:
    """Give a draft its name unless the name is taken; the draft is gone afterwards."""
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable, where the system can (not Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
