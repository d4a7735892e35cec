"""The province as the first page shows it: a tile for each unit, or a point where it lies. Pure.

A unit with several sites shows the worst of them. Colour never stands alone: a fault is a word, a
point of the outline has its own shape.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from collector.pages.charts.outline import Point, frame, hull
from collector.pages.statuses import FAULTY, ORDER, TONES, site_href
from collector.verdict.coverage import Coverage, SiteFacts
from collector.verdict.verdicts import SiteVerdict, Verdicts
from collector.verdict.wording import CAUSE_WORDS, STATUS_WORDS
from inventory.model import Inventory
from inventory.names import sort_key

SIGNS: Final = {
    "down": "M",
    "degraded": "S",
    "unreachable": "K",
    "unknown": "?",
    "never_seen": "–",
    "maintenance": "B",
    "exempt": "·",
    "up": "✓",
}
"""The letter of a status on its tile."""
SHAPES: Final = {"down": "square", "degraded": "triangle", "unreachable": "triangle", "up": "dot"}
"""Status -> how its point looks; every other one is a ring."""
MOST_TILES: Final = 600
"""Of more units only those that do not simply work are drawn; the others are counted."""
MOST_NAMED: Final = 24
"""More faulty points are not named on the outline: their names would cover each other."""
NO_CLUSTER: Final = "Chưa xếp cụm"
_PREFIXES: Final = ("Xã ", "Phường ", "Đặc khu ")


@dataclass(frozen=True, slots=True)
class Tile:
    """One unit: a short name, its state as a sign and in words, and where to read more.

    `number` says how many of its sites are in that state, of several; empty for one site.
    """

    name: str
    full_name: str
    sign: str
    label: str
    cause: str
    number: str
    tone: str
    href: str
    is_faulty: bool


@dataclass(frozen=True, slots=True)
class Cluster:
    """The units of one cluster; `more` tells of those without a tile."""

    name: str
    tiles: tuple[Tile, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Spot:
    """One unit on the outline, at `x`, `y`; `is_named` if its name stands beside it."""

    x: float
    y: float
    name: str
    label: str
    tone: str
    shape: str
    is_named: bool
    is_left: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """The drawing; `corners` are the outline's as SVG has them, `unplaced` lie nowhere.

    `crowd` is one path of points for those that work, where there are too many for one each.
    """

    width: float
    height: float
    corners: str
    spots: tuple[Spot, ...]
    crowd: str
    unplaced: int
    summary: str


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    cluster: str
    worst: SiteVerdict
    same: int
    sites: int
    site: str
    where: Point | None


def tiles(
    inventory: Inventory, verdicts: Verdicts, coverage: Coverage, *, is_worst_first: bool = False
) -> tuple[Cluster, ...]:
    """Return the tiles by cluster, in the order of the alphabet; or those with faults above."""
    units = _units(verdicts, coverage)
    is_cut = len(units) > MOST_TILES
    groups: dict[str, list[_Unit]] = {}
    for unit in units:
        groups.setdefault(unit.cluster, []).append(unit)
    room, made = MOST_TILES, []
    for cluster, members in sorted(groups.items(), key=lambda one: _cluster_place(inventory, one)):
        drawn = [one for one in members if not is_cut or one.worst.status not in {"up", "exempt"}]
        drawn = drawn[:room]
        room -= len(drawn)
        left = len(members) - len(drawn)
        made.append(
            Cluster(
                _cluster(inventory, cluster),
                tuple(map(_tile, drawn)),
                f"và {left} đơn vị khác" if left else "",
            )
        )
    if is_worst_first:
        made.sort(key=lambda cluster: all(not tile.is_faulty for tile in cluster.tiles))
    return tuple(made)


def outline(verdicts: Verdicts, coverage: Coverage) -> Outline | None:
    """Return the units where they lie; None where no coordinates are known."""
    units = _units(verdicts, coverage)
    placed = [(unit, unit.where) for unit in units if unit.where is not None]
    if not placed:
        return None
    around = frame([where for _, where in placed])
    faulty = sum(unit.worst.status in FAULTY for unit, _ in placed)
    # The worst are drawn last, above the others.
    placed.sort(key=lambda one: -_rank(one[0].worst))
    spots, crowd = [], []
    points = [around.place(*where) for _, where in placed]
    is_crowd = len(placed) > MOST_TILES
    for (unit, _), (x, y) in zip(placed, points, strict=True):
        if is_crowd and unit.worst.status in {"up", "exempt"}:
            crowd.append(f"M{x:g} {y:g}h0")
            continue
        is_named = unit.worst.status in FAULTY and faulty <= MOST_NAMED
        spots.append(
            Spot(
                x,
                y,
                unit.name,
                _label(unit.worst),
                _tone(unit.worst),
                SHAPES.get(unit.worst.status, "ring"),
                is_named,
                is_left=x > around.width * 0.7,
            )
        )
    corners = hull(points)
    return Outline(
        around.width,
        around.height,
        " ".join(f"{x:g},{y:g}" for x, y in corners),
        tuple(spots),
        "".join(crowd),
        len(units) - len(placed),
        f"{len(placed)} đơn vị theo toạ độ trong danh mục, {faulty} đơn vị có sự cố.",
    )


def _units(verdicts: Verdicts, coverage: Coverage) -> list[_Unit]:
    """Return every unit that has a site here, by its name; a site of no unit stands for itself."""
    of_unit: dict[str, list[SiteFacts]] = {}
    for fact in coverage.facts:
        if fact.site in verdicts.sites:
            of_unit.setdefault(fact.unit or f"/{fact.site}", []).append(fact)
    found = []
    for facts in of_unit.values():
        worst = min(facts, key=lambda fact: _rank(verdicts.sites[fact.site]))
        verdict = verdicts.sites[worst.site]
        found.append(
            _Unit(
                worst.unit_name or worst.site_name,
                worst.cluster,
                verdict,
                sum(verdicts.sites[fact.site].status == verdict.status for fact in facts),
                len(facts),
                worst.site,
                _where(facts, worst),
            )
        )
    return sorted(found, key=lambda unit: sort_key(_short(unit.name)))


def _where(facts: Iterable[SiteFacts], first: SiteFacts) -> Point | None:
    for fact in (first, *facts):
        if fact.latitude is not None and fact.longitude is not None:
            return fact.latitude, fact.longitude
    return None


def _tile(unit: _Unit) -> Tile:
    verdict = unit.worst
    is_faulty = verdict.status in FAULTY
    return Tile(
        name=_short(unit.name),
        full_name=unit.name,
        sign=SIGNS.get(verdict.status, "?"),
        label=STATUS_WORDS[verdict.status]["vi"],
        cause=CAUSE_WORDS[verdict.cause]["vi"] if is_faulty and verdict.cause else "",
        number=f"{unit.same}/{unit.sites} điểm" if unit.sites > 1 and is_faulty else "",
        tone=_tone(verdict),
        href=site_href(unit.site),
        is_faulty=is_faulty,
    )


def _label(verdict: SiteVerdict) -> str:
    label = STATUS_WORDS[verdict.status]["vi"]
    if verdict.status in FAULTY and verdict.cause:
        return f"{label}, {CAUSE_WORDS[verdict.cause]['vi']}"
    return label


def _tone(verdict: SiteVerdict) -> str:
    return TONES.get(verdict.status, "rest")


def _rank(verdict: SiteVerdict) -> int:
    return ORDER.index(verdict.status) if verdict.status in ORDER else len(ORDER)


def _short(name: str) -> str:
    """Return a unit's name without the word for its kind, which is nearly always the same."""
    for prefix in _PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            return name.removeprefix(prefix)
    return name


def _cluster(inventory: Inventory, cluster: str) -> str:
    group = inventory.clusters.get(cluster)
    return group.name if group is not None else cluster or NO_CLUSTER


def _cluster_place(inventory: Inventory, group: tuple[str, object]) -> tuple[bool, object]:
    """Those of no cluster last."""
    return not group[0], sort_key(_cluster(inventory, group[0]))
