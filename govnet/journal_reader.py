"""Reading a journal that another process is writing: no lock, no repair, nothing changed.

What was not synced yet may be seen too; a caller that must not see it has to know from elsewhere
how far the writer got. Segments may vanish meanwhile: what they held is skipped.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from govnet.errors import JournalError
from govnet.segment import find_segments, walk_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Found(NamedTuple):
    """One record: where it stands, where the next one may, and its payload."""

    position: int
    end: int
    payload: bytes


def read_records(directory: Path, start: int = 0) -> Iterator[Found]:
    """Yield the whole records from position `start` on, oldest first, up to the present end.

    `start` is 0 or a position where a record begins or may begin. Damage is skipped, uncounted:
    the writer counts it. A directory that is not there has no records. Raises JournalError when
    the directory cannot be read.
    """
    try:
        segments = find_segments(directory)
    except FileNotFoundError:
        return
    except OSError as exc:
        raise JournalError(f"{directory}: cannot be read: {exc.strerror or exc}") from exc
    for segment in segments:
        begin = max(start, segment.base)
        if begin >= segment.end:
            continue
        with suppress(OSError), segment.path.open("rb") as file:
            for stretch in walk_records(file, segment, begin, segment.end):
                if stretch.payload is not None:
                    yield Found(stretch.position, stretch.end, stretch.payload)


def first_position(directory: Path) -> int:
    """Return where the oldest segment starts, 0 if there is none.

    Raises JournalError when the directory cannot be read.
    """
    try:
        segments = find_segments(directory)
    except FileNotFoundError:
        return 0
    except OSError as exc:
        raise JournalError(f"{directory}: cannot be read: {exc.strerror or exc}") from exc
    return segments[0].base if segments else 0
