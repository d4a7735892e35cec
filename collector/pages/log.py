"""What the page of the log shows: the lines of some days, filtered, the newest first. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from collector.pages.downloads import Sheet
from collector.pages.log_events import KIND_NAMES, PUBLIC, Event, Kind
from collector.pages.paging import Pages, cut
from collector.pages.shown import AsOf, as_of, whole
from collector.verdict.wording import moment
from inventory.model import Inventory
from inventory.names import search_key, sort_key

PATH: Final = "/log"
FILE: Final = "nhat-ky"
USUAL_DAYS: Final = 7
TITLES: Final = ("Lúc", "Loại", "Việc", "Ở đâu, của gì", "Chi tiết", "Ai")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for: the first and last day, kind, site (id), words, page (from 1)."""

    since: date
    until: date
    kind: str = ""
    site: str = ""
    query: str = ""
    page: int = 1

    def href(self, path: str = PATH, **changed: object) -> str:
        """Return the address of the page, or of its table, with these filters, changed so."""
        values = {
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "kind": self.kind,
            "site": self.site,
            "q": self.query,
            "page": self.page,
        } | changed
        kept = {name: value for name, value in values.items() if value not in {"", 1}}
        return f"{path}?{urlencode(kept)}"

    def span(self, zone: str) -> tuple[float, float]:
        """Return the Unix seconds from the first day's beginning up to the last day's end."""
        begin, end = (
            datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()
            for day in (self.since, self.until + timedelta(days=1))
        )
        return begin, end


@dataclass(frozen=True, slots=True)
class Line:
    """One line as a person reads it; `href` leads to its site, "" nowhere."""

    at: str
    kind: str
    what: str
    place: str
    href: str
    detail: str
    who: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """All that the template prints."""

    as_of: AsOf
    headline: str
    filters: Filters
    tiles: tuple[tuple[int, str, str, bool], ...]
    lines: tuple[Line, ...]
    pages: Pages
    sites: tuple[tuple[str, str], ...]
    csv: str


def found(inventory: Inventory, events: Iterable[Event], filters: Filters) -> list[Event]:
    """Return what all filters but that of the kind let through, the newest first."""
    begin, end = filters.span(inventory.province.timezone)
    words = search_key(filters.query).split()

    def is_found(one: Event) -> bool:
        key = search_key(f"{one.what} {one.place} {one.detail} {one.who}") if words else ""
        return (
            begin <= one.at < end
            and filters.site in {"", one.site}
            and all(word in key for word in words)
        )

    return sorted(filter(is_found, events), key=lambda one: one.at, reverse=True)


def of_kind(events: Sequence[Event], kind: str) -> Sequence[Event]:
    """Return those of a kind, all without one."""
    return [one for one in events if one.kind == kind] if kind else events


def build(
    inventory: Inventory,
    events: Sequence[Event],
    filters: Filters,
    *,
    is_admin: bool,
    at: float,
) -> LogPage:
    """Return the page; `events` are those of `found`, `at` is now (Unix seconds)."""
    zone = inventory.province.timezone
    pages, shown = cut(
        of_kind(events, filters.kind), filters.page, lambda page: filters.href(page=page)
    )
    numbers = Counter(one.kind for one in events)
    kinds = tuple(Kind) if is_admin else PUBLIC
    sites = sorted(
        ((one.id, one.name) for one in inventory.sites.values()), key=lambda one: sort_key(one[1])
    )
    since, until = (day.strftime("%d/%m/%Y") for day in (filters.since, filters.until))
    return LogPage(
        as_of=as_of(at, zone),
        headline=f"{whole(pages.total)} việc từ {since} đến {until}",
        filters=filters,
        tiles=tuple(
            (
                numbers[kind],
                KIND_NAMES[kind],
                filters.href(kind="" if filters.kind == kind else kind.value, page=1),
                filters.kind == kind,
            )
            for kind in kinds
        ),
        lines=tuple(_line(inventory, one) for one in shown),
        pages=pages,
        sites=tuple(sites),
        csv=filters.href(f"{PATH}.csv", page=1),
    )


def sheet(inventory: Inventory, events: Iterable[Event]) -> Sheet:
    """Return a row for each of these."""

    def rows() -> Iterator[tuple[str, ...]]:
        for one in events:
            line = _line(inventory, one)
            yield line.at, line.kind, line.what, line.place, line.detail, line.who

    return Sheet(FILE, "Nhật ký", TITLES, rows())


def _line(inventory: Inventory, one: Event) -> Line:
    return Line(
        moment(one.at, inventory.province.timezone),
        KIND_NAMES[one.kind],
        one.what,
        one.place,
        f"/sites/{one.site}" if one.site in inventory.sites else "",
        one.detail,
        one.who,
    )
