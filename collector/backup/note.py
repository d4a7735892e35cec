"""What the data folder says of the last backups, for the metrics and for `govnet doctor`.

Written by the process that makes a backup, read by all others.
"""

import os
from pathlib import Path

import msgspec

from govnet.disk import replace_file

NOTE_NAME = "last-backup.json"


class Note(msgspec.Struct, frozen=True):
    """The last backup that succeeded, and those that did not. Times are Unix seconds, 0: never.

    `failure` is why the very last one failed, "" if it did not; `failures` were counted since the
    folder was made.
    """

    made_at: float = 0.0
    size_bytes: int = 0
    file: str = ""
    failures: int = 0
    failed_at: float = 0.0
    failure: str = ""


def read_note(data: Path) -> Note:
    """Return what was noted; a note that is missing or unreadable says: never."""
    try:
        return msgspec.json.decode((data / NOTE_NAME).read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Note()


def note_success(data: Path, made_at: float, file: Path, size_bytes: int) -> None:
    """Note a backup. Raises OSError."""
    failures = read_note(data).failures
    _write(data, Note(made_at, size_bytes, str(file.resolve()), failures))


def note_failure(data: Path, at: float, why: str) -> None:
    """Note a backup that failed. Raises OSError."""
    before = read_note(data)
    failed = msgspec.structs.replace(
        before, failures=before.failures + 1, failed_at=at, failure=why
    )
    _write(data, failed)


def _write(data: Path, note: Note) -> None:
    status = data.stat()
    # What root notes is read by the collector's user.
    owner = (status.st_uid, status.st_gid) if os.geteuid() == 0 else None
    replace_file(data / NOTE_NAME, msgspec.json.encode(note), owner=owner)
