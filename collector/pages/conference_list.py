"""What the list of conferences shows, and how both pages name and time one. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from collector.maintenance.times import shown
from collector.readiness.records import Meeting, Source
from inventory.model import Inventory, Lifecycle, PointKind, ServiceKind, site_id

SOURCE_WORDS: Final = {
    Source.INVENTORY: "danh mục",
    Source.CALENDAR: "tệp lịch",
    Source.OPERATOR: "nhập tay",
}
DONE_WORDS: Final = {
    "add": "Đã ghi cuộc họp.",
    "calendar": "Đã nhập tệp lịch.",
    "calendar_same": "Tệp lịch không có gì mới.",
    "cancel": "Đã huỷ cuộc họp; liên kết của các phòng họp không dùng được nữa.",
    "check": "Đã yêu cầu kiểm tra lại; kết quả mới có sau ít phút.",
    "no_check": "Chưa điểm nào được kiểm tra lại: vừa hỏi trong phút trước, hoặc không máy nào đo.",
}
PAST_SHOWN: Final = 30
"""Most conferences that are over and still shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """A conference in the list."""

    id: str
    title: str
    when: str
    points: int
    platform: str
    source: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed and could not be taken, to be shown again."""

    title: str = ""
    start: str = ""
    minutes: str = "120"
    points: str = ""
    all_points: bool = True
    platform: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """All that the list prints."""

    as_of: str
    as_of_iso: str
    coming: tuple[Line, ...]
    past: tuple[Line, ...]
    platforms: tuple[tuple[str, str], ...]
    draft: Draft
    may_add: bool
    done: str = ""
    mistakes: tuple[str, ...] = ()


def build_list(
    inventory: Inventory,
    meetings: Iterable[Meeting],
    now: float,
    *,
    may_add: bool,
    done: str = "",
    mistakes: tuple[str, ...] = (),
    draft: Draft | None = None,
) -> ListPage:
    """Return the list: what is to come by its start, what is over the newest first."""
    zone = ZoneInfo(inventory.province.timezone)
    lines = [(one, _line(inventory, one, now, zone)) for one in meetings]
    over = [pair for pair in lines if pair[0].ends_at <= now or pair[0].is_cancelled]
    over.sort(key=lambda pair: -pair[0].starts_at)
    return ListPage(
        as_of=shown(now, zone),
        as_of_iso=iso(now),
        coming=tuple(line for one, line in lines if not (one.ends_at <= now or one.is_cancelled)),
        past=tuple(line for _, line in over[:PAST_SHOWN]),
        platforms=tuple(_platforms(inventory)),
        draft=draft or Draft(),
        may_add=may_add,
        done=DONE_WORDS.get(done, ""),
        mistakes=mistakes,
    )


def _line(inventory: Inventory, meeting: Meeting, now: float, zone: ZoneInfo) -> Line:
    state, tone = "Sắp tới", "rest"
    if meeting.is_cancelled:
        state, tone = "Đã huỷ", "rest"
    elif meeting.ends_at <= now:
        state, tone = "Đã qua", "rest"
    elif meeting.starts_at <= now:
        state, tone = "Đang họp", "good"
    return Line(
        id=meeting.id,
        title=meeting.title,
        when=when_held(meeting, zone),
        points=len(meeting.points),
        platform=platform_name(inventory, meeting.platform),
        source=SOURCE_WORDS[meeting.source],
        state=state,
        tone=tone,
    )


def _platforms(inventory: Inventory) -> Iterator[tuple[str, str]]:
    """Yield what a conference can be held on, id and name: platforms in use, then MCUs."""
    for service in inventory.services.values():
        is_used = service.lifecycle is Lifecycle.ACTIVE
        if service.kind is ServiceKind.CONFERENCE_PLATFORM and is_used:
            yield service.id, service.name
    for site in inventory.sites.values():
        for point in site.conference_points:
            if point.kind is PointKind.MCU and point.lifecycle is Lifecycle.ACTIVE:
                yield point.id, platform_name(inventory, point.id)


def platform_name(inventory: Inventory, name: str) -> str:
    """Return the name of a service, or an MCU with its site, the id of what is neither."""
    service = inventory.services.get(name)
    if service is not None:
        return service.name
    site = inventory.sites.get(site_id(name))
    points = site.conference_points if site is not None else ()
    point = next((one for one in points if one.id == name), None)
    if site is None or point is None:
        return name
    own = point.name or f"MCU {name.partition('/')[2]}"
    return f"{own} ({site.name})"


def when_held(meeting: Meeting, zone: ZoneInfo) -> str:
    """Return from when to when it is held."""
    end = datetime.fromtimestamp(meeting.ends_at, zone)
    return f"{shown(meeting.starts_at, zone)} – {end:%H:%M}"


def iso(at: float) -> str:
    """Return a moment for programs."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
