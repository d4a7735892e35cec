"""What the page of the inventory against reality shows. Pure; the template prints it.

Of machines by number, and of office PCs declared one by one, only numbers are shown: a list of
single PCs that are there or not would be used to watch people.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from collector.discovery.differences import (
    AGENT_WAITING,
    BEYOND_COUNT,
    NEIGHBOUR,
    PLACES,
    STATION,
    Differences,
    NeverSeen,
    Undeclared,
)
from collector.pages.paging import Pages, cut
from collector.siting import Siting, known_site
from collector.store.known_agents import PENDING, AgentRow
from inventory.model import Inventory, Lifecycle, Machine, MachineRole
from inventory.names import search_key, sort_key

PATH: Final = "/differences"
UNDECLARED_WORDS: Final = {
    AGENT_WAITING: "Máy chờ duyệt",
    BEYOND_COUNT: "Máy ghi danh vượt số khai",
    NEIGHBOUR: "Thiết bị lạ bên cạnh",
    STATION: "Địa chỉ lạ trong mạng",
}
NEVER_SEEN_WORDS: Final = {
    "site": "Điểm chưa có tín hiệu nào",
    "link": "Đường truyền",
    "device": "Thiết bị",
    "machine": "Máy khai riêng",
    "point": "Điểm cầu",
    "service": "Hệ thống",
    PLACES: "Máy khai theo số lượng",
}
MAX_QUERY: Final = 200
"""Characters of the words asked for; what is behind is not read."""
NO_SITE: Final = "Không thuộc điểm nào"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for: words, a site (id), a kind, and the page of each list (from 1)."""

    query: str = ""
    site: str = ""
    kind: str = ""
    waiting: int = 1
    seen: int = 1
    missing: int = 1

    def href(self, **changed: object) -> str:
        """Return the address of the page with these filters, changed so."""
        values = {
            "q": self.query,
            "site": self.site,
            "kind": self.kind,
            "w": self.waiting,
            "s": self.seen,
            "m": self.missing,
        } | changed
        kept = {name: value for name, value in values.items() if value not in {"", 1}}
        return f"{PATH}?{urlencode(kept)}" if kept else PATH


