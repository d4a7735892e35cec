"""What the page of the inventory shows: things found, and what they tell of themselves. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from collector.accounts.scope import is_under
from collector.pages.downloads import Sheet
from collector.pages.paging import Pages, cut
from collector.pages.shown import AsOf, as_of, whole
from collector.pages.stock import (
    KIND_WORDS,
    LIFECYCLE_WORDS,
    SILENT,
    Entry,
    Kind,
    Self,
    told_by,
)
from inventory.model import Inventory, Lifecycle
from inventory.names import search_key, sort_key

PATH: Final = "/inventory"
FILE: Final = "kho-thiet-bi"
TITLES: Final = (
    "Loại",
    "Tên",
    "Mã",
    "Điểm",
    "Đơn vị",
    "Nhóm",
    "Model (khai)",
    "Vòng đời",
    "Địa chỉ",
    "Số mạch",
    "Số sê-ri (khai)",
    "Mã tài sản (khai)",
    "Model (tự báo)",
    "Số sê-ri (tự báo)",
    "Mã tài sản (tự báo)",
    "Phần mềm (tự báo)",
    "Khác nhau",
    "Ghi chú",
)

Facts = Mapping[str, Mapping[str, str]]
"""Full id of a machine or device -> what it told, text by key."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for: words, kind, unit (id), sort or model, lifecycle, page (from 1)."""

    query: str = ""
    kind: str = ""
    unit: str = ""
    sort: str = ""
    lifecycle: str = ""
    page: int = 1

    def href(self, path: str = PATH, **changed: object) -> str:
        """Return the address of the page, or of its table, with these filters, changed so."""
        values = {
            "q": self.query,
            "kind": self.kind,
            "unit": self.unit,
            "sort": self.sort,
            "life": self.lifecycle,
            "page": self.page,
        } | changed
        kept = {name: value for name, value in values.items() if value not in {"", 1}}
        return f"{path}?{urlencode(kept)}" if kept else path


@dataclass(frozen=True, slots=True)
class Tile:
    """How many there are of a kind; it filters by that."""

    number: int
    label: str
    href: str
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One thing with what it tells of itself."""

    entry: Entry
    kind: str
    lifecycle: str
    href: str
    told: Self


@dataclass(frozen=True, slots=True)
class InventoryPage:
    """All that the template prints."""

    as_of: AsOf
    headline: str
    filters: Filters
    tiles: tuple[Tile, ...]
    rows: tuple[Row, ...]
    pages: Pages
    units: tuple[tuple[str, str], ...]
    sorts: tuple[str, ...]
    lifecycles: tuple[tuple[str, str], ...]
    is_filtered: bool
    csv: str
    xlsx: str


def found(inventory: Inventory, everything: Iterable[Entry], filters: Filters) -> list[Entry]:
    """Return what the filters let through but for that of the kind, in the inventory's order."""
    words = search_key(filters.query).split()
    units = (
        {unit for unit in inventory.units if is_under(inventory, unit, filters.unit)}
        if filters.unit
        else None
    )
    return [
        one
        for one in everything
        if all(word in one.key for word in words)
        and (units is None or one.unit in units)
        and (not filters.sort or filters.sort in {one.family, one.model})
        and (not filters.lifecycle or filters.lifecycle == one.lifecycle)
    ]


def of_kind(ones: Sequence[Entry], kind: str) -> Sequence[Entry]:
    """Return those of a kind, all without one."""
    return [one for one in ones if one.kind == kind] if kind else ones


def asked_ids(ones: Iterable[Entry]) -> tuple[list[str], list[str]]:
    """Return of which machines and of which devices facts are wanted."""
    shown = list(ones)
    return (
        [one.id for one in shown if one.kind is Kind.MACHINE],
        [one.id for one in shown if one.kind is Kind.DEVICE],
    )


def cut_of(ones: Sequence[Entry], filters: Filters) -> tuple[Pages, Sequence[Entry]]:
    """Return the entries of the page that is asked for."""
    return cut(of_kind(ones, filters.kind), filters.page, lambda page: filters.href(page=page))


def build(
    inventory: Inventory,
    everything: Sequence[Entry],
    ones: Sequence[Entry],
    facts: Facts,
    filters: Filters,
    *,
    at: float,
) -> InventoryPage:
    """Return the page; `ones` are those of `found`, `at` is now (Unix seconds)."""
    pages, shown = cut_of(ones, filters)
    numbers = Counter(one.kind for one in ones)
    of_this_kind = of_kind(everything, filters.kind)
    sorts = {text for one in of_this_kind for text in (one.family, one.model) if text}
    return InventoryPage(
        as_of=as_of(at, inventory.province.timezone),
        headline=f"{whole(pages.total)} mục trong danh mục",
        filters=filters,
        tiles=tuple(_tiles(numbers, filters)),
        rows=tuple(
            Row(
                one,
                KIND_WORDS[one.kind],
                LIFECYCLE_WORDS[Lifecycle(one.lifecycle)],
                f"/sites/{one.site}" if one.site else "",
                told_by(one, facts[one.id]) if one.id in facts else SILENT,
            )
            for one in shown
        ),
        pages=pages,
        units=tuple(
            sorted(
                ((unit.id, unit.name) for unit in inventory.units.values()),
                key=lambda unit: sort_key(unit[1]),
            )
        ),
        sorts=tuple(sorted(sorts, key=sort_key)),
        lifecycles=tuple((one.value, word) for one, word in LIFECYCLE_WORDS.items()),
        is_filtered=filters.href(page=1) != PATH,
        csv=filters.href(f"{PATH}.csv", page=1),
        xlsx=filters.href(f"{PATH}.xlsx", page=1),
    )


def sheet(ones: Iterable[Entry], facts: Facts) -> Sheet:
    """Return a row for each of these."""

    def rows() -> Iterator[tuple[str, ...]]:
        for one in ones:
            told = told_by(one, facts[one.id]) if one.id in facts else SILENT
            yield (
                KIND_WORDS[one.kind],
                one.name,
                one.id,
                one.site_name,
                one.unit_name,
                one.family,
                one.model,
                LIFECYCLE_WORDS[Lifecycle(one.lifecycle)],
                one.address,
                one.circuit,
                one.serial,
                one.asset_tag,
                told.model,
                told.serial,
                told.asset_tag,
                told.software,
                ", ".join(difference.what for difference in told.differences),
                one.note,
            )

    return Sheet(FILE, "Kho thiết bị", TITLES, rows())


def _tiles(numbers: Mapping[Kind, int], filters: Filters) -> Iterator[Tile]:
    for kind, label in KIND_WORDS.items():
        is_selected = filters.kind == kind
        if numbers.get(kind) or is_selected:
            href = filters.href(kind="" if is_selected else kind.value, page=1)
            yield Tile(numbers.get(kind, 0), label, href, is_selected)
