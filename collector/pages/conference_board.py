"""What the board of one conference shows. Pure; the template prints it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from collector.maintenance.times import shown
from collector.pages.conference_list import DONE_WORDS, iso, platform_name, when_held
from collector.pages.count import Count
from collector.readiness.board import Standing, urgency
from collector.readiness.options import ConferenceOptions
from collector.readiness.records import (
    Aspect,
    AspectKind,
    Judged,
    Meeting,
    PointState,
    Room,
)
from collector.readiness.sweeps import Load, sweeps_of
from collector.readiness.wording import (
    ASPECT_WORDS,
    STANDING_WORDS,
    STATE_WORDS,
    sentence,
    whom_to_call,
)
from inventory.model import ConferencePoint, Inventory, site_id
from inventory.names import search_key, sort_key

TONES: Final = {
    PointState.READY: "good",
    PointState.AT_RISK: "warn",
    PointState.NOT_READY: "bad",
    PointState.NOT_CHECKED: "rest",
}
STANDING_TONES: Final = {"good": "good", "risk": "warn", "bad": "bad", "unchecked": "rest"}
MEASURED: Final = frozenset(
    {
        *(AspectKind.PATH, AspectKind.REACHABLE, AspectKind.CALLABLE),
        *(AspectKind.MACHINE, AspectKind.PLATFORM),
    }
)
"""What a machine looked at; the others are judged or said."""
WAITING: Final = "room"
"""Filter for points of which only the room has not answered."""
REASONS_SHOWN: Final = 2
MOST_SHOWN: Final = 300
"""So many points at most are shown at once, the most urgent ones; all invited ones are counted."""
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Tile:
    """One point as a person reads it."""

    point: str
    name: str
    unit: str
    state: str
    tone: str
    reasons: tuple[str, ...]
    call: str
    age: str
    href: str


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the telephone list."""

    name: str
    state: str
    tone: str
    why: str
    whom: str


@dataclass(frozen=True, slots=True)
class AspectRow:
    """One aspect of the point that is looked at."""

    aspect: str
    standing: str
    tone: str
    sentence: str
    age: str


@dataclass(frozen=True, slots=True)
class Detail:
    """The point that is looked at."""

    name: str
    point: str
    aspects: tuple[AspectRow, ...]
    telephone: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """All that the board prints."""

    id: str
    title: str
    when: str
    left: str
    as_of: str
    as_of_iso: str
    platform: str
    counts: tuple[Count, ...]
    tiles: tuple[Tile, ...]
    total: int
    calls: tuple[Call, ...]
    query: str
    state: str
    load: str
    sweeps: str
    may_change: bool
    may_cancel: bool
    is_cancelled: bool
    detail: Detail | None = None
    done: str = ""
    link: str = ""
    link_name: str = ""
    more: int = 0
    """So many points that were chosen stand below those that are shown."""
    more_calls: int = 0
    mistakes: tuple[str, ...] = ()


def build_board(
    inventory: Inventory,
    standing: Standing,
    rooms: Mapping[str, Room],
    options: ConferenceOptions,
    load: Load,
    *,
    query: str = "",
    state: str = "",
    point: str = "",
    may_change: bool,
    may_cancel: bool,
    done: str = "",
    link: str = "",
    mistakes: tuple[str, ...] = (),
) -> BoardPage:
    """Return the board of one conference, filtered by words and state."""
    meeting, now = standing.meeting, standing.at
    zone = ZoneInfo(inventory.province.timezone)
    names = {one.point: _name(inventory, one) for one in standing.points}
    ordered = sorted(standing.points, key=lambda one: (urgency(one)[0], sort_key(names[one.point])))
    chosen = [one for one in ordered if _is_wanted(one, state, query, names[one.point], inventory)]
    to_call = [
        one for one in ordered if one.state is not PointState.READY and not one.waits_for_room
    ]
    detail = next((one for one in standing.points if one.point == point), None)
    return BoardPage(
        id=meeting.id,
        title=meeting.title,
        when=when_held(meeting, zone),
        left=_left(meeting, now),
        as_of=datetime.fromtimestamp(now, zone).strftime("%d/%m/%Y %H:%M:%S"),
        as_of_iso=iso(now),
        platform=platform_name(inventory, meeting.platform),
        counts=tuple(_counts(standing, state, query)),
        tiles=tuple(
            _tile(inventory, meeting, one, names[one.point]) for one in chosen[:MOST_SHOWN]
        ),
        more=max(len(chosen) - MOST_SHOWN, 0),
        total=len(standing.points),
        calls=tuple(
            _call(inventory, one, names[one.point], rooms.get(one.point, Room()).telephone)
            for one in to_call[:MOST_SHOWN]
        ),
        more_calls=max(len(to_call) - MOST_SHOWN, 0),
        query=query,
        state=state,
        load=_load(load),
        sweeps=_sweeps(meeting, options, zone),
        may_change=may_change,
        may_cancel=may_cancel,
        is_cancelled=meeting.is_cancelled,
        detail=_detail(inventory, detail, names, rooms) if detail is not None else None,
        done=DONE_WORDS.get(done, ""),
        link=link,
        link_name=names.get(point, point),
        mistakes=mistakes,
    )


def _is_wanted(one: Judged, state: str, query: str, name: str, inventory: Inventory) -> bool:
    if state == WAITING and not one.waits_for_room:
        return False
    if state and state not in (WAITING, one.state.value):
        return False
    text = f"{one.point} {name} {_unit(inventory, one)}"
    return not query or search_key(query) in search_key(text)


