"""Backups as tests look into them, and change them."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from collector.backup.archive import HEAD_NAME, MANIFEST_NAME, SEAL_NAME, Manifest
from collector.backup.proving import prove

NOW = 1_795_865_400.0


def silent(_: str, __: int) -> None:
    """Show nothing."""


def verified(file: Path) -> Manifest:
    """Prove it whole, as where there is no master key."""
    return prove(file, None, silent)


def members(file: Path) -> dict[str, bytes]:
    """Return what is in it by name."""
    with tarfile.open(file) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr] # all are files


def repacked(
    file: Path,
    change: Callable[[dict[str, bytes]], None],
    change_entry: Mapping[str, Callable[[tarfile.TarInfo], None]] = MappingProxyType({}),
) -> Path:
    """Write the backup anew with other members; those of old names keep time and rights."""
    content = members(file)
    with tarfile.open(file) as tar:
        entries = {one.name: one for one in tar}
    change(content)
    with tarfile.open(file, "w:gz") as tar:
        for name, plain in content.items():
            entry = entries.get(name, tarfile.TarInfo(name))
            entry.size = len(plain)
            change_entry.get(name, lambda _: None)(entry)
            tar.addfile(entry, io.BytesIO(plain))
    return file


def changed_manifest(content: dict[str, bytes], change: dict[str, Any]) -> None:
    """Let its manifest say something else, under the same seal."""
    content[MANIFEST_NAME] = json.dumps(json.loads(content[MANIFEST_NAME]) | change).encode()


def forged(content: dict[str, bytes], name: str, plain: bytes) -> None:
    """Put another file in the place of one, with a manifest that fits it."""
    content[name] = plain
    told = json.loads(content[MANIFEST_NAME])["members"]
    (one,) = (member for member in told if member["name"] == name)
    one |= {"size_bytes": len(plain), "sha256": hashlib.sha256(plain).hexdigest()}
    changed_manifest(content, {"members": told})


def without_seal(content: dict[str, bytes]) -> None:
    """Make of it what a version without seals wrote."""
    content[HEAD_NAME] = b"1\n"
    del content[SEAL_NAME]
    manifest = json.loads(content[MANIFEST_NAME])
    del manifest["has_seal"]
    for member in manifest["members"]:
        del member["at"], member["mode"]
    content[MANIFEST_NAME] = json.dumps(manifest).encode()
