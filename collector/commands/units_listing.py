"""Official units in words: what `govnet units` prints, in Vietnamese. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from collector.commands.arguments import table
from inventory.model import UnitKind
from inventory.problems import quoted
from inventory.units.became import above, today
from inventory.units.find import Fit, Match
from inventory.units.kinds import word_of
from inventory.units.records import (
    OfficialLineage,
    OfficialUnit,
    OfficialUnits,
    OfficialVersion,
)

NAMED: Final = 3
"""So many units of today are named in one line; of more the number is said."""
LINEAGE_WORDS: Final = {
    "merged": "nhập toàn bộ",
    "split": "một phần",
    "renamed": "toàn bộ, thành đơn vị mới",
}
FIT_WORDS: Final = {
    Fit.OTHERWISE: "Không có đơn vị nào đúng như vậy; gần giống:",
    Fit.PART: "Không có đơn vị nào đúng tên như vậy; tên có chứa:",
}


def found(units: OfficialUnits, matches: Sequence[Match], limit: int, *, today: bool) -> str:
    """Return the table of matches, or of what they are today, and what was left out."""
    rows = _rows_of_today(units, matches) if today else _rows(units, matches)
    said = FIT_WORDS.get(matches[0].fit, "")
    if not said and not matches[0].kind_fits:
        said = "Không có đơn vị nào thuộc loại đó; cùng tên:"
    lines = [*([said] if said else []), table([rows[0], *rows[1 : limit + 1]])]
    left = len(rows) - 1 - limit
    if left > 0:
        lines.append(f"còn {left} đơn vị nữa: thêm huyện, tỉnh sau tên, hoặc --province, --limit")
    return "\n".join(lines)


def nothing(text: str, near: Sequence[str], elsewhere: int) -> str:
    """Return what to say when no unit fits; `elsewhere` so many do in other provinces."""
    lines = [f"không tìm thấy đơn vị nào: {quoted(text)}"]
    if elsewhere:
        lines.append(f"ở tỉnh khác có {elsewhere} đơn vị: bỏ --province để xem")
    elif near:
        lines.append(f"có phải: {', '.join(near[:NAMED])}?")
    return "\n".join(lines)


def history(units: OfficialUnits, unit: OfficialUnit) -> str:
    """Return everything known of one unit as a text: names by period, origins, successors."""
    ended = "" if unit.is_current else "   (đã hết hiệu lực)"
    lines = [f"{unit.newest.name}   {unit.id}{ended}"]
    lines += [f"  {_version_line(units, one)}" for one in reversed(unit.versions)]
    lines += [f"  {line}" for line in _area(unit)]
    origins = units.origins.get(unit.id, ())
    if origins:
        lines += ["Đến từ:", *_tree(units, origins, back=True)]
    successors = units.successors.get(unit.id, ())
    if successors:
        lines += ["Trở thành:", *_tree(units, successors, back=False)]
    lines += _members(units, unit)
    return "\n".join(lines)


def _rows(units: OfficialUnits, matches: Sequence[Match]) -> list[tuple[str, ...]]:
    head = ("mã đơn vị", "mã", "tên", "thuộc", "từ", "đến hết", "nay là")
    return [head, *(_row(units, match) for match in matches)]


def _row(units: OfficialUnits, match: Match) -> tuple[str, ...]:
    version = match.version
    return (
        match.unit.id,
        version.code,
        version.name,
        _place(units, version),
        _day(version.valid_from),
        _last_day(version),
        "" if version.valid_to is None else _is_today(units, match),
    )


def _is_today(units: OfficialUnits, match: Match) -> str:
    names = [_full(units, one.newest) for one in match.today]
    if len(names) == 1:
        return names[0]
    short = ", ".join(one.newest.name for one in match.today[:NAMED])
    return f"{len(names)} đơn vị: {short}{' ...' if len(names) > NAMED else ''}"


def _rows_of_today(units: OfficialUnits, matches: Sequence[Match]) -> list[tuple[str, ...]]:
    """Return each unit of today once, in the order of the first name that leads to it."""
    names: dict[str, list[str]] = {}
    for match in matches:
        for one in match.today:
            former = match.version.valid_to is not None
            said = f"{_full(units, match.version)} (cũ)" if former else ""
            names.setdefault(one.id, []).append(said)
    rows = []
    for unit, by_names in names.items():
        version = units.units[unit].newest
        by = "" if "" in by_names else "; ".join(by_names)
        place, since = _place(units, version), _day(version.valid_from)
        rows.append((unit, version.code, version.name, place, since, by))
    return [("mã đơn vị", "mã", "tên", "thuộc", "từ", "tìm thấy theo tên"), *rows]


def _version_line(units: OfficialUnits, version: OfficialVersion) -> str:
    period = " ".join(
        part
        for part in (
            f"từ {_day(version.valid_from)}" if version.valid_from else "",
            f"đến hết {_last_day(version)}" if version.valid_to else "",
        )
        if part
    )
    place = _place(units, version)
    said = f"{version.name}, mã {version.code}{f', thuộc {place}' if place else ''}"
    return f"{period}: {said}" if period else said


def _area(unit: OfficialUnit) -> Iterator[str]:
    if unit.latitude is not None and unit.longitude is not None:
        size = f"; diện tích {unit.area_km2:.2f} km²".replace(".", ",") if unit.area_km2 else ""
        yield f"khoảng giữa địa bàn {unit.latitude:.4f}, {unit.longitude:.4f}{size}"


def _tree(
    units: OfficialUnits, ways: Sequence[OfficialLineage], *, back: bool, before: str = ""
) -> Iterator[str]:
    """Yield the units that lineage leads to, and below each those it leads on to."""
    for number, way in enumerate(ways, 1):
        last = number == len(ways)
        unit = units.units[way.old if back else way.new]
        said = f"{_full(units, unit.newest)} (mã {unit.newest.code})"
        how = f"{LINEAGE_WORDS[way.kind]}, ngày {_day(way.on)}"
        yield f"{before}{'└─' if last else '├─'} {said}: {how}   {unit.id}"
        further = (units.origins if back else units.successors).get(unit.id, ())
        yield from _tree(units, further, back=back, before=before + ("   " if last else "│  "))


def _members(units: OfficialUnits, unit: OfficialUnit) -> Iterator[str]:
    """Yield how many lie in a province, and which lay in a district with what became of each."""
    if unit.newest.kind is UnitKind.DISTRICT:
        communes = units.members.get(unit.id, ())
        if communes:
            yield f"Từng gồm {len(communes)} xã, phường, thị trấn:"
        for number, one in enumerate(communes, 1):
            former = next(version for version in one.versions if version.parent == unit.id)
            now = ", ".join(heir.newest.name for heir in today(units, one))
            mark = "└─" if number == len(communes) else "├─"
            yield f"{mark} {former.name} (mã {former.code}): nay là {now}   {one.id}"
    elif unit.newest.kind is UnitKind.PROVINCE:
        for version_ended, words in ((False, "Gồm"), (True, "Từng gồm")):
            kinds = Counter(
                word_of(version.name).lower()
                for one in units.members.get(unit.id, ())
                for version in one.versions
                if version.parent == unit.id and (version.valid_to is not None) == version_ended
            )
            if kinds:
                yield f"{words}: {', '.join(f'{n} {kind}' for kind, n in kinds.most_common())}"


def _full(units: OfficialUnits, version: OfficialVersion) -> str:
    place = _place(units, version)
    return f"{version.name}, {place}" if place else version.name


def _place(units: OfficialUnits, version: OfficialVersion) -> str:
    return ", ".join(one.name for one in above(units, version))


def _last_day(version: OfficialVersion) -> str:
    return _day(version.valid_to - timedelta(days=1)) if version.valid_to else ""


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""
