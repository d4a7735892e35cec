"""The file of a backup: a gzipped tar that tells of itself at its end.

The first member says what it is, the last one (`manifest.json`) what all the others are, with the
SHA-256 of each: a file without it was cut short. Both ends are read and written in one pass.
"""

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Self

import msgspec
from isal import igzip
from isal.igzip_lib import IsalError

from govnet.disk import private_opener
from govnet.errors import ConfigError, GovnetError

FORMAT: Final = 1
HEAD_NAME: Final = "govnet-backup"
MANIFEST_NAME: Final = "manifest.json"
SUFFIX: Final = ".tar.gz"
DATABASE_NAME: Final = "data/govnet.sqlite3"
_CHUNK_BYTES: Final = 1 << 20
_MANIFEST_BYTES: Final = 64 << 20
_NAME = re.compile(r"(data|files)(/[^/\0]+)+")


class Member(msgspec.Struct, frozen=True):
    """One file in it. `was` is where it lay; `sealed`: only the master key opens it."""

    name: str
    size_bytes: int
    sha256: str
    was: str = ""
    sealed: bool = False


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is: who made it when (Unix seconds), of which state, and every member.

    `master_key` is the id of the key that opens what is sealed: the key itself is not in it.
    """

    version: str
    schema: str
    made_at: float
    master_key: str
    inbox_position: int
    members: tuple[Member, ...]


class Writer:
    """Writes the members into an open file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._gzip = igzip.open(file, "wb", compresslevel=1)  # type: ignore[no-untyped-call] # isal declares none
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by `finish`
        self.members: list[Member] = []
        self._put(HEAD_NAME, io.BytesIO(head := f"{FORMAT}\n".encode()), len(head), 0.0, 0o600)

    def add(
        self, name: str, content: bytes, at: float, mode: int, *, was: str, sealed: bool
    ) -> None:
        """Add a small file last written at `at` (Unix seconds), with those permissions."""
        digest = self._put(name, io.BytesIO(content), len(content), at, mode)
        self.members.append(Member(name, len(content), digest, was, sealed))

    def add_file(self, name: str, path: Path, was: str = "") -> int:
        """Add a file as long as it is now, even if it grows meanwhile; return its bytes.

        Raises OSError, also for one that became shorter.
        """
        with path.open("rb") as file:
            status = path.stat()
            digest = self._put(name, file, status.st_size, status.st_mtime, 0o600)
        self.members.append(Member(name, status.st_size, digest, was))
        return status.st_size

    def finish(self, manifest: Manifest) -> None:
        """Write the end; the file itself stays open."""
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._put(MANIFEST_NAME, io.BytesIO(content), len(content), manifest.made_at, 0o600)
        self._tar.close()
        self._gzip.close()

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


class Reader:
    """Reads a backup from its first byte to its last, and proves it whole.

    Go through `members`, each with the digest of what it held (`note`), then ask for `manifest`.
    """

    def __init__(self, path: Path, tar: tarfile.TarFile, unpacked: igzip.IGzipFile) -> None:
        self.path = path
        self._tar = tar
        self._unpacked = unpacked
        self._read: dict[str, tuple[int, str]] = {}
        self._manifest: Manifest | None = None

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """Open the file. Raises ConfigError for one that cannot be read, is damaged or foreign."""
        try:
            with (
                path.open("rb") as file,
                igzip.open(file, "rb") as unpacked,  # type: ignore[no-untyped-call] # isal declares none
                tarfile.open(fileobj=unpacked, mode="r|") as tar,
            ):
                yield cls(path, tar, unpacked)
        except (EOFError, tarfile.TarError, IsalError, zlib.error) as exc:  # type: ignore[misc] # the stub calls IsalError a value
            damaged = f"{path}: expected a whole backup of govnet, it is damaged or cut short: "
            raise ConfigError([f"{damaged}{exc}"]) from exc
        except gzip.BadGzipFile as exc:
            raise ConfigError([f"{path}: expected a backup of govnet: {exc}"]) from exc

    def members(self) -> Iterator[Found]:
        """Yield the members; each is to be read before the next. Raises as `opened` does."""
        entries = iter(self._tar)
        first = next(entries, None)
        if first is None or first.name != HEAD_NAME:
            found = "nothing" if first is None else repr(first.name)
            raise ConfigError([f"{self.path}: expected a backup of govnet, it begins with {found}"])
        self._know_format(self._file(first).read(32))
        for entry in entries:
            if self._manifest is not None:
                raise self._wrong(f"{entry.name!r} stands behind its end")
            if entry.name == MANIFEST_NAME:
                self._manifest = self._decoded(entry)
                continue
            if not entry.isreg() or not _is_inside(entry.name) or entry.name in self._read:
                raise self._wrong(f"{entry.name!r} does not belong in it")
            hashed = Hashed(self._file(entry))
            yield Found(entry.name, float(entry.mtime), entry.mode & 0o777, hashed)
            while hashed.read(_CHUNK_BYTES):
                pass
            self._read[entry.name] = (entry.size, hashed.sha256)
        # What is left says whether the compressed bytes were whole.
        while self._unpacked.read(_CHUNK_BYTES):
            pass

    @property
    def manifest(self) -> Manifest:
        """What it says of itself, once all members were read and are those that it names."""
        if self._manifest is None:
            raise self._wrong("its end is missing")
        told = {one.name: (one.size_bytes, one.sha256) for one in self._manifest.members}
        for name in sorted(told.keys() | self._read.keys()):
            if told.get(name) != self._read.get(name):
                raise self._wrong(f"{name!r} is not what was put into it")
        return self._manifest

    def _know_format(self, head: bytes) -> None:
        if head.strip() != str(FORMAT).encode():
            problem = f"expected a backup of format {FORMAT}, found {head[:16]!r}"
            raise ConfigError([f"{self.path}: {problem}: a newer govnet made it; use that one"])

    def _decoded(self, entry: tarfile.TarInfo) -> Manifest:
        if entry.size > _MANIFEST_BYTES:
            raise self._wrong("its end is too long")
        try:
            return msgspec.json.decode(self._file(entry).read(), type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise self._wrong(f"its end cannot be read: {exc}") from exc

    def _file(self, entry: tarfile.TarInfo) -> IO[bytes]:
        file = self._tar.extractfile(entry)
        if file is None:
            raise self._wrong(f"{entry.name!r} is no file")
        return file

    def _wrong(self, why: str) -> ConfigError:
        return ConfigError([f"{self.path}: expected a whole backup of govnet: {why}"])


def verified(path: Path) -> Manifest:
    """Read a whole backup and return what it is. Raises ConfigError with what is wrong with it."""
    try:
        with Reader.opened(path) as reader:
            for _ in reader.members():
                pass
            return reader.manifest
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror or exc}"]) from exc


def create(path: Path) -> IO[bytes]:
    """Create the file, for its owner only. Raises GovnetError if it is there, OSError."""
    try:
        return open(path, "xb", opener=private_opener)
    except FileExistsError as exc:
        raise GovnetError(f"{path}: is there already and stays as it is") from exc


def _is_inside(name: str) -> bool:
    """Whether it is a path below one of the two folders, and nothing that leads out of them."""
    return _NAME.fullmatch(name) is not None and not {".", ".."} & set(name.split("/"))
