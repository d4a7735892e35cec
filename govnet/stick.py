"""A signed backlog on a stick: a zip of batches as they would have been posted, and what is in it.

    manifest.json    {"v": 1, "agent": ..., "key": ..., "batches": [
                       {"name": "batch-00001.json.gz", "signature": "<64 hex>", "reports": 20}]}
    batch-00001.json.gz ...

Every batch is believed for its own code, as over the network; the manifest is only a list. Stored
without further compression, so a size that the zip claims is the size that is read.
"""

import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

from govnet.errors import GovnetError
from govnet.report import MAX_BODY_BYTES

VERSION = 1
MANIFEST = "manifest.json"
MAX_BATCHES = 20_000
MAX_MANIFEST_BYTES = 8 << 20
_LONGEST_WORD = 200


class StickError(GovnetError):
    """A file is no stick's backlog, or not one of a form that is read here."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch in the zip: its file's name, its code, and how many reports it holds."""

    name: str
    signature: str
    reports: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Whose batches these are, by which key they were signed, in the order of their making."""

    agent: str
    key: str
    batches: tuple[Packed, ...]


class StickWriter:
    """Writes the zip into an open file; `finish` writes the list and must be called.

    To be used by `with`, which ends before the file is closed.
    """

    def __init__(self, file: IO[bytes], agent: str, key: str) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._agent = agent
        self._key = key
        self._packed: list[Packed] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Of one that is not finished nothing is kept; a full disk has been said already.
        with suppress(OSError, ValueError):
            self._zip.close()

    def add(self, body: bytes, signature: str, reports: int) -> None:
        """Add one batch."""
        name = f"batch-{len(self._packed) + 1:05}.json.gz"
        self._zip.writestr(name, body)
        self._packed.append(Packed(name, signature, reports))

    def finish(self) -> None:
        """Write the list and close the zip, not the file."""
        plain = {
            "v": VERSION,
            "agent": self._agent,
            "key": self._key,
            "batches": [asdict(packed) for packed in self._packed],
        }
        self._zip.writestr(MANIFEST, json.dumps(plain, indent=1))
        self._zip.close()


class StickReader:
    """Reads a zip that anybody may have made: nothing in it is believed, everything is bounded.

    Raises StickError if the file is not of this form, OSError if it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as exc:
            raise StickError(f"expected the file of `govnet-agent export`: {exc}") from exc
        try:
            self.manifest = _manifest(self._read(MANIFEST, MAX_MANIFEST_BYTES))
        except BaseException:
            self._zip.close()
            raise

    def bodies(self) -> Iterator[tuple[Packed, bytes]]:
        """Yield every batch with its body. Raises StickError for one that cannot be read."""
        for packed in self.manifest.batches:
            yield packed, self.body(packed)

    def body(self, packed: Packed) -> bytes:
        """Return the body of one batch. Raises StickError if it cannot be read."""
        return self._read(packed.name, MAX_BODY_BYTES)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _read(self, name: str, most_bytes: int) -> bytes:
        try:
            info = self._zip.getinfo(name)
        except KeyError as exc:
            raise StickError(f"{name} is missing in the file") from exc
        # Checked before a byte of it is read; what is stored cannot unfold.
        if info.compress_type != zipfile.ZIP_STORED:
            raise StickError(f"{name}: expected a stored file, found a compressed one")
        if max(info.file_size, info.compress_size) > most_bytes:
            raise StickError(f"{name}: {info.file_size} bytes, at most {most_bytes}")
        try:
            with self._zip.open(info) as file:
                return file.read(most_bytes)
        except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as exc:
            raise StickError(f"{name} cannot be read: {exc}") from exc


def _manifest(content: bytes) -> Manifest:
    try:
        plain = json.loads(content)
        if plain["v"] != VERSION:
            raise StickError(f"{MANIFEST}: expected version {VERSION}, got {plain['v']!r}")
        batches = tuple(
            Packed(_word(one["name"]), _word(one["signature"]), int(one["reports"]))
            for one in plain["batches"][: MAX_BATCHES + 1]
        )
        manifest = Manifest(_word(plain["agent"]), _word(plain["key"]), batches)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as exc:
        raise StickError(f"{MANIFEST}: not a list of batches: {exc!r}") from exc
    if len(batches) > MAX_BATCHES:
        raise StickError(f"{MANIFEST}: over {MAX_BATCHES} batches")
    return manifest


def _word(plain: Any) -> str:
    """Return a text that can be a header or a file's name. Raises ValueError for any other."""
    if not isinstance(plain, str) or not plain.isascii() or not plain.isprintable():
        raise ValueError(f"expected a printable word, got {str(plain)[:50]!r}")
    if len(plain) > _LONGEST_WORD:
        raise ValueError(f"expected a word of up to {_LONGEST_WORD} characters")
    return plain
