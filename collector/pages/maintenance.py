"""What the page of planned work and announced power cuts shows. Pure; the template prints it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from collector.accounts.narrowed import book_for
from collector.accounts.records import LINK_NAME
from collector.accounts.viewer import BY_LINK, Viewer
from collector.maintenance.records import (
    OPEN_SECONDS,
    Book,
    Entry,
    Kind,
    Match,
    Notice,
    Phase,
    State,
)
from collector.maintenance.times import shown
from inventory.model import Inventory, Lifecycle, site_id
from inventory.names import sort_key

KIND_WORDS: Final = {Kind.MAINTENANCE: "Bảo trì", Kind.POWER_CUT: "Cắt điện"}
MATCH_WORDS: Final = {
    Match.CHOSEN: "do người xác nhận ghi",
    Match.HAMLET: "địa chỉ thuộc thôn, tổ hoặc đường được nêu",
    Match.FORMER_SEAT: "trụ sở cũ của xã được nêu",
    Match.UNIT: "đúng tên xã, phường",
    Match.FORMER_UNIT: "xã cũ được nêu nay thuộc đơn vị này",
    Match.NAME_ALIKE: "tên điểm có tên xã được nêu",
    Match.UNIT_ALIKE: "tên giống, chưa chắc là xã này",
    Match.POWER_AREA: "cùng khu vực điện",
}
DONE_WORDS: Final = {
    "add": "Đã ghi. Trong thời gian này điểm không bị coi là hỏng.",
    "confirm": "Đã xác nhận. Trong thời gian này điểm không bị coi là hỏng.",
    "reject": "Đã bỏ đề xuất.",
    "end": "Đã kết thúc.",
}
"""What was done -> what the page says about it."""
_AUTHORS: Final = {"page": "trang này", LINK_NAME: "liên kết một lần", "api": "chương trình khác"}
"""`page`: whoever was signed in before there were accounts."""
PAST_ROWS: Final = 30
"""Most entries that are over and still shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as a person reads it. `action` names the button that ends it, empty without one."""

    id: int
    kind: str
    item: str
    name: str
    start: str
    end: str
    reason: str
    author: str
    state: str
    tone: str
    action: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A site that a notice may reach; `state` is empty while nobody has decided."""

    site: str
    name: str
    why: str
    state: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A notice that waits, with the sites that it may reach; `none` is on its second button."""

    id: str
    area: str
    start: str
    end: str
    reason: str
    source: str
    choices: tuple[Choice, ...]
    none: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed and could not be taken, to be shown again."""

    item: str = ""
    start: str = ""
    end: str = ""
    reason: str = ""
    kind: str = Kind.MAINTENANCE


@dataclass(frozen=True, slots=True)
class MaintenancePage:
    """All that the template prints; `sites` are the (id, name) that can be chosen.

    `may_change` False: without forms.
    """

    as_of: str
    as_of_iso: str
    headline: str
    planned: tuple[Row, ...]
    proposals: tuple[Proposal, ...]
    past: tuple[Row, ...]
    sites: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    done: str = ""
    mistakes: tuple[str, ...] = ()
    draft: Draft = field(default_factory=Draft)
    may_change: bool = True


