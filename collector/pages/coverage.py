"""What the page of coverage shows: who is expected, who is there, and what is missing. Pure.

Single office PCs are numbers of their site: a list of who is there would be used to watch people.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from collector.pages.coverage_missing import SiteMissing, missing
from collector.pages.coverage_parts import BEYOND, MACHINES, Group, Part, Tally, parts, total
from collector.pages.downloads import Sheet
from collector.pages.paging import Pages, cut
from collector.pages.shown import AsOf, as_of, decimal, whole
from collector.pages.units import KIND_WORDS, MOST_DEPTH, Tree
from collector.spreadsheet import Cell
from collector.verdict.coverage import Coverage, SiteFacts
from collector.verdict.verdicts import Verdicts
from inventory.model import Inventory, UnitKind
from inventory.names import search_key, sort_key

PATH: Final = "/coverage"
NO_UNIT: Final = "Không thuộc đơn vị nào"
FILE: Final = "do-phu"
TITLES: Final = (
    "Đơn vị",
    "Cấp",
    "Mã điểm",
    "Điểm",
    "Nhóm",
    "Loại",
    "Đã khai",
    "Tính đến",
    "Nguồn",
    "Miễn",
    "Đã ghi danh",
    "Đang báo hoặc đo được",
    "Thiếu",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for: words for units, one unit (id), the order, the page (from 1)."""

    query: str = ""
    unit: str = ""
    worst: bool = False
    page: int = 1

    def href(self, **changed: object) -> str:
        """Return the address of the page with these filters, changed so."""
        values = {
            "q": self.query,
            "unit": self.unit,
            "sort": "thieu" if self.worst else "",
            "page": self.page,
        } | changed
        kept = {name: value for name, value in values.items() if value not in {"", 1}}
        return f"{PATH}?{urlencode(kept)}" if kept else PATH


@dataclass(frozen=True, slots=True)
class Line:
    """Numbers under a name; `href` leads to what they are made of, "" nowhere.

    `enrolled` is "–" for what holds no key; `share` is that which reports, of the declared.
    """

    name: str
    kind: str
    href: str
    depth: int
    sites: int
    declared: int
    exempt: int
    enrolled: str
    reporting: int
    missing: int
    share: str
    tone: str


@dataclass(frozen=True, slots=True)
class CoveragePage:
    """All that the template prints; `sites` are those of a chosen unit, `units` else."""

    as_of: AsOf
    headline: str
    declared_when: str
    filters: Filters
    unit_name: str
    parents: tuple[tuple[str, str], ...]
    levels: tuple[Line, ...]
    kinds: tuple[Line, ...]
    units: tuple[Line, ...]
    sites: tuple[SiteMissing, ...]
    pages: Pages
    csv: str
    xlsx: str


def build(
    inventory: Inventory, coverage: Coverage, verdicts: Verdicts, filters: Filters
) -> CoveragePage:
    """Return the page of everything that is given, or of one unit with those below it.

    A unit that does not exist (or is not seen) is as none.
    """
    tree = Tree(inventory, verdicts, coverage)
    unit = inventory.units.get(filters.unit)
    facts = _facts_of(tree, coverage, filters.unit) if unit else [*coverage.facts]
    chosen = {fact.site for fact in facts}
    found = [one for one in parts(inventory, coverage, verdicts.items) if one.site in chosen]
    by_site: defaultdict[str, list[Part]] = defaultdict(list)
    for one in found:
        by_site[one.site].append(one)
    sites: Sequence[SiteFacts] = ()
    units: Sequence[Line] = ()
    if unit:
        facts.sort(key=lambda fact: (sort_key(fact.unit_name), sort_key(fact.site_name)))
        pages, sites = cut(facts, filters.page, lambda page: filters.href(page=page))
    else:
        rows = [*_units(tree, facts, by_site, filters)]
        pages, units = cut(rows, filters.page, lambda page: filters.href(page=page))
    machines = total(one for one in found if one.group in MACHINES)
    asked = f"?{urlencode({'unit': unit.id})}" if unit else ""
    return CoveragePage(
        as_of=as_of(verdicts.judged_at, inventory.province.timezone),
        headline=_headline(machines),
        declared_when=_declared_when(found),
        filters=filters,
        unit_name=unit.name if unit else "",
        parents=tuple(
            (inventory.units[one].name, Filters(unit=one).href())
            for one in (tree.above(unit.id) if unit else ())
            if unit and one != unit.id
        ),
        levels=tuple(_levels(facts, by_site)),
        kinds=tuple(_kinds(found)),
        units=tuple(units),
        sites=tuple(missing(inventory, coverage, verdicts.items, fact, by_site) for fact in sites),
        pages=pages,
        csv=f"{PATH}.csv{asked}",
        xlsx=f"{PATH}.xlsx{asked}",
    )