def _counts(standing: Standing, state: str, query: str) -> Iterable[Count]:
    numbers = standing.counts()
    here = f"/conferences/{standing.meeting.id}"

    def href(chosen: str) -> str:
        kept = {name: value for name, value in (("state", chosen), ("q", query)) if value}
        return f"{here}?{urlencode(kept)}" if kept else here

    for one in PointState:
        is_here = state == one.value
        word = STATE_WORDS[one]["vi"]
        yield Count(numbers[one], word, TONES[one], href("" if is_here else one.value), is_here)
    waiting = sum(one.waits_for_room for one in standing.points)
    if waiting:
        label = "chỉ chờ phòng họp xác nhận"
        yield Count(
            waiting, label, "rest", href("" if state == WAITING else WAITING), state == WAITING
        )


def _tile(inventory: Inventory, meeting: Meeting, one: Judged, name: str) -> Tile:
    reasons = one.main_reasons
    lines = tuple(_said(inventory, reason, one.at) for reason in reasons[:REASONS_SHOWN])
    times = [
        aspect.at for aspect in one.aspects if aspect.at is not None and aspect.kind in MEASURED
    ]
    call = whom_to_call(inventory, one, reasons[0]) if one.state is PointState.NOT_READY else ""
    return Tile(
        point=one.point,
        name=name,
        unit=_unit(inventory, one),
        state=STATE_WORDS[one.state]["vi"],
        tone=TONES[one.state],
        reasons=lines,
        call=call.partition("; ")[0].rstrip("."),
        age=_measured(times, one.at),
        href=f"/conferences/{meeting.id}?{urlencode({'point': one.point})}",
    )


def _measured(times: list[float], now: float) -> str:
    """Return how old the oldest of the newest measurements is."""
    return f"đo {_ago(min(times), now)}" if times else "chưa đo"


def _said(inventory: Inventory, aspect: Aspect, now: float) -> str:
    """Return the sentence of an aspect; today's date, which stands above, is left out."""
    zone = inventory.province.timezone
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).strftime("%d/%m/%Y ")
    return sentence(aspect, "vi", zone).replace(today, "")


def _call(inventory: Inventory, one: Judged, name: str, room_telephone: str) -> Call:
    first = one.main_reasons[0]
    whom = whom_to_call(inventory, one, first)
    if room_telephone:
        whom = f"Phòng họp: {room_telephone}; {whom}"
    why = _said(inventory, first, one.at)
    return Call(name, STATE_WORDS[one.state]["vi"], TONES[one.state], why, whom)


def _detail(
    inventory: Inventory, one: Judged, names: Mapping[str, str], rooms: Mapping[str, Room]
) -> Detail:
    rows = tuple(
        AspectRow(
            ASPECT_WORDS[aspect.kind]["vi"],
            STANDING_WORDS[aspect.standing]["vi"],
            STANDING_TONES[aspect.standing.value],
            _said(inventory, aspect, one.at),
            "" if aspect.at is None else _ago(aspect.at, one.at),
        )
        for aspect in one.aspects
    )
    return Detail(names[one.point], one.point, rows, rooms.get(one.point, Room()).telephone)


def _name(inventory: Inventory, one: Judged) -> str:
    """Return the site's name, with the room's where the site has several."""
    site = inventory.sites.get(one.site)
    if site is None:
        return one.point
    if len(site.conference_points) == 1:
        return site.name
    point = find_point(inventory, one.point)
    named = one.point.partition("/")[2] if point is None else point.name or point.id
    return f"{site.name} · {named.rpartition('/')[2]}"


def find_point(inventory: Inventory, name: str) -> ConferencePoint | None:
    """Return a conference point by its id."""
    site = inventory.sites.get(site_id(name))
    points = site.conference_points if site is not None else ()
    return next((one for one in points if one.id == name), None)


def _unit(inventory: Inventory, one: Judged) -> str:
    site = inventory.sites.get(one.site)
    if site is None:
        return ""
    day = datetime.fromtimestamp(one.at, ZoneInfo(inventory.province.timezone)).date()
    unit = inventory.units.get(site.unit_on(day) or "")
    return unit.name if unit is not None and unit.name != site.name else ""


def _left(meeting: Meeting, now: float) -> str:
    if meeting.is_cancelled:
        return "Đã huỷ"
    if now >= meeting.ends_at:
        return "Đã họp xong"
    if now >= meeting.starts_at:
        return "Đang họp"
    seconds = meeting.starts_at - now
    if seconds >= DAY:
        return f"Còn {seconds / DAY:.0f} ngày"
    hours, minutes = divmod(int(seconds) // MINUTE, 60)
    return f"Còn {hours} giờ {minutes} phút" if hours else f"Còn {minutes} phút"


def _load(load: Load) -> str:
    peak, budget = (
        f"{value * 8 / 1000:.0f}"
        for value in (load.peak_bytes_per_second, load.budget_bytes_per_second)
    )
    spread = f"{load.spread_seconds:.0f}"
    return f"Kiểm tra lại {load.sites} điểm mất {spread} giây, tối đa {peak}/{budget} kbit/s"


def _sweeps(meeting: Meeting, options: ConferenceOptions, zone: ZoneInfo) -> str:
    return ", ".join(f"{one.name} ({shown(one.at, zone)})" for one in sweeps_of(meeting, options))


def _ago(at: float, now: float) -> str:
    seconds = max(0, int(now - at))
    if seconds < MINUTE:
        return f"{seconds} giây trước"
    if seconds < HOUR:
        return f"{seconds // MINUTE} phút trước"
    return f"{seconds // HOUR} giờ trước" if seconds < DAY else f"{seconds // DAY} ngày trước"
