"""Room to work: disk, memory, open files; and that the data are the collector's alone."""

from collections.abc import Iterator
from typing import Final

from collector.doctor.looking.host import Access, Disk
from collector.doctor.records import Finding, Level, Seen
from collector.open_files import OTHERS

LEAST_RATIO: Final = 0.05
"""Less free than that stops programs; the inbox stops growing there by itself."""
LOW_RATIO: Final = 0.10
SOON_DAYS: Final = 14.0
_GIB: Final = 1 << 30
_MIB: Final = 1 << 20


def check(seen: Seen) -> Iterator[Finding]:
    """Check the machine."""
    if seen.host is None:
        return
    if seen.host.access is not None:
        yield from _access(seen, seen.host.access)
    if seen.host.disk is not None:
        yield from _disk(seen, seen.host.disk)
    total, free = seen.host.memory_bytes, seen.host.memory_free_bytes
    if total and free < total * LEAST_RATIO:
        text = f"bộ nhớ của máy chỉ còn {free / _MIB:.0f} MiB trong {total / _GIB:.1f} GiB"
        do = "xem ai dùng: ps aux --sort=-rss | head; thêm bộ nhớ hoặc chuyển bớt dịch vụ đi"
        yield Finding(Level.SHOULD, text, do)
    elif total:
        text = f"bộ nhớ còn {free / _GIB:.1f} trong {total / _GIB:.1f} GiB"
        yield Finding(Level.GOOD, text)
    yield from _open_files(seen)


def _access(seen: Seen, access: Access) -> Iterator[Finding]:
    if not access.is_readable:
        text = f"người dùng {access.user} không đọc được {seen.data}, dữ liệu của {access.owner}"
        do = f"chạy bằng người dùng của bộ thu: sudo -u {access.owner} govnet doctor"
        yield Finding(Level.MUST, text, do)
        return
    if access.open_to_others:
        text = f"{len(access.open_to_others)} chỗ có khoá bí mật mà người dùng khác vào được"
        do = f"chmod -R go-rwx {seen.data}"
        yield Finding(Level.MUST, text, do, access.open_to_others)
    if access.owned_by_others:
        text = (
            f"{len(access.owned_by_others)} file trong dữ liệu không phải của {access.owner}:"
            " bộ thu có thể không ghi được"
        )
        yield Finding(
            Level.MUST, text, f"chown -R {access.owner} {seen.data}", access.owned_by_others
        )


def _disk(seen: Seen, disk: Disk) -> Iterator[Finding]:
    ratio = disk.free_bytes / disk.total_bytes if disk.total_bytes else 1.0
    told = f"đĩa của {seen.data} còn {disk.free_bytes / _GIB:.1f} GiB ({ratio:.0%})"
    do = (
        f"xem chỗ nào chiếm: du -xh --max-depth=2 {seen.data.resolve().parent} | sort -h | tail;"
        " thêm đĩa hoặc giảm inbox_days, inbox_max_mib trong collector.toml"
    )
    if ratio < LEAST_RATIO:
        yield Finding(Level.MUST, f"{told}: sắp không ghi được nữa", do)
    elif (days := _days_left(seen, disk)) is not None and days < SOON_DAYS:
        yield Finding(
            Level.SHOULD, f"{told}: với lượng nhận hôm nay sẽ đầy sau {days:.0f} ngày", do
        )
    elif ratio < LOW_RATIO:
        yield Finding(Level.SHOULD, told, do)
    else:
        inbox = f"; báo cáo đã nhận chiếm {disk.inbox_bytes / _GIB:.1f} GiB"
        yield Finding(Level.GOOD, told + inbox)
    if disk.total_files and disk.free_files < disk.total_files * LEAST_RATIO:
        text = f"đĩa của {seen.data} sắp hết inode: còn {disk.free_files} trong {disk.total_files}"
        do = "tìm thư mục có rất nhiều file nhỏ: du --inodes -x / | sort -n | tail"
        yield Finding(Level.MUST, text, do)


def _days_left(seen: Seen, disk: Disk) -> float | None:
    """Return when the disk is full if every day is as today, None if the inbox ends before."""
    if not disk.inbox_day_bytes or seen.config is None:
        return None
    grown = min(
        disk.inbox_day_bytes * seen.config.inbox_days, seen.config.inbox_max_mib * float(_MIB)
    )
    usable = disk.free_bytes - disk.total_bytes * LEAST_RATIO
    if grown - disk.inbox_bytes <= usable:
        return None
    return max(0.0, usable / disk.inbox_day_bytes)


def _open_files(seen: Seen) -> Iterator[Finding]:
    if seen.running is None or seen.running.about.open_files_limit is None:
        return
    limit, clients = seen.running.about.open_files_limit, seen.running.about.max_connections
    if limit < clients + OTHERS:
        text = f"bộ thu chỉ mở được {limit} file: ít hơn {clients} kết nối (max_connections)"
        do = f"LimitNOFILE={clients + OTHERS} trong đơn vị systemd (ulimit -n), rồi chạy lại bộ thu"
        yield Finding(Level.SHOULD, text, do)
    else:
        yield Finding(Level.GOOD, f"mở được {limit} file, đủ cho {clients} kết nối")