@dataclass(frozen=True, slots=True)
class Tile:
    """A number on top, by which the lists can be filtered."""

    number: str
    label: str
    tone: str
    href: str
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """An agent that waits; `site` is filled into its field, empty if nobody knows it."""

    agent: str
    name: str
    host: str
    since: str
    why: str
    site: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing at a site: what kind, which, and what else is known of it."""

    kind: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one site."""

    site: str
    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list."""

    groups: tuple[Group, ...]
    pages: Pages


@dataclass(frozen=True, slots=True)
class DifferencesPage:
    """All that the template prints."""

    as_of: str
    as_of_iso: str
    headline: str
    tiles: tuple[tuple[str, tuple[Tile, ...]], ...]
    filters: Filters
    waiting: tuple[Waiting, ...]
    waiting_pages: Pages
    is_waiting_shown: bool
    seen: Listing
    is_seen_shown: bool
    missing: Listing
    is_missing_shown: bool
    sites: tuple[tuple[str, str], ...]
    clear: str
    command: str
    done: str = ""
    mistakes: tuple[str, ...] = ()


Placed = tuple[str, str, Line]
"""Site, kind, line."""


def build(
    inventory: Inventory,
    lists: Differences,
    agents: Iterable[AgentRow],
    filters: Filters,
    *,
    done: str = "",
    mistakes: tuple[str, ...] = (),
    typed: Mapping[str, str] | None = None,
) -> DifferencesPage:
    """Return the page; `agents` are all that hold a key, `typed` the sites typed and not taken."""
    zone = ZoneInfo(inventory.province.timezone)
    names = {site.id: site.name for site in inventory.sites.values()}
    waiting = _waiting(inventory, agents)
    numbers = _numbers(lists, len(waiting))

    words = search_key(filters.query[:MAX_QUERY]).split()

    def chosen(site: str, kind: str, *texts: str) -> bool:
        if filters.kind not in {"", kind} or filters.site not in {"", site}:
            return False
        found = search_key(" ".join((site, names.get(site, ""), *texts))) if words else ""
        return all(word in found for word in words)

    asked = [
        (row, site) for row, site in waiting if chosen(site, AGENT_WAITING, row.hostname, row.host)
    ]
    waiting_pages, shown = cut(asked, filters.waiting, lambda page: filters.href(w=page))
    seen = (_seen(one) for one in lists.undeclared if one.kind != AGENT_WAITING)
    missing = _missing(inventory, lists.never_seen)
    as_of = datetime.fromtimestamp(lists.as_of, zone)
    # What a link says is not put into a command that somebody will copy.
    at = f" --site {filters.site}" if filters.site in inventory.sites else ""
    return DifferencesPage(
        as_of=as_of.strftime("%d/%m/%Y %H:%M:%S") if lists.as_of else "",
        as_of_iso=as_of.isoformat(timespec="seconds"),
        headline=_headline(numbers, is_compared=bool(lists.as_of)),
        tiles=(
            ("Thấy mà chưa khai", tuple(_tiles(UNDECLARED_WORDS, numbers, filters, "warn"))),
            ("Khai mà chưa từng thấy", tuple(_tiles(NEVER_SEEN_WORDS, numbers, filters, "rest"))),
        ),
        filters=filters,
        waiting=tuple(_row(row, site, zone, typed or {}) for row, site in shown),
        waiting_pages=waiting_pages,
        is_waiting_shown=bool(asked) or filters.kind == AGENT_WAITING,
        seen=_listing(seen, names, chosen, filters.seen, lambda page: filters.href(s=page)),
        is_seen_shown=filters.kind in {"", BEYOND_COUNT, NEIGHBOUR, STATION},
        missing=_listing(
            missing, names, chosen, filters.missing, lambda page: filters.href(m=page)
        ),
        is_missing_shown=filters.kind in {"", *NEVER_SEEN_WORDS},
        sites=tuple(_sites(inventory)),
        clear=PATH if filters.query or filters.site or filters.kind else "",
        command=f"govnet inventory suggest{at}",
        done=done,
        mistakes=mistakes,
    )


def _waiting(inventory: Inventory, agents: Iterable[AgentRow]) -> list[tuple[AgentRow, str]]:
    """Return who waits, with the site that is known, by site and time; the unknown first."""
    siting = Siting(inventory)
    found = [
        (row, known_site(siting, row.proposed_site, row.host) or "")
        for row in agents
        if row.state == PENDING and row.revoked_at is None
    ]

    def place(one: tuple[AgentRow, str]) -> tuple[object, float]:
        row, site = one
        known = inventory.sites.get(site)
        return sort_key(known.name if known else ""), row.enrolled_at

    return sorted(found, key=place)


def _numbers(lists: Differences, waiting: int) -> Counter[str]:
    """Return how many there are of every kind; who waits is counted as of now."""
    numbers: Counter[str] = Counter({AGENT_WAITING: waiting})
    for seen in lists.undeclared:
        if seen.kind != AGENT_WAITING:
            numbers[seen.kind] += seen.number
    for missing in lists.never_seen:
        numbers[missing.kind] += missing.missing
    return numbers


def _headline(numbers: Counter[str], *, is_compared: bool) -> str:
    if not is_compared:
        return "Chưa đối chiếu danh mục với thực tế"
    seen = sum(numbers[kind] for kind in UNDECLARED_WORDS)
    missing = sum(numbers[kind] for kind in NEVER_SEEN_WORDS)
    if not seen and not missing:
        return "Danh mục khớp với thực tế"
    return f"{_dotted(seen)} thấy mà chưa khai, {_dotted(missing)} khai mà chưa từng thấy"


def _dotted(number: int) -> str:
    """Return a number as it is written in Vietnamese: 1.234."""
    return f"{number:,}".replace(",", ".")


def _tiles(
    words: Mapping[str, str], numbers: Counter[str], filters: Filters, tone: str
) -> Iterator[Tile]:
    for kind, label in words.items():
        if numbers[kind] or kind == filters.kind:
            is_selected = kind == filters.kind
            href = filters.href(kind="" if is_selected else kind, w=1, s=1, m=1)
            yield Tile(_dotted(numbers[kind]), label, tone, href, is_selected)


def _row(row: AgentRow, site: str, zone: ZoneInfo, typed: Mapping[str, str]) -> Waiting:
    agent = row.identity.agent
    if site:
        why = "theo mã đã gõ" if row.proposed_site else "theo địa chỉ mạng"
    elif row.proposed_site:
        why = f"mã đã gõ nói {row.proposed_site}, địa chỉ mạng nói điểm khác"
    else:
        why = "chưa biết điểm: hãy ghi mã điểm"
    since = datetime.fromtimestamp(row.enrolled_at, zone).strftime("%d/%m/%Y %H:%M")
    return Waiting(agent, row.hostname or agent, row.host, since, why, typed.get(agent, site))


def _seen(one: Undeclared) -> Placed:
    word = UNDECLARED_WORDS[one.kind]
    if one.kind == BEYOND_COUNT:
        line = Line(word, f"{one.number} máy", "số máy ghi danh nhiều hơn số khai ở điểm")
    elif one.kind == STATION:
        line = Line(
            word, f"{one.number} địa chỉ", "ngoài số máy và thiết bị đã khai, chưa rõ là gì"
        )
    else:
        seer = one.seen_by.partition("/")[2]
        known = [one.address, one.key if one.key != one.address else "", f"thấy từ {seer}"]
        line = Line(word, one.name or one.key, " · ".join(filter(None, known)))
    return one.site, one.kind, line


def _missing(inventory: Inventory, never_seen: Iterable[NeverSeen]) -> Iterator[Placed]:
    """Yield what was never seen; office PCs declared one by one as a number of their site."""
    single = {
        machine.id
        for site in inventory.sites.values()
        for machine in site.machines
        if not is_office_pc(inventory, machine)
    }
    pcs: Counter[str] = Counter()
    for one in never_seen:
        word = NEVER_SEEN_WORDS[one.kind]
        if one.kind == "machine" and one.item not in single:
            pcs[one.site] += 1
        elif one.kind == PLACES:
            yield (
                one.site,
                one.kind,
                Line(word, f"{one.missing} máy", "chưa máy nào ghi danh vào chỗ này"),
            )
        elif one.kind == "site":
            yield one.site, one.kind, Line(word, "Cả điểm", "chưa máy hay thiết bị nào trả lời")
        else:
            within = one.item.partition("/")[2] or one.item
            yield one.site, one.kind, Line(word, one.name or within, within if one.name else "")
    for site, number in pcs.items():
        line = Line(NEVER_SEEN_WORDS["machine"], f"{number} máy", "khai từng máy, chưa có tác tử")
        yield site, "machine", line


def is_office_pc(inventory: Inventory, machine: Machine) -> bool:
    """Whether a machine is somebody's PC: no server, and nothing that matters by itself."""
    profile = inventory.machine_profiles.get(machine.profile)
    is_pc = profile is None or profile.role is MachineRole.PC
    return is_pc and not (machine.vantage or machine.always_on or machine.duty)


def _listing(
    placed: Iterable[Placed],
    names: Mapping[str, str],
    chosen: Callable[..., bool],
    page: int,
    href: Callable[[int], str],
) -> Listing:
    rows = [
        one for one in placed if chosen(one[0], one[1], one[2].kind, one[2].what, one[2].detail)
    ]
    rows.sort(key=lambda one: (sort_key(names.get(one[0], one[0])), one[0]))
    pages, shown = cut(rows, page, href)
    groups = tuple(
        Group(site, names.get(site, site) or NO_SITE, tuple(line for _, _, line in lines))
        for site, lines in groupby(shown, key=lambda one: one[0])
    )
    return Listing(groups, pages)


def _sites(inventory: Inventory) -> Iterator[tuple[str, str]]:
    closed = {Lifecycle.EXEMPT, Lifecycle.RETIRED}
    sites = [site for site in inventory.sites.values() if site.lifecycle not in closed]
    for site in sorted(sites, key=lambda one: sort_key(one.name)):
        yield site.id, site.name
