"""What the page of all units shows: their tree with how their sites are, and a search. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from collector.pages.paging import Pages, cut
from collector.pages.shown import AsOf, as_of
from collector.pages.statuses import ORDER, TONES
from collector.verdict.coverage import Coverage, SiteFacts
from collector.verdict.verdicts import Verdicts
from collector.verdict.wording import STATUS_WORDS
from inventory.model import Inventory, Lifecycle, Unit, UnitKind
from inventory.names import search_key, sort_key

PATH: Final = "/units"
MOST_DEPTH: Final = 5
"""So deep at most names are indented."""
KIND_WORDS: Final = {
    UnitKind.PROVINCE: "Tỉnh",
    UnitKind.DISTRICT: "Huyện",
    UnitKind.COMMUNE: "Xã",
    UnitKind.WARD: "Phường",
    UnitKind.SPECIAL_ZONE: "Đặc khu",
    UnitKind.AGENCY: "Cơ quan",
    UnitKind.SUB_UNIT: "Đơn vị trực thuộc",
}
_USED: Final = (Lifecycle.ACTIVE, Lifecycle.EXEMPT)


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many sites have a status."""

    number: int
    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit with everything below it; `former` says by which old name it was found."""

    href: str
    name: str
    kind: str
    former: str
    depth: int
    sites: int
    counts: tuple[StatusCount, ...]
    machines: str


@dataclass(frozen=True, slots=True)
class UnitsPage:
    """All that the template prints."""

    as_of: AsOf
    headline: str
    query: str
    rows: tuple[UnitRow, ...]
    pages: Pages


class Tree:
    """Units in use with what stands at them and below them, counted once for a page."""

    def __init__(self, inventory: Inventory, verdicts: Verdicts, coverage: Coverage) -> None:
        self.children: dict[str, list[Unit]] = {}
        self.roots: list[Unit] = []
        for unit in inventory.units.values():
            if unit.lifecycle not in _USED:
                continue
            if unit.parent in inventory.units:
                self.children.setdefault(unit.parent, []).append(unit)
            else:
                self.roots.append(unit)
        self._units = inventory.units
        self._facts: dict[str, list[SiteFacts]] = {}
        self._statuses: dict[str, Counter[str]] = {}
        self._machines: dict[str, list[int]] = {}
        for fact in coverage.facts:
            verdict = verdicts.sites.get(fact.site)
            if fact.site not in inventory.sites or verdict is None:
                continue
            self._facts.setdefault(fact.unit, []).append(fact)
            of_site = coverage.sites[fact.site]
            for above in self.above(fact.unit):
                self._statuses.setdefault(above, Counter())[verdict.status] += 1
                sums = self._machines.setdefault(above, [0, 0])
                sums[0] += of_site.reporting
                sums[1] += of_site.declared

    def above(self, unit: str) -> Iterator[str]:
        """Yield a unit and those above it."""
        passed: set[str] = set()
        while unit in self._units and unit not in passed:
            passed.add(unit)
            yield unit
            unit = self._units[unit].parent or ""

    def statuses(self, unit: str) -> Counter[str]:
        """Return how many sites of a unit, and of those below it, have each status."""
        return self._statuses.get(unit, Counter())

    def machines(self, unit: str) -> str:
        """Return how many of the declared machines report: `12/30`."""
        reporting, declared = self._machines.get(unit, (0, 0))
        return f"{reporting}/{declared}"

    def sites(self, unit: str) -> Sequence[SiteFacts]:
        """Return the sites that the unit itself uses."""
        return self._facts.get(unit, ())

    def below(self, unit: str) -> Iterator[Unit]:
        """Yield the units right below it, by the alphabet."""
        yield from sorted(self.children.get(unit, ()), key=lambda one: sort_key(one.name))

    def all_sites(self, unit: str) -> Iterator[SiteFacts]:
        """Yield the sites of a unit and of all below it."""
        yield from self.sites(unit)
        for one in self.children.get(unit, ()):
            yield from self.all_sites(one.id)

    def walk(self) -> Iterator[tuple[Unit, int]]:
        """Yield every unit with its depth, each followed by those below it."""
        open_ = [(one, 0) for one in sorted(self.roots, key=lambda one: sort_key(one.name))[::-1]]
        while open_:
            unit, depth = open_.pop()
            yield unit, depth
            open_ += [(one, depth + 1) for one in [*self.below(unit.id)][::-1]]


def counts(statuses: Mapping[str, int]) -> tuple[StatusCount, ...]:
    """Return the statuses that occur, the worst first."""
    return tuple(
        StatusCount(statuses[name], STATUS_WORDS[name]["vi"].lower(), TONES.get(name, "rest"))
        for name in ORDER
        if statuses.get(name)
    )


def row(tree: Tree, unit: Unit, *, depth: int = 0, former: str = "") -> UnitRow:
    """Return a unit as a row of a list."""
    statuses = tree.statuses(unit.id)
    return UnitRow(
        href=f"{PATH}/{unit.id}",
        name=unit.name,
        kind=KIND_WORDS[unit.kind],
        former=former,
        depth=min(depth, MOST_DEPTH),
        sites=statuses.total(),
        counts=counts(statuses),
        machines=tree.machines(unit.id),
    )


def build(
    inventory: Inventory, verdicts: Verdicts, coverage: Coverage, query: str, page: int
) -> UnitsPage:
    """Return a page of the tree, or of what a search finds by a name of today or a former one."""
    tree = Tree(inventory, verdicts, coverage)
    words = search_key(query).split()
    found: list[tuple[Unit, int, str]] = []
    for unit, depth in tree.walk():
        former = _found_by(unit, coverage, words)
        if former is not None:
            found.append((unit, 0 if words else depth, former))

    def href(number: int) -> str:
        kept = {"q": query, "page": "" if number == 1 else str(number)}
        text = urlencode({name: value for name, value in kept.items() if value})
        return f"{PATH}?{text}" if text else PATH

    pages, shown = cut(found, page, href)
    return UnitsPage(
        as_of=as_of(verdicts.judged_at, inventory.province.timezone),
        headline=f"{len(found)} đơn vị" + (f" khớp «{query}»" if words else ""),
        query=query,
        rows=tuple(row(tree, unit, depth=depth, former=old) for unit, depth, old in shown),
        pages=pages,
    )


def _found_by(unit: Unit, coverage: Coverage, words: Sequence[str]) -> str | None:
    """Return by which former names a unit is found, "" by today's; None if not at all."""
    today = search_key(f"{unit.name} {unit.code or ''} {unit.id}")
    missing = [word for word in words if word not in today]
    if not missing:
        return ""
    former = coverage.former_names.get(unit.id, ())
    names = [one.name for one in former if all(word in one.key for word in missing)]
    return f"trước đây: {', '.join(names)}" if names else None