def build(
    book: Book,
    inventory: Inventory,
    now: float,
    *,
    done: str = "",
    mistakes: tuple[str, ...] = (),
    draft: Draft | None = None,
    viewer: Viewer = BY_LINK,
) -> MaintenancePage:
    """Return the page as of `now`; `done` is a key of DONE_WORDS or anything else.

    `viewer` sees their part of the book, and no button for what they may not do.
    """
    book = book_for(viewer, book)
    zone = ZoneInfo(inventory.province.timezone)
    names = {item.id: item.name or item.id for item in inventory.items()}
    planned = book.confirmed(now)
    proposals = book.open_notices(now - OPEN_SECONDS)
    past = sorted(
        (
            one
            for one in book.entries
            if one.item and one.state is not State.PROPOSED and one not in planned
        ),
        key=lambda one: (-one.end, one.id),
    )
    as_of = datetime.fromtimestamp(now, zone)
    return MaintenancePage(
        as_of=as_of.strftime("%d/%m/%Y %H:%M:%S"),
        as_of_iso=as_of.isoformat(timespec="seconds"),
        headline=_headline(sum(one.phase(now) is Phase.RUNNING for one in planned), len(proposals)),
        planned=tuple(_row(one, names, zone, now) for one in planned),
        proposals=tuple(_proposal(book, one, names, zone) for one in proposals),
        past=tuple(_row(one, names, zone, now) for one in past[:PAST_ROWS]),
        sites=tuple(one for one in _sites(inventory) if viewer.sees(one[0])),
        kinds=tuple((kind.value, word) for kind, word in KIND_WORDS.items()),
        done=DONE_WORDS.get(done, ""),
        mistakes=mistakes,
        draft=draft or Draft(),
        may_change=viewer.may_change,
    )


def _headline(running: int, waiting: int) -> str:
    now = f"{running} mục đang diễn ra" if running else "Không có mục nào đang diễn ra"
    return f"{now}, {waiting} thông báo cắt điện chờ xác nhận" if waiting else now


def _row(entry: Entry, names: Mapping[str, str], zone: ZoneInfo, now: float) -> Row:
    state, tone, action = _state(entry, now)
    site = site_id(entry.item)
    name = names.get(entry.item, entry.item)
    author = entry.confirmed_by or entry.created_by
    return Row(
        id=entry.id,
        kind=KIND_WORDS[entry.kind],
        item=entry.item,
        name=name if site == entry.item else f"{name} · {names.get(site, site)}",
        start=shown(entry.start, zone),
        end=shown(entry.end, zone),
        reason=entry.reason,
        author=_AUTHORS.get(author, author),
        state=state,
        tone=tone,
        action=action,
    )


def _state(entry: Entry, now: float) -> tuple[str, str, str]:
    """Return the word of its state, the colour, and what its button says."""
    if entry.state is State.REJECTED:
        return "Không bị ảnh hưởng", "rest", ""
    if entry.state is State.ENDED:
        return ("Đã huỷ" if entry.end <= entry.start else "Đã kết thúc sớm"), "rest", ""
    match entry.phase(now):
        case Phase.COMING:
            return "Sắp tới", "rest", "Huỷ"
        case Phase.RUNNING:
            return "Đang diễn ra", "warn", "Kết thúc ngay"
        case Phase.OVER:
            return "Đã qua", "rest", ""


def _proposal(book: Book, notice: Notice, names: Mapping[str, str], zone: ZoneInfo) -> Proposal:
    proposed = [entry for entry in book.of_notice(notice.id) if entry.item]
    is_begun = any(entry.state is State.CONFIRMED for entry in proposed)
    return Proposal(
        id=notice.name,
        area=notice.area,
        start=shown(notice.start, zone),
        end=shown(notice.end, zone),
        reason=notice.reason,
        source=notice.source,
        choices=tuple(
            Choice(entry.item, names.get(entry.item, entry.item), _why(entry), _decided(entry))
            for entry in proposed
        ),
        none=f"Không điểm nào {'khác ' if is_begun else ''}bị mất điện",
    )


def _why(entry: Entry) -> str:
    return MATCH_WORDS[Match(entry.match)] if entry.match else ""


def _decided(entry: Entry) -> str:
    return {
        State.PROPOSED: "",
        State.CONFIRMED: "đã xác nhận",
        State.ENDED: "đã kết thúc",
        State.REJECTED: "không bị ảnh hưởng",
    }[entry.state]


def _sites(inventory: Inventory) -> Iterator[tuple[str, str]]:
    sites = [site for site in inventory.sites.values() if site.lifecycle is Lifecycle.ACTIVE]
    for site in sorted(sites, key=lambda one: sort_key(one.name)):
        yield site.id, site.name
