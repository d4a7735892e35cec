"""The database: whole, of this version, its log not growing. Keys are judged with the collector."""

from collections.abc import Iterator
from typing import Final

from collector.doctor.records import Finding, Level, Seen

LOG_BYTES: Final = 256 << 20
"""A write-ahead log this large is read back by nobody: something holds an old state open."""
_MIB: Final = 1 << 20


def check(seen: Seen) -> Iterator[Finding]:
    """Check the database."""
    found = seen.database
    if found is None:
        return
    if found.damage:
        text = f"cơ sở dữ liệu {found.file} bị hỏng hoặc không đọc được"
        do = (
            "dừng bộ thu, cất thư mục dữ liệu sang chỗ khác, lấy lại bản sao lưu gần nhất;"
            " kiểm tra đĩa: dmesg, smartctl -a"
        )
        yield Finding(Level.MUST, text, do, found.damage)
        return
    if found.is_newer:
        text = f"cơ sở dữ liệu của phiên bản mới hơn ({found.revision}, đây là {found.expected})"
        yield Finding(Level.MUST, text, "cài lại phiên bản govnet mới hơn đã từng chạy ở đây")
    elif not found.is_current:
        text = f"cơ sở dữ liệu còn ở bản {found.revision or 'chưa có'}, đây là {found.expected}"
        do = "sao lưu, rồi chạy lại bộ thu của phiên bản này: nó tự nâng cấp"
        yield Finding(Level.MUST, text, do)
    else:
        how = "nguyên vẹn" if found.is_checked else "mở được (lớn, chưa kiểm tra hết)"
        text = f"cơ sở dữ liệu {how}, bản {found.revision}, {found.bytes / _MIB:.1f} MiB"
        yield Finding(Level.GOOD, text)
    if found.log_bytes > LOG_BYTES:
        text = f"nhật ký ghi của cơ sở dữ liệu đã {found.log_bytes / _MIB:.0f} MiB"
        do = f"xem chương trình nào còn mở nó: fuser -v {found.file}; chạy lại bộ thu"
        yield Finding(Level.SHOULD, text, do)
