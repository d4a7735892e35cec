"""Whether there is a backup, and a new one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from collector.doctor.records import Finding, Level, Seen

OLD_SECONDS: Final = 30 * 3_600.0
"""One is made every day; as the alert GovnetBackupOld says."""


def check(seen: Seen) -> Iterator[Finding]:
    """Check the last backup of a collector that has run."""
    if not seen.is_begun:
        return
    note = seen.backup
    do = f"govnet backup --data {seen.data}; hằng ngày: govnet-backup.timer (docs/sao-luu.md)"
    if note.failure:
        text = f"lần sao lưu cuối không thành ({_day(seen, note.failed_at)}): {note.failure}"
        yield Finding(Level.MUST, text, do)
    if not note.made_at:
        yield Finding(Level.SHOULD, "chưa có bản sao lưu nào: hỏng đĩa là mất hết", do)
    elif note.made_at < seen.now - OLD_SECONDS:
        yield Finding(Level.SHOULD, f"bản sao lưu mới nhất đã cũ: {_day(seen, note.made_at)}", do)
    elif not note.failure:
        yield Finding(Level.GOOD, f"bản sao lưu mới nhất: {_day(seen, note.made_at)}, {note.file}")


def _day(seen: Seen, at: float) -> str:
    return f"{datetime.fromtimestamp(at, seen.zone):%d/%m/%Y %H:%M}"
