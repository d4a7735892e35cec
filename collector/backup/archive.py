"""The file of a backup: a gzipped tar that tells of itself at its end.

The first member says what it is and which master key sealed it; `manifest.json` what all others
are, with the SHA-256 of each; the last one, `manifest.seal`, that nobody changed these two
(`collector.backup.seal`): a file without it was cut short. Both ends are read and written in one
pass. Format 1 had no seal: it ended with the manifest.
"""

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Self

import msgspec
from isal import igzip
from isal.igzip_lib import IsalError

from collector.backup.seal import is_seal, seal
from collector.store.vault import Master
from govnet.disk import private_opener
from govnet.errors import ConfigError, GovnetError

FORMAT: Final = 2
HEAD_NAME: Final = "govnet-backup"
MANIFEST_NAME: Final = "manifest.json"
SEAL_NAME: Final = "manifest.seal"
SUFFIX: Final = ".tar.gz"
DATABASE_NAME: Final = "data/govnet.sqlite3"
_CHUNK_BYTES: Final = 1 << 20
_PRIVATE: Final = 0o600
_MANIFEST_BYTES: Final = 64 << 20
_HEADING_BYTES: Final = 64 << 10
"""Longest heading of a member: name, time and rights, and whatever the tar format adds to them."""
_TIMES: Final = (-62_135_596_800, 253_402_300_799)
"""First and last second (Unix) of which a date can be told: years 1 to 9999."""
_HEAD_BYTES: Final = 32
_HEAD_WITHOUT_SEAL: Final = b"1\n"
_HEAD = re.compile(rb"2\n([0-9a-f]{16})\n")
_NOTED_WITHOUT_SEAL: Final = 2
"""Of a member's facts only size and sum stand in a manifest of format 1."""
_NAME = re.compile(r"(data|files)(/[^/\0]+)+")

Progress = Callable[[str, int], None]
"""Told what is being done, and how many bytes of it are done."""


class Member(msgspec.Struct, frozen=True):
    """One file in it, last written at `at` (Unix seconds), with those permissions.

    `was` is where it lay; `sealed`: only the master key opens it. Format 1 had no `at` and `mode`.
    """

    name: str
    size_bytes: int
    sha256: str
    was: str = ""
    sealed: bool = False
    at: float | None = None
    mode: int | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is: who made it when (Unix seconds), of which state, and every member.

    `master_key` is the id of the key that opens what is sealed: the key itself is not in it. With
    `has_seal` the whole is under that key's seal too.
    """

    version: str
    schema: str
    made_at: float
    master_key: str
    inbox_position: int
    members: tuple[Member, ...]
    has_seal: bool = False


class Writer:
    """Writes the members into an open file, sealed by a master key."""

    def __init__(self, file: IO[bytes], master: Master) -> None:
        self._master = master
        self._head = f"{FORMAT}\n{master.id}\n".encode()
        self._gzip = igzip.open(file, "wb", compresslevel=1)  # type: ignore[no-untyped-call] # isal declares none
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by `finish`
        self.members: list[Member] = []
        self._put_small(HEAD_NAME, self._head, 0.0, _PRIVATE)

    def add(
        self, name: str, content: bytes, at: float, mode: int, *, was: str, sealed: bool
    ) -> None:
        """Add a small file last written at `at` (Unix seconds), with those permissions."""
        digest = self._put_small(name, content, at, mode)
        self.members.append(Member(name, len(content), digest, was, sealed, at, mode))

    def add_file(self, name: str, path: Path, was: str = "") -> int:
        """Add a file as long as it is now, even if it grows meanwhile; return its bytes.

        Raises OSError, also for one that became shorter.
        """
        with path.open("rb") as file:
            status = path.stat()
            size_bytes, at = status.st_size, status.st_mtime
            digest = self._put(name, file, size_bytes, at, _PRIVATE)
        self.members.append(Member(name, size_bytes, digest, was, at=at, mode=_PRIVATE))
        return size_bytes

    def finish(self, manifest: Manifest) -> None:
        """Write the end; the file itself stays open."""
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._put_small(MANIFEST_NAME, content, manifest.made_at, _PRIVATE)
        made = seal(self._master, self._head, content)
        self._put_small(SEAL_NAME, made, manifest.made_at, _PRIVATE)
        self._tar.close()
        self._gzip.close()

    def _put_small(self, name: str, content: bytes, at: float, mode: int) -> str:
        return self._put(name, io.BytesIO(content), len(content), at, mode)

    def _put(self, name: str, file: IO[bytes], size_bytes: int, at: float, mode: int) -> str:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = size_bytes, at, mode
        hashed = Hashed(file)
        self._tar.addfile(entry, hashed)
        return hashed.sha256


class Hashed:
    """A file that knows the digest of what was read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The digest of everything read."""
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """Read as a file does."""
        chunk = self._file.read(size)
        self._digest.update(chunk)
        return chunk


class Found(msgspec.Struct, frozen=True):
    """A member as it is read: its name, when it was last written, who may, its bytes, once."""

    name: str
    at: float
    mode: int
    file: Hashed

    def content(self) -> Iterator[bytes]:
        """Yield its bytes."""
        while chunk := self.file.read(_CHUNK_BYTES):
            yield chunk


class _Unpacked:
    """The unpacked bytes; of a heading no more than `heading_left`, None: no heading is read.

    Nothing is proved yet: a few bytes of a compressed heading could fill the memory.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.heading_left: int | None = _HEADING_BYTES

    def read(self, size: int = -1) -> bytes:
        """Read as a file does. Raises TarError for a heading that is too long."""
        chunk = self._file.read(size)
        if self.heading_left is not None:
            self.heading_left -= len(chunk)
            if self.heading_left < 0:
                raise tarfile.ReadError("a heading is too long")
        return chunk


