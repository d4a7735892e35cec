"""A disk whose mains fail at a chosen call."""

import errno
import os
from pathlib import Path

from govnet.disk import Disk


class PowerLoss(BaseException):
    """The mains fail here; nothing after this line happens."""


class MainsDisk(Disk):
    """A disk that can be full, fail a flush, and lose its mains at a chosen call."""

    def __init__(self, directory: Path) -> None:
        self.calls_left: int | None = None
        self.full = False
        self.failing_syncs = 0
        self.is_dark = False
        self.durable_bytes = {
            path.stat().st_ino: path.stat().st_size for path in directory.rglob("*.segment")
        }

    def _count_down(self) -> None:
        if self.calls_left is not None:
            self.calls_left -= 1
            self.is_dark = self.is_dark or self.calls_left < 0
        if self.is_dark:
            raise PowerLoss

    def write(self, descriptor: int, data: bytes) -> int:
        try:
            self._count_down()
        except PowerLoss:
            super().write(descriptor, data[: len(data) // 2])
            raise
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._count_down()
        if self.failing_syncs:
            self.failing_syncs -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        status = os.fstat(descriptor)
        self.durable_bytes[status.st_ino] = status.st_size

    def sync_directory(self, directory: Path) -> None:
        assert directory.is_dir()
        self._count_down()

    def leave(self, source: Path, target: Path, kept_share: float) -> None:
        """Copy what is still there after the mains failed; a share of 1 is a mere kill."""
        target.mkdir()
        for path in sorted(source.rglob("*")):
            copy = target / path.relative_to(source)
            if path.is_dir():
                copy.mkdir()
            elif path.suffix == ".segment":
                size = path.stat().st_size
                durable = min(self.durable_bytes.get(path.stat().st_ino, 0), size)
                copy.write_bytes(path.read_bytes()[: durable + int(kept_share * (size - durable))])
            elif path.name != "lock":
                copy.write_bytes(path.read_bytes())
        self.calls_left, self.is_dark, self.failing_syncs, self.full = None, False, 0, False
