"""The list of lines as CSV, one row each, with the same figures as the page. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from collector.pages.links import LineRow
from collector.spreadsheet import csv_text

TITLES: Final = (
    "Điểm",
    "Đơn vị",
    "Đường truyền",
    "Loại",
    "Nhà mạng",
    "Số mạch",
    "Trạng thái",
    "RTT",
    "Mất gói",
    "Jitter",
    "Chất lượng họp",
    "Khả dụng tháng này % (trách nhiệm nhà mạng)",
    "Tỷ lệ đo được %",
    "Cam kết %",
    "So với cam kết",
    "Gián đoạn tháng này",
    "Gián đoạn chưa rõ trách nhiệm",
    "Số sự cố 30 ngày",
    "Báo hỏng cho",
)


def links_csv(rows: Iterable[LineRow]) -> str:
    """Return the CSV of these lines."""
    return csv_text(TITLES, map(list, map(_cells, rows)))


def _cells(row: LineRow) -> Iterator[str]:
    quality = row.quality
    yield from (row.site, row.unit, row.name, row.technology, row.carrier, row.circuit)
    yield row.badge.word
    yield from (
        (quality.rtt, quality.loss, quality.jitter, quality.grade) if quality else ("", "", "", "")
    )
    yield from (
        row.availability,
        row.measured,
        row.sla,
        row.kept,
        row.down,
        row.unclear,
        str(row.outages),
    )
    yield "; ".join(f"{one.role} {one.telephone}".strip() for one in row.call)
