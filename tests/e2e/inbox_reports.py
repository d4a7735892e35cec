"""What a collector has acknowledged, read from the files of its inbox."""

from collections.abc import Iterator
from pathlib import Path

from collector.intake.inflate import inflate
from collector.intake.records import InboxRecord, decode_record
from collector.wire import WireReport, decode_batch, decode_report
from govnet.journal_reader import read_records
from govnet.report import MAX_DECOMPRESSED_BYTES


def reports_of(agent: str, data: Path) -> Iterator[WireReport]:
    """Yield every report of that agent in a collector's folder, in the order of arrival."""
    for one in read_records(data / "inbox"):
        record = decode_record(one.payload)
        if isinstance(record, InboxRecord) and record.agent == agent:
            body = inflate(record.body, record.encoding, MAX_DECOMPRESSED_BYTES)
            yield from map(decode_report, decode_batch(body).reports)
