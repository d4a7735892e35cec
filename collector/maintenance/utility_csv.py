"""The utility's list of announced power cuts: CSV text -> rows, or every mistake at once. Pure.

UTF-8 with or without BOM, separated by `;` or `,`. The first line that is not empty names the
columns, in any order; what else stands there is not read:

    Khu vực mất điện;Thời gian bắt đầu;Thời gian kết thúc;Lý do
    Thôn Thạnh Nghĩa, xã Đơn Dương;01/12/2026 07:30;01/12/2026 17:00;Bảo trì lưới điện
"""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from collector.maintenance.asked import MAX_DAYS, MAX_TEXT
from collector.maintenance.records import Announced
from collector.maintenance.times import read_time, shown
from govnet.errors import ConfigError
from inventory.names import search_key
from inventory.problems import Place, Problems, Spot, quoted
from inventory.problems import shown as as_found

AREA, START, END, REASON = "Khu vực", "Từ", "Đến", "Lý do"
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    AREA: ("Khu vực", "Khu vực mất điện"),
    START: ("Từ", "Thời gian bắt đầu"),
    END: ("Đến", "Thời gian kết thúc"),
    REASON: ("Lý do",),
}
"""Column -> the names it may have; compared without diacritics."""
NEEDED: Final = (AREA, START, END)
MAX_AREA: Final = 4000
"""Longest text of an area, in characters: a district's hamlets fit in."""
_DAY_SECONDS: Final = 86_400.0


class _Record(NamedTuple):
    """The fields of a line, and where each begins."""

    fields: list[str]
    spots: list[Place]


def decode(data: bytes, file: str) -> str:
    """Return the text of a file; raises ConfigError if it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        column = exc.start - data.rfind(b"\n", 0, exc.start)
        how = "save it as «CSV UTF-8» in Excel"
        raise ConfigError(
            [f"{file}:{line}:{column}: expected UTF-8 text, got another encoding ({how})"]
        ) from exc


def read_notices(text: str, file: str, zone: ZoneInfo) -> list[Announced]:
    """Return the rows; raises ConfigError with every mistake of the file."""
    problems = Problems()
    rows = list(_rows(text, file, zone, problems))
    problems.raise_if_any()
    return rows


def _rows(text: str, file: str, zone: ZoneInfo, problems: Problems) -> Iterator[Announced]:
    records = _records(text, file)
    header = next(records, None)
    if header is None:
        spot = Spot(Place(file, 1, 1), "")
        problems.add(spot, "a line that names the columns", "an empty file")
        return
    columns = _columns(header, problems)
    if any(name not in columns for name in NEEDED):
        return
    for record in records:
        row = _row(record, columns, zone, problems)
        if row is not None:
            yield row


def _columns(header: _Record, problems: Problems) -> dict[str, int]:
    """Return where every column stands."""
    found: dict[str, int] = {}
    keys = [search_key(field) for field in header.fields]
    for name, names in COLUMNS.items():
        places = [at for at, key in enumerate(keys) if key in map(search_key, names)]
        if len(places) > 1:
            spot = Spot(header.spots[places[1]], name)
            problems.add(spot, "this column once", quoted(header.fields[places[1]]))
        elif not places and name in NEEDED:
            got = ", ".join(quoted(field) for field in header.fields)
            expected = f"a column {' or '.join(quoted(one) for one in names)}"
            problems.add(Spot(header.spots[0], ""), expected, as_columns(got))
        if places:
            found[name] = places[0]
    return found


def as_columns(text: str) -> str:
    """Return the found columns as one phrase of a bearable length."""
    longest = 200
    return text if len(text) <= longest else text[:longest] + "…"


def _row(
    record: _Record, columns: dict[str, int], zone: ZoneInfo, problems: Problems
) -> Announced | None:
    before = len(problems)

    def field(name: str) -> tuple[str, Spot]:
        at = columns.get(name, len(record.fields))
        if at < len(record.fields):
            return " ".join(record.fields[at].split()), Spot(record.spots[at], name)
        return "", Spot(record.spots[-1], name)

    (area, area_spot), (reason, reason_spot) = field(AREA), field(REASON)
    if not area:
        problems.add(area_spot, "the area without power", "nothing")
    elif len(area) > MAX_AREA:
        problems.add(area_spot, f"at most {MAX_AREA} characters", f"{len(area)}")
    if len(reason) > MAX_TEXT:
        problems.add(reason_spot, f"at most {MAX_TEXT} characters", f"{len(reason)}")
    times = []
    for name in (START, END):
        written, spot = field(name)
        at = read_time(written, zone)
        if at is None:
            got = as_found(written) if written else "nothing"
            problems.add(spot, "a time like 01/12/2026 07:30 or 2026-12-01 07:30", got)
        else:
            times.append(at)
    if len(times) == len((START, END)):
        _check_span(times[0], times[1], field(END), zone, problems)
    if len(problems) > before:
        return None
    return Announced(area=area, start=times[0], end=times[1], reason=reason)


def _check_span(
    start: float, end: float, written: tuple[str, Spot], zone: ZoneInfo, problems: Problems
) -> None:
    text, spot = written
    if end <= start:
        problems.add(spot, f"a time after the start, {shown(start, zone)}", as_found(text))
    elif end - start > MAX_DAYS * _DAY_SECONDS:
        problems.add(spot, f"at most {MAX_DAYS} days after the start", as_found(text))


def _records(text: str, file: str) -> Iterator[_Record]:
    """Yield the lines that hold anything; a quoted field may go over several lines."""
    lines = list(StringIO(text, newline=""))
    first = next((line for line in lines if line.strip()), "")
    separator = max(";,", key=first.count)
    reader = csv.reader(lines, delimiter=separator)
    began = 0
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as exc:
            raise ConfigError([f"{file}:{reader.line_num}:1: expected CSV, got: {exc}"]) from exc
        if fields is None:
            return
        raw = "".join(lines[began : reader.line_num])
        if any(field.strip() for field in fields):
            yield _Record(fields, list(_places(raw, separator, file, began + 1)))
        began = reader.line_num


def _places(raw: str, separator: str, file: str, line: int) -> Iterator[Place]:
    """Yield where each field of a record begins; only a field's first quote makes it quoted."""
    column, is_start, is_quoted, was_quote = 1, True, False, False
    yield Place(file, line, column)
    for character in raw:
        column += 1
        if is_quoted and character == '"':
            was_quote = not was_quote
        elif is_quoted and not was_quote:
            if character == "\n":
                line, column = line + 1, 1
        elif character == separator:
            is_start, is_quoted, was_quote = True, False, False
            yield Place(file, line, column)
            continue
        else:
            is_quoted = is_start and character == '"'
            was_quote = False
        is_start = False