def sheet(inventory: Inventory, coverage: Coverage, verdicts: Verdicts, unit: str) -> Sheet:
    """Return a row for every kind of every site, of one unit if that is given."""
    tree = Tree(inventory, verdicts, coverage)
    is_one = unit in inventory.units
    chosen = _facts_of(tree, coverage, unit) if is_one else coverage.facts
    facts = {fact.site: fact for fact in chosen}

    def rows() -> Iterator[Sequence[Cell]]:
        for one in parts(inventory, coverage, verdicts.items):
            fact, tally = facts.get(one.site), one.tally
            if fact is None:
                continue
            yield (
                fact.unit_name or NO_UNIT,
                _level(fact.unit_kind),
                fact.site,
                fact.site_name,
                one.group.value,
                one.kind,
                tally.declared,
                one.as_of,
                one.source,
                tally.exempt,
                tally.enrolled if one.group in MACHINES else "",
                tally.reporting,
                tally.lacking,
            )

    return Sheet(FILE, "Độ phủ", TITLES, [*rows()])


def _facts_of(tree: Tree, coverage: Coverage, unit: str) -> list[SiteFacts]:
    """Return the sites of a unit and of all below it."""
    return [fact for fact in coverage.facts if unit in tree.above(fact.unit)]


def _headline(machines: Tally) -> str:
    if not machines.declared:
        return "Chưa khai máy nào"
    share = decimal(100 * machines.reporting / machines.declared, 2)
    return f"{whole(machines.reporting)}/{whole(machines.declared)} máy đang báo về ({share} %)"


def _declared_when(found: Iterable[Part]) -> str:
    """Return from when and from where the numbers of machines are."""
    counted = [one for one in found if one.as_of and one.group in MACHINES]
    if not counted:
        return "Mọi máy được khai từng máy một, không có số kiểm kê."
    days = sorted({one.as_of for one in counted}, key=lambda day: day.split("/")[::-1])
    when = days[0] if len(days) == 1 else f"{days[0]} đến {days[-1]}"
    sources = sorted({one.source for one in counted}, key=sort_key)
    named = "; ".join(sources[:3]) + (f" và {len(sources) - 3} nguồn khác" if sources[3:] else "")
    return f"Số máy khai theo kiểm kê tính đến {when}, nguồn: {named}."


def _level(kind: str) -> str:
    return KIND_WORDS[UnitKind(kind)] if kind else NO_UNIT


def _levels(facts: Iterable[SiteFacts], by_site: dict[str, list[Part]]) -> Iterator[Line]:
    """Yield a line for each level of units that use sites."""
    sites: defaultdict[str, list[str]] = defaultdict(list)
    for fact in facts:
        sites[fact.unit_kind].append(fact.site)
    for kind in (*UnitKind, ""):
        if kind in sites:
            yield _line(_level(kind), _machines(sites[kind], by_site), sites=len(sites[kind]))


def _machines(sites: Iterable[str], by_site: dict[str, list[Part]]) -> Tally:
    return total(one for site in sites for one in by_site.get(site, ()) if one.group in MACHINES)


def _kinds(found: Iterable[Part]) -> Iterator[Line]:
    """Yield a line for each kind, grouped as people speak of them."""
    tallies: dict[tuple[Group, str], Tally] = {}
    sites: defaultdict[tuple[Group, str], set[str]] = defaultdict(set)
    for one in found:
        key = one.group, one.kind
        tallies[key] = tallies.get(key, Tally()) + one.tally
        sites[key].add(one.site)
    order = list(Group)
    for group, kind in sorted(
        tallies, key=lambda key: (key[1] == BEYOND, order.index(key[0]), sort_key(key[1]))
    ):
        key = group, kind
        yield _line(
            kind, tallies[key], kind=group.value, sites=len(sites[key]), keys=group in MACHINES
        )


def _units(
    tree: Tree, facts: Iterable[SiteFacts], by_site: dict[str, list[Part]], filters: Filters
) -> Iterator[Line]:
    """Yield every unit with what stands at it and below it."""
    tallies: dict[str, Tally] = {}
    sites: defaultdict[str, int] = defaultdict(int)
    for fact in facts:
        own = _machines([fact.site], by_site)
        for above in tree.above(fact.unit):
            tallies[above] = tallies.get(above, Tally()) + own
            sites[above] += 1
    words = search_key(filters.query).split()
    rows = [
        (unit, depth)
        for unit, depth in tree.walk()
        if sites[unit.id] and all(word in search_key(unit.name) for word in words)
    ]
    is_flat = bool(words) or filters.worst
    if filters.worst:
        rows.sort(key=lambda row: -tallies[row[0].id].lacking)
    for unit, depth in rows:
        yield _line(
            unit.name,
            tallies[unit.id],
            kind=KIND_WORDS[unit.kind],
            sites=sites[unit.id],
            href=Filters(unit=unit.id).href(),
            depth=0 if is_flat else min(depth, MOST_DEPTH),
        )


def _line(
    name: str,
    tally: Tally,
    *,
    kind: str = "",
    sites: int,
    href: str = "",
    depth: int = 0,
    keys: bool = True,
) -> Line:
    share = decimal(100 * tally.reporting / tally.declared, 2) + " %" if tally.declared else "–"
    return Line(
        name=name,
        kind=kind,
        href=href,
        depth=depth,
        sites=sites,
        declared=tally.declared,
        exempt=tally.exempt,
        enrolled=whole(tally.enrolled) if keys else "–",
        reporting=tally.reporting,
        missing=tally.lacking,
        share=share,
        tone="warn" if tally.lacking else "",
    )
