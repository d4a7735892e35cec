"""Fuzz target: damaged and invented files under a spool, opened and read like after a crash.

A whole spool is copied; the input says what happens to its files, one short instruction after the
other (`_damage`). Then:

- opening raises JournalError or nothing;
- a record that no instruction touched is read;
- reading without a lock sees what the owner sees;
- opening again finds the same.
"""

import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from agent.spool.spool import Spool
from govnet.disk import Disk
from govnet.errors import JournalError
from govnet.journal import Journal
from govnet.journal_reader import first_position, read_records
from govnet.segment import RECORD_OVERHEAD_BYTES, encode_header, encode_record, segment_name

NOW = 1_790_000_000.0
PARTS = ("reports", "marks", "quarantine")
MAX_INSTRUCTIONS = 16


class _NoFlushDisk(Disk):
    """Nothing here has to survive the mains."""

    def sync(self, descriptor: int) -> None:
        """Return at once."""

    def sync_directory(self, directory: Path) -> None:
        """Return at once."""


DISK = _NoFlushDisk()
Record = tuple[str, int, bytes]
"""Part, position, payload."""


def _open(folder: Path) -> Spool:
    return Spool(folder, clock=lambda: NOW, max_bytes=64 << 10, disk=DISK)


class _Whole:
    """The files of a sound spool and the records in them."""

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory(prefix="govnet-fuzz-") as name:
            folder = Path(name)
            with _open(folder) as spool:
                for number in range(24):
                    seq = spool.next_seq()
                    spool.add(seq, b'{"seq":%d}' % seq + bytes(200 + 7 * number))
                spool.accept([1, 2, 5])
                spool.quarantine({7: "bad_report", 8: "too_many_samples"})
            self.files = {
                path.relative_to(folder): path.read_bytes()
                for path in sorted(folder.rglob("*.segment"))
            }
            self.records: list[Record] = [
                (part, found.position, found.payload)
                for part in PARTS
                for found in read_records(folder / part)
            ]
        self.names = list(self.files)


WHOLE = _Whole()


class _Bytes:
    """The input, taken piece by piece; zeros behind its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def number(self, form: str) -> int:
        size = struct.calcsize(form)
        raw = self.bytes(size)
        return int(struct.unpack(form, raw.ljust(size, b"\0"))[0])

    def bytes(self, size: int) -> bytes:
        piece = self._data[self._at : self._at + size]
        self._at += size
        return piece


class _Case:
    """One copy of the spool with what was done to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.touched: dict[Path, list[tuple[int, int]]] = {}
        self.is_invented = False
        """A file was made up: where it overlaps a sound one, either may rightly be believed."""
        self.is_forged = False
        """A record with a right checksum was made up. Damage cannot do that; who can write such a
        record can write any report, so only the journal is held to it."""
        for name, raw in WHOLE.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)

    def damage(self, source: _Bytes) -> None:
        """Follow one instruction: what, where, how."""
        kind = source.number("<B") % 7
        name = WHOLE.names[source.number("<B") % len(WHOLE.names)]
        path = self.folder / name
        raw = bytearray(path.read_bytes()) if path.exists() else bytearray()
        at = source.number("<H") % (len(raw) + 1)
        if kind == 0:
            piece = source.bytes(source.number("<B"))
            raw[at : at + len(piece)] = piece
            self._touch(name, at, at + len(piece))
        elif kind == 1:
            size = source.number("<H")
            raw[at : at + size] = bytes(len(raw[at : at + size]))
            self._touch(name, at, at + size)
        elif kind == 2:  # noqa: PLR2004 - the kinds are a list
            del raw[at:]
            self._touch(name, at, 1 << 40)
        elif kind == 3:  # noqa: PLR2004
            raw += source.bytes(source.number("<H") % 4096)
        elif kind == 4:  # noqa: PLR2004
            path.unlink(missing_ok=True)
            self._touch(name, 0, 1 << 40)
            return
        else:
            self._invent(source, path.parent, whole=kind == 5)  # noqa: PLR2004
            return
        path.write_bytes(raw)

    def _touch(self, name: Path, start: int, end: int) -> None:
        self.touched.setdefault(name, []).append((start, end))

    def _invent(self, source: _Bytes, folder: Path, *, whole: bool) -> None:
        """Add a segment of arbitrary bytes, or a `whole` one with an arbitrary payload."""
        base = source.number("<H") if source.number("<B") % 2 else source.number("<Q") % 10**19
        payload = source.bytes(source.number("<H") % 2048)
        content = encode_header(base) + encode_record(payload, base) if whole else payload
        (folder / segment_name(base)).write_bytes(content)
        self.is_invented = True
        self.is_forged = self.is_forged or whole

    def sound(self) -> Iterator[Record]:
        """Yield the records that must still be readable."""
        if self.is_invented:
            return
        for part, position, payload in WHOLE.records:
            name = max(
                name
                for name in WHOLE.names
                if name.parent.name == part and int(name.stem) <= position
            )
            start = position - int(name.stem) + len(encode_header(0))
            end = start + RECORD_OVERHEAD_BYTES + len(payload)
            if all(last <= start or first >= end for first, last in self.touched.get(name, ())):
                yield part, position, payload


def feed(data: bytes) -> None:
    """Damage a copy of the whole spool as the input says, and look at what is left."""
    folder = Path(tempfile.mkdtemp(prefix="govnet-fuzz-", dir=_memory()))
    try:
        case = _Case(folder)
        source = _Bytes(data)
        for _ in range(MAX_INSTRUCTIONS):
            if not source:
                break
            case.damage(source)
        if _journals(case) and not case.is_forged:
            _spool(folder)
    finally:
        shutil.rmtree(folder)


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _journals(case: _Case) -> bool:
    """Read every part alone, twice; return whether all could be opened."""
    readable = True
    sound = set(case.sound())
    for part in PARTS:
        folder = case.folder / part
        try:
            unlocked = {(part, found.position, found.payload) for found in read_records(folder)}
            first_position(folder)
        except JournalError:
            unlocked = None
        wanted = {record for record in sound if record[0] == part}
        rounds = []
        for _ in range(2):
            try:
                with Journal(folder, segment_bytes=2048, disk=DISK) as journal:
                    found = {(part, position, payload) for position, payload in journal.read()}
                    for _, position, payload in found:
                        assert journal.read_at(position) == payload
                    rounds.append((found, journal.end_position))
            except JournalError:
                assert not sound, "sound records cannot be read"
                readable = False
        if rounds:
            assert wanted <= rounds[0][0], "a record that nothing touched is gone"
            assert unlocked == rounds[0][0], "the reader without a lock sees something else"
            assert rounds[0] == rounds[1], "the second opening finds something else"
    return readable


def _spool(folder: Path) -> None:
    """Open the spool twice, use it in between."""
    before = None
    for _ in range(2):
        try:
            with ExitStack() as stack:
                spool = stack.enter_context(_open(folder))
                offered = spool.oldest(1 << 40, 1 << 40)
                seqs = [entry.seq for entry in offered]
                assert seqs == sorted(set(seqs))
                list(spool.quarantined())
                if before is not None:
                    assert (spool.incarnation, offered) == before
                before = spool.incarnation, offered
        except JournalError:
            return
    with _open(folder) as spool:
        seq = spool.next_seq()
        spool.add(seq, b"{}")
        newest = spool.newest()
        assert newest is not None
        assert (newest.seq, newest.report) == (seq, b"{}")
