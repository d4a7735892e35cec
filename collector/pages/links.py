"""What the page of lines shows: quality, availability against the contract, the worst. Pure.

1. Availability is the carrier's: what it has not to answer for is excluded (`charged`).
2. A line is compared with its contract (`sla_availability_ratio`) only where at least half of the
   time was measured: what nobody saw proves nothing.
3. The worst are those with most time down; repeat faults are several outages within 30 days.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from collector.pages.charts.timeline import DAY_SECONDS
from collector.pages.month_figures import Counted, Views
from collector.pages.named import TECHNOLOGY_WORDS, name_of
from collector.pages.paging import Pages, cut
from collector.pages.shown import AsOf, as_of, lasted
from collector.pages.site_things import (
    Badge,
    ContactRow,
    Grade,
    badge,
    carrier_name,
    fault_contacts,
    grade,
)
from collector.pages.statuses import ORDER, site_href
from collector.series.quality import Quality
from collector.verdict.coverage import Coverage
from collector.verdict.outages.availability import Figures
from collector.verdict.outages.expected import View
from collector.verdict.outages.records import Case
from collector.verdict.verdicts import ItemVerdict
from collector.verdict.wording import moment, percent
from inventory.model import Inventory, Lifecycle, Link, Site
from inventory.names import search_key, sort_key

PATH: Final = "/links"
CSV_PATH: Final = "/links.csv"
WORST: Final = 10
REPEATED: Final = 2
"""So many outages within the days are a repeat fault."""
DAYS: Final = 30
LEAST_MEASURED: Final = 0.5
"""Share of the expected time."""
_NOT_ENOUGH: Final = "chưa đủ số đo"
_KEPT: Final = "Đạt"
_BROKEN: Final = "Chưa đạt"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for: words, a carrier and a unit (ids), and the page (from 1)."""

    query: str = ""
    carrier: str = ""
    unit: str = ""
    page: int = 1

    def href(self, path: str = PATH, **changed: object) -> str:
        """Return the address with these filters, changed so."""
        values = {
            "q": self.query,
            "carrier": self.carrier,
            "unit": self.unit,
            "page": self.page,
        } | changed
        kept = {name: value for name, value in values.items() if value not in {"", 1}}
        return f"{path}?{urlencode(kept)}" if kept else path


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of lines by their id, at one moment (`at`, Unix seconds)."""

    at: float
    verdicts: Mapping[str, ItemVerdict]
    qualities: Mapping[str, Quality]
    month: Counted
    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line. `is_below` its contract; `outages` within 30 days.

    `down` is how long the carrier has to answer for this month, `unclear` how long nobody knows
    yet whether it has.
    """

    site: str
    href: str
    unit: str
    name: str
    technology: str
    carrier: str
    circuit: str
    badge: Badge
    quality: Grade | None
    availability: str
    measured: str
    sla: str
    kept: str
    is_below: bool
    outages: int
    down: str
    unclear: str
    call: tuple[ContactRow, ...]


@dataclass(frozen=True, slots=True)
class CarrierRow:
    """One carrier with all its lines that are shown."""

    name: str
    href: str
    is_selected: bool
    lines: int
    down: int
    availability: str
    measured: str
    below: int
    repeated: int
    call: tuple[ContactRow, ...]


