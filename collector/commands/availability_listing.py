"""How `govnet availability` shows a month: a table, or CSV for a spreadsheet. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from collector.commands.arguments import table
from collector.spreadsheet import csv_text
from collector.verdict.outages.availability import Counted
from collector.verdict.outages.expected import View
from collector.verdict.outages.month import By
from collector.verdict.outages.report import FiguresTold, MonthTold, RowTold
from collector.verdict.wording import ZONE, moment, percent, sentence

_SUBJECT: Final[Mapping[By, str]] = {
    By.SITE: "Điểm",
    By.LINK: "Đường truyền",
    By.UNIT: "Đơn vị",
    By.CARRIER: "Nhà mạng",
    By.ITEM: "Thiết bị, dịch vụ",
}
_VIEW: Final[Mapping[View, str]] = {
    View.USERS: "giờ làm việc",
    View.ALWAYS: "cả ngày đêm",
    View.CARRIER: "trách nhiệm nhà mạng",
    View.OWN: "giờ phải hoạt động",
}
_MINUTES: Final = (
    "phút hoạt động",
    "phút gián đoạn",
    "phút loại trừ",
    "phút không đo được",
    "phút chưa rõ nguyên nhân",
)


def as_table(month: MonthTold, zone: str = ZONE) -> str:
    """Return a line about the month, one per subject, and one for each adjustment."""
    views = _views(month)
    titles = [_SUBJECT[month.by].lower(), "tên"]
    has_unit = month.by in {By.SITE, By.LINK}
    if has_unit:
        titles.append("đơn vị")
    for view in views:
        titles += [f"{_VIEW[view]}: khả dụng %", "đo được %", "phút gián đoạn"]
        if view is View.CARRIER:
            titles.append("phút chưa rõ")
    lines = [titles]
    for row in month.rows:
        cells = [row.id, row.name, *([row.unit] if has_unit else [])]
        for view in views:
            told = row.views[view]
            minutes = told.figures.minutes()
            cells += [
                percent(told.availability),
                percent(told.measured_share),
                str(minutes[Counted.DOWN]),
            ]
            if view is View.CARRIER:
                cells.append(str(minutes[Counted.UNDETERMINED]))
        lines.append(cells)
    remarks = [line for row in month.rows for line in _remarks(row, zone)]
    return "\n".join([_headline(month, zone), table(lines), *remarks])


def as_csv(month: MonthTold) -> str:
    """Return CSV as Excel reads it in Viet Nam."""
    views = _views(month)
    titles = ["Tháng", _SUBJECT[month.by], "Tên", "Mã đơn vị", "Mã nhà mạng"]
    for view in views:
        titles += [f"{title} ({_VIEW[view]})" for title in _titles(view)]
    rows = []
    for row in month.rows:
        cells = [month.month, row.id, row.name, row.unit, row.carrier]
        for view in views:
            cells += _cells(view, row.views[view])
        rows.append(cells)
    return csv_text(titles, rows)


def _titles(view: View) -> list[str]:
    minutes = _MINUTES if view is View.CARRIER else _MINUTES[:-1]
    return [
        *minutes,
        "khả dụng %",
        "tỷ lệ đo được %",
        "khả dụng sau điều chỉnh %",
        "lý do điều chỉnh",
    ]


def _cells(view: View, told: FiguresTold) -> list[str]:
    minutes = told.figures.minutes()
    reasons = [sentence(note, "vi") for one in told.adjustments for note in one.reason]
    return [
        *map(str, minutes if view is View.CARRIER else minutes[:-1]),
        percent(told.availability),
        percent(told.measured_share),
        percent(told.adjusted_availability) if told.adjusted is not None else "",
        " ".join(dict.fromkeys(reasons)),
    ]


def _headline(month: MonthTold, zone: str) -> str:
    year, number = month.month.split("-")
    text = f"Tháng {number}/{year}, tính đến {moment(month.until, zone)}"
    if month.closed_at is None:
        return f"{text}; chưa chốt"
    return f"{text}; đã chốt lúc {moment(month.closed_at, zone)}"


def _remarks(row: RowTold, zone: str) -> Iterator[str]:
    for view, told in row.views.items():
        before = told.availability
        for one in told.adjustments:
            why = " ".join(sentence(note, "vi", zone) for note in one.reason)
            change = f"{percent(before)} -> {percent(one.figures.availability)}"
            yield (f"Điều chỉnh {row.id} ({_VIEW[view]}), {moment(one.at, zone)}: {change}. {why}")
            before = one.figures.availability


def _views(month: MonthTold) -> list[View]:
    return list(month.rows[0].views) if month.rows else []
