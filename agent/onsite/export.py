"""`govnet-agent export FILE`: the waiting backlog, signed, onto a stick; the spool stays as it is.

The agent may be running. What the centre takes from the stick it answers with "duplicate" when
the agent sends it later.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from agent.clock import Clock, SystemClock
from agent.config import Config
from agent.identity.keys import Identity
from agent.probe.hardware import fingerprint
from agent.sending.boots import read_boots
from agent.sending.delivery import BATCH_BYTES, Record, is_too_large
from agent.spool.reader import read_marks, read_waiting
from govnet import report
from govnet.errors import ConfigError, JournalError
from govnet.stick import StickWriter

_MOST_REPORTS = report.MAX_REPORTS
_EXAMPLE = "bao-cao.zip"


def export(config: Config, file: Path, clock: Clock | None = None) -> int:
    """Write the backlog to `file`, whole or not at all; return the exit status.

    Raises ConfigError if the spool cannot be read or the file not be written.
    """
    spool = config.state_dir / "spool"
    if not file.name or file.is_dir():
        raise ConfigError([f"{file}: expected a file, such as {file / _EXAMPLE}, got a folder"])
    draft = file.with_name(file.name + ".part")
    written = oversized = 0
    try:
        with draft.open("wb") as stream:
            with StickWriter(stream, config.identity.agent, config.identity.key_id) as stick:
                marks = read_marks(spool)
                waiting = ((one.seq, one.report) for one in read_waiting(spool, marks))
                packer = Packer(
                    config.identity, marks.incarnation, config.state_dir, clock, fingerprint()
                )
                for records in batches_of(waiting):
                    packed, left_out = packer.pack(stick, records)
                    written += packed
                    oversized += left_out
                stick.finish()
            stream.flush()
            # A stick is pulled out as soon as this program says that it is done.
            os.fsync(stream.fileno())
        draft.replace(file)
    except JournalError as exc:
        _forget(draft)
        raise ConfigError([f"state_dir: {exc}"]) from exc
    except OSError as exc:
        _forget(draft)
        raise ConfigError([f"{file}: cannot be written: {exc.strerror or exc}"]) from exc
    print(f"{file}: đã ghi {written} báo cáo đang chờ, {file.stat().st_size} byte.")
    print("Ở trung tâm: govnet import-reports TỆP --data THƯ-MỤC")
    if oversized:
        print(f"{oversized} báo cáo quá lớn, không trung tâm nào nhận.", file=sys.stderr)
    return 0


def _forget(draft: Path) -> None:
    with suppress(OSError):  # It was never there.
        draft.unlink()


def batches_of(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Cut records into batches within the protocol's limits, in their order."""
    batch: list[Record] = []
    size = 0
    for record in records:
        length = len(record[1])
        if batch and (len(batch) >= _MOST_REPORTS or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += length
    if batch:
        yield batch


class Packer:
    """Signs batches as the sender would, marked as carried."""

    def __init__(
        self,
        identity: Identity,
        incarnation: str,
        state_dir: Path,
        clock: Clock | None = None,
        hardware: Mapping[str, str] | None = None,
    ) -> None:
        self._identity = identity
        self._incarnation = incarnation
        self._boots = read_boots(state_dir)
        self._clock = clock or SystemClock()
        self._hardware = hardware

    def pack(self, stick: StickWriter, records: list[Record]) -> tuple[int, int]:
        """Put records on the stick, in several batches where one is too large.

        Return how many were put, and how many are too large even alone.
        """
        reports = [encoded for _, encoded in records]
        encoded = report.encode_batch(
            self._identity.agent,
            self._incarnation,
            report.Clock(self._clock.time(), self._clock.monotonic(), ""),
            reports,
            hardware=self._hardware,
            boots=self._boots.of(reports, present=""),
            carried=True,
        )
        if is_too_large(encoded.body, records):
            if len(records) == 1:
                return 0, 1
            half = len(records) // 2
            first, second = self.pack(stick, records[:half]), self.pack(stick, records[half:])
            return first[0] + second[0], first[1] + second[1]
        code = report.sign(self._identity.key.reveal(), report.Purpose.BATCH, encoded.body)
        stick.add(encoded.body, code, len(records))
        return len(records), 0