@dataclass(frozen=True, slots=True)
class LinksPage:
    """All that the template prints; `units` are the (id, name) to choose from."""

    as_of: AsOf
    until: str
    month: str
    headline: str
    carriers: tuple[CarrierRow, ...]
    worst: tuple[LineRow, ...]
    repeated: tuple[LineRow, ...]
    rows: tuple[LineRow, ...]
    pages: Pages
    filters: Filters
    units: tuple[tuple[str, str], ...]
    csv_href: str
    clear_href: str


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with where it is and what is known of it."""

    link: Link
    site: Site
    unit: str
    unit_name: str
    verdict: ItemVerdict | None
    figures: Figures
    outages: int

    @property
    def is_below(self) -> bool:
        """Whether it is below its contract this month."""
        share, wanted = self.figures.availability, self.link.sla_availability_ratio
        return self.is_compared and share is not None and wanted is not None and share < wanted

    @property
    def is_compared(self) -> bool:
        """Whether it has a contract, and enough was measured to say anything about it."""
        measured = self.figures.measured_share
        has_contract = self.link.sla_availability_ratio is not None
        return has_contract and measured is not None and measured >= LEAST_MEASURED


def build(inventory: Inventory, coverage: Coverage, known: Known, filters: Filters) -> LinksPage:
    """Return the page; `inventory` and `coverage` are the part that the viewer sees."""
    zone = inventory.province.timezone
    lines = list(_lines(inventory, coverage, known))
    chosen = [line for line in lines if _fits(inventory, line, filters)]
    chosen.sort(key=_place)
    pages, shown = cut(chosen, filters.page, lambda number: filters.href(page=number))
    worst = sorted(
        chosen, key=lambda one: (-one.figures.down_seconds, one.figures.availability or 0.0)
    )
    repeated = sorted(chosen, key=lambda one: -one.outages)
    is_down = sum(_status(one) == "down" for one in chosen)
    below = sum(one.is_below for one in chosen)

    def rows(found: Iterable[_Line]) -> tuple[LineRow, ...]:
        return tuple(_row(inventory, one, known) for one in found)

    return LinksPage(
        as_of=as_of(known.at, zone),
        until=moment(known.month.until, zone),
        month=datetime.fromtimestamp(known.month.until, ZoneInfo(zone)).strftime("%m/%Y"),
        headline=f"{len(chosen)} đường truyền, {is_down} đang mất, {below} chưa đạt cam kết",
        carriers=tuple(_carriers(inventory, lines, filters)),
        worst=rows(one for one in worst[:WORST] if one.figures.down_seconds),
        repeated=rows(one for one in repeated[:WORST] if one.outages >= REPEATED),
        rows=rows(shown),
        pages=pages,
        filters=filters,
        units=_units(lines),
        csv_href=filters.href(CSV_PATH, page=1),
        clear_href=PATH if filters.href(page=1) != PATH else "",
    )


def all_rows(
    inventory: Inventory, coverage: Coverage, known: Known, filters: Filters
) -> Iterator[LineRow]:
    """Yield every line that the filters let through, in the order of the page."""
    lines = [one for one in _lines(inventory, coverage, known) if _fits(inventory, one, filters)]
    for line in sorted(lines, key=_place):
        yield _row(inventory, line, known)


def _lines(inventory: Inventory, coverage: Coverage, known: Known) -> Iterator[_Line]:
    """Yield the lines in use of the sites that are shown."""
    since = known.at - DAYS * DAY_SECONDS
    outages = Counter(
        case.outage.item
        for case in known.cases
        if not case.is_withdrawn and (case.outage.ended_at is None or case.outage.ended_at > since)
    )
    for fact in coverage.facts:
        site = inventory.sites.get(fact.site)
        if site is None or site.lifecycle is not Lifecycle.ACTIVE:
            continue
        for link in site.links_in_use():
            views: Views = known.month.figures.get(link.id, {})
            yield _Line(
                link,
                site,
                fact.unit,
                fact.unit_name,
                known.verdicts.get(link.id),
                views.get(View.CARRIER, Figures()),
                outages[link.id],
            )


def _fits(inventory: Inventory, line: _Line, filters: Filters) -> bool:
    if filters.carrier not in {"", line.link.carrier} or filters.unit not in {"", line.unit}:
        return False
    if not filters.query:
        return True
    known = search_key(
        f"{line.site.name} {line.unit_name} {line.link.circuit or ''}"
        f" {name_of(line.link)} {carrier_name(inventory, line.link)} {line.site.id}"
    )
    return all(word in known for word in search_key(filters.query).split())


def _status(line: _Line) -> str:
    return line.verdict.status if line.verdict is not None else ""


def _place(line: _Line) -> tuple[int, object]:
    """Order: the worst status first, then by the alphabet."""
    status = _status(line)
    return ORDER.index(status) if status in ORDER else len(ORDER), sort_key(line.site.name)


def _row(inventory: Inventory, line: _Line, known: Known) -> LineRow:
    link, figures = line.link, line.figures
    wanted = link.sla_availability_ratio
    kept = (_BROKEN if line.is_below else _KEPT) if line.is_compared else _NOT_ENOUGH
    unclear = figures.undetermined_seconds
    return LineRow(
        site=line.site.name,
        href=site_href(line.site.id),
        unit=line.unit_name,
        name=name_of(link),
        technology=TECHNOLOGY_WORDS[link.technology],
        carrier=carrier_name(inventory, link),
        circuit=link.circuit or "",
        badge=badge(_status(line) or None),
        quality=grade(known.qualities.get(link.id)),
        availability=percent(figures.availability),
        measured=percent(figures.measured_share),
        sla=percent(wanted) if wanted is not None else "",
        kept=kept if wanted is not None else "",
        is_below=line.is_below,
        outages=line.outages,
        down=lasted(figures.down_seconds) if figures.down_seconds else "",
        unclear=lasted(unclear) if unclear else "",
        call=fault_contacts(inventory, link),
    )


def _carriers(
    inventory: Inventory, lines: Sequence[_Line], filters: Filters
) -> Iterator[CarrierRow]:
    """Yield the carriers that have lines, by name; who of them is chosen lets all be seen again."""
    of: dict[str, list[_Line]] = {}
    for line in lines:
        of.setdefault(line.link.carrier, []).append(line)
    for carrier in sorted(of, key=lambda one: sort_key(carrier_name(inventory, of[one][0].link))):
        own = of[carrier]
        figures = sum((one.figures for one in own), Figures())
        is_selected = filters.carrier == carrier
        yield CarrierRow(
            name=carrier_name(inventory, own[0].link),
            href=filters.href(carrier="" if is_selected else carrier, page=1),
            is_selected=is_selected,
            lines=len(own),
            down=sum(_status(one) == "down" for one in own),
            availability=percent(figures.availability),
            measured=percent(figures.measured_share),
            below=sum(one.is_below for one in own),
            repeated=sum(one.outages >= REPEATED for one in own),
            call=fault_contacts(inventory, own[0].link),
        )


def _units(lines: Iterable[_Line]) -> tuple[tuple[str, str], ...]:
    units = {one.unit: one.unit_name for one in lines if one.unit}
    return tuple(sorted(units.items(), key=lambda one: sort_key(one[1])))