class _Tar(tarfile.TarFile):
    """A tar that calls every heading it cannot read damaged: some errors pass the library."""

    def next(self) -> tarfile.TarInfo | None:
        """Return the next member, None at the end. Raises TarError."""
        try:
            return super().next()
        except ValueError as exc:
            raise tarfile.ReadError(str(exc)) from exc


class Reader:
    """Reads a backup from its first byte to its last, and proves it whole.

    Go through `members`, then ask for what is `proved`.
    """

    def __init__(self, path: Path, tar: tarfile.TarFile, unpacked: _Unpacked) -> None:
        self.path = path
        self._tar = tar
        self._unpacked = unpacked
        self._entries = self._headings()
        self._head = self._read_head()
        sealed = _HEAD.fullmatch(self._head)
        self.master_key = sealed[1].decode() if sealed else ""
        """The id of the master key that is said to have sealed it, "" for one without a seal."""
        self._read: dict[str, tuple[int, str, float, int]] = {}
        self._end: dict[str, bytes] = {}

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """Open the file. Raises ConfigError for one that cannot be read, is damaged or foreign."""
        try:
            with (
                path.open("rb") as file,
                igzip.open(file, "rb") as gzipped,  # type: ignore[no-untyped-call] # isal declares none
            ):
                unpacked = _Unpacked(gzipped)
                with _Tar.open(fileobj=unpacked, mode="r|") as tar:  # type: ignore[call-overload] # a stream is only read
                    yield cls(path, tar, unpacked)
        except (EOFError, tarfile.TarError, IsalError, zlib.error) as exc:  # type: ignore[misc] # the stub calls IsalError a value
            damaged = f"{path}: expected a whole backup of govnet, it is damaged or cut short: "
            raise ConfigError([f"{damaged}{exc}"]) from exc
        except gzip.BadGzipFile as exc:
            raise ConfigError([f"{path}: expected a backup of govnet: {exc}"]) from exc

    def members(self) -> Iterator[Found]:
        """Yield the members; each is to be read before the next. Raises as `opened` does."""
        for entry in self._entries:
            if len(self._end) == len(self._ends):
                raise self._wrong(f"{entry.name!r} stands behind its end")
            if self._end or entry.name == MANIFEST_NAME:
                self._read_end(entry)
                continue
            is_file = entry.isreg() and not entry.issparse()
            if not is_file or not _is_inside(entry.name) or entry.name in self._read:
                raise self._wrong(f"{entry.name!r} does not belong in it")
            if not _is_time(entry.mtime):
                raise self._wrong(f"{entry.name!r} was written at no time")
            hashed = Hashed(self._file(entry))
            found = Found(entry.name, float(entry.mtime), entry.mode & 0o777, hashed)
            yield found
            while hashed.read(_CHUNK_BYTES):
                pass
            self._read[entry.name] = (entry.size, hashed.sha256, found.at, found.mode)
        # What is left says whether the compressed bytes were whole; a tar is filled up with zeros.
        while chunk := self._unpacked.read(_CHUNK_BYTES):
            if chunk.strip(b"\0"):
                raise self._wrong("something stands behind its end")

    def proved(self, master: Master | None) -> Manifest:
        """Return what it says of itself, once all members were read and are those that it names.

        It is sealed by that master key; None: the seal is not proved.
        """
        if len(self._end) < len(self._ends):
            raise self._wrong("its end is missing")
        content = self._end[MANIFEST_NAME]
        if master is not None and not is_seal(self._end[SEAL_NAME], master, self._head, content):
            by = f"it was changed, or made by somebody without the master key {master.id}"
            raise ConfigError([f"{self.path}: expected a backup with its own seal: {by}"])
        try:
            manifest = msgspec.json.decode(content, type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise self._wrong(f"its end cannot be read: {exc}") from exc
        if not _is_time(manifest.made_at):
            raise self._wrong("it was made at no time")
        self._compare(manifest)
        return manifest

    @property
    def _ends(self) -> tuple[str, ...]:
        """The names of the last members, in their order."""
        return (MANIFEST_NAME, SEAL_NAME) if self.master_key else (MANIFEST_NAME,)

    def _headings(self) -> Iterator[tarfile.TarInfo]:
        """Yield what stands before each member; between two of them its bytes are read."""
        for entry in self._tar:
            self._unpacked.heading_left = None
            yield entry
            self._unpacked.heading_left = _HEADING_BYTES
        self._unpacked.heading_left = None

    def _compare(self, manifest: Manifest) -> None:
        if manifest.has_seal != bool(self.master_key):
            raise self._wrong("its end says otherwise of a seal than its beginning")
        told = {
            one.name: (one.size_bytes, one.sha256, one.at, one.mode) for one in manifest.members
        }
        compared = slice(None) if self.master_key else slice(_NOTED_WITHOUT_SEAL)
        for name in sorted(told.keys() | self._read.keys()):
            if told.get(name, ())[compared] != self._read.get(name, ())[compared]:
                raise self._wrong(f"{name!r} is not what was put into it")

    def _read_head(self) -> bytes:
        first = next(self._entries, None)
        if first is None or first.name != HEAD_NAME:
            found = "nothing" if first is None else repr(first.name)
            raise ConfigError([f"{self.path}: expected a backup of govnet, it begins with {found}"])
        head = self._file(first).read(_HEAD_BYTES)
        if head != _HEAD_WITHOUT_SEAL and not _HEAD.fullmatch(head):
            problem = f"expected a backup of format {FORMAT}, found {head[:16]!r}"
            raise ConfigError([f"{self.path}: {problem}: a newer govnet made it; use that one"])
        return head

    def _read_end(self, entry: tarfile.TarInfo) -> None:
        if entry.name != self._ends[len(self._end)]:
            raise self._wrong(f"{entry.name!r} stands in its end")
        if entry.size > _MANIFEST_BYTES:
            raise self._wrong("its end is too long")
        self._end[entry.name] = self._file(entry).read()

    def _file(self, entry: tarfile.TarInfo) -> IO[bytes]:
        file = self._tar.extractfile(entry)
        if file is None:
            raise self._wrong(f"{entry.name!r} is no file")
        return file

    def _wrong(self, why: str) -> ConfigError:
        return ConfigError([f"{self.path}: expected a whole backup of govnet: {why}"])


def create(path: Path) -> IO[bytes]:
    """Create the file, for its owner only. Raises GovnetError if it is there, OSError."""
    try:
        return open(path, "xb", opener=private_opener)
    except FileExistsError as exc:
        raise GovnetError(f"{path}: is there already and stays as it is") from exc


def _is_inside(name: str) -> bool:
    """Whether it is a path below one of the two folders, and nothing that leads out of them."""
    return _NAME.fullmatch(name) is not None and not {".", ".."} & set(name.split("/"))


def _is_time(at: float) -> bool:
    """Whether it is a number of seconds of which a date can be told."""
    first, last = _TIMES
    return first <= at <= last
