"""The agents of the province as the page of administration lists them. Pure.

Whether a single machine reports now does not stand here: the list would be used to watch people.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from collector.pages.paging import Pages, cut
from collector.store.known_agents import PENDING, AgentRow
from inventory.model import Inventory
from inventory.names import search_key, sort_key

PATH: Final = "/admin"
DAY_SECONDS: Final = 86_400.0
STATE_WORDS: Final[Mapping[str, str]] = {
    "active": "Đã ghi danh",
    "pending": "Chờ duyệt",
    "cloned": "Khoá bị máy khác dùng",
    "revoked": "Đã thu hồi",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for: words, a state, the page (from 1), the agent to be revoked."""

    query: str = ""
    state: str = ""
    page: int = 1
    revoke: str = ""

    def href(self, **changed: object) -> str:
        """Return the address of the page with these filters, changed so."""
        values = {"q": self.query, "state": self.state, "page": self.page} | changed
        kept = {name: value for name, value in values.items() if value not in {"", 1}}
        return f"{PATH}?{urlencode(kept)}" if kept else PATH


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent; `site` is filled into the field of one that waits."""

    agent: str
    machine: str
    hostname: str
    site_name: str
    state: str
    word: str
    keys: str
    note: str
    site: str
    revoke: str
    may_approve: bool
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class AgentsPart:
    """The tab of agents; `confirm` is the one that is about to be revoked."""

    filters: Filters
    tiles: tuple[tuple[int, str, str, bool], ...]
    rows: tuple[AgentLine, ...]
    pages: Pages
    versions: tuple[tuple[str, int], ...]
    confirm: AgentLine | None


def agents_part(
    inventory: Inventory,
    rows: Iterable[AgentRow],
    versions: Mapping[str, int],
    filters: Filters,
    now: float,
) -> AgentsPart:
    """Return the tab; `versions` says how many agents report with each version."""
    lines = [_line(inventory, row, filters, now) for row in rows]
    lines.sort(key=lambda one: (sort_key(one.site_name), one.machine, one.agent))
    words = search_key(filters.query).split()
    found = [
        one
        for one in lines
        if all(
            word in search_key(f"{one.machine} {one.agent} {one.hostname} {one.site_name}")
            for word in words
        )
    ]
    # Those that were revoked stay for ever: they are shown to who asks for them.
    wanted = filters.state or ("" if words else "living")
    shown = [
        one
        for one in found
        if wanted in {"", one.state} or (wanted == "living" and one.state != "revoked")
    ]
    pages, rows_shown = cut(shown, filters.page, lambda page: filters.href(page=page))
    tiles = []
    for state, word in STATE_WORDS.items():
        number = sum(one.state == state for one in found)
        is_selected = filters.state == state
        if number or is_selected:
            href = filters.href(state="" if is_selected else state, page=1)
            tiles.append((number, word, href, is_selected))
    return AgentsPart(
        filters,
        tuple(tiles),
        tuple(rows_shown),
        pages,
        tuple(sorted(versions.items(), key=lambda one: -one[1])),
        next((one for one in lines if one.agent == filters.revoke and one.may_revoke), None),
    )


def _line(inventory: Inventory, row: AgentRow, filters: Filters, now: float) -> AgentLine:
    agent, place = row.identity.agent, row.identity.site or row.site_known or ""
    site = inventory.sites.get(place)
    state = row.state
    if row.revoked_at is not None:
        state = "revoked"
    elif row.clones:
        state = "cloned"
    ages = [int((now - key.created_at) / DAY_SECONDS) for key in row.live_keys]
    note = ""
    if state == PENDING:
        note = f"từ {row.host}" if row.host else ""
        note += f", mã đã gõ {row.proposed_site}" if row.proposed_site else ""
    elif state == "cloned":
        times = sum(one.batches for one in row.clones)
        note = f"{times} lần từ máy khác: thu hồi, hoặc duyệt nếu là máy đã thay bo mạch"
    return AgentLine(
        agent=agent,
        machine=row.identity.machine,
        hostname=row.hostname,
        site_name=site.name if site else place,
        state=state,
        word=STATE_WORDS[state],
        keys=", ".join(f"{age} ngày" for age in ages) or "–",
        note=note.strip(", "),
        site=place,
        revoke=filters.href(revoke=agent),
        may_approve=state in {PENDING, "cloned"},
        may_revoke=state != "revoked",
    )
