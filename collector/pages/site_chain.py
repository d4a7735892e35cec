"""The picture of what a site hangs on: from the centre to its machines, with what is broken. Pure.

1. Every part shows its own verdict, where it has one.
2. What the site's cause names is broken, whatever its own verdict: no power, the line, the LAN.
3. Where nobody knows the cause, line and router are both suspect.
4. What lies behind something broken and is not seen to work is out of reach.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from collector.pages.charts.chain import Chain, Part, State, chain
from collector.verdict.coverage import SiteCoverage
from collector.verdict.verdicts import ItemVerdict, SiteVerdict, Verdicts
from collector.verdict.wording import STATUS_WORDS
from inventory.model import Device, DeviceKind, Lifecycle, Site

TITLE: Final = "Chuỗi phụ thuộc"
_STATES: Final = {
    "up": State.WORKS,
    "degraded": State.SUSPECT,
    "down": State.BROKEN,
    "unreachable": State.BEYOND,
}
_WORST: Final = (State.BROKEN, State.SUSPECT, State.BEYOND, State.UNKNOWN, State.WORKS)
_OF_THE_LINE: Final = ("link", "carrier")
_ROUTERS: Final = {
    DeviceKind.CPE: "Bộ định tuyến",
    DeviceKind.ONT: "ONT",
    DeviceKind.MEDIA_CONVERTER: "Chuyển đổi quang",
}
"""What joins a site to its line, the nearest to its people first."""
_SUSPECT: Final = "Chưa rõ ở đâu"
_NOT_WATCHED: Final = "Không theo dõi"
_LOST: Final = frozenset({"down", "unreachable"})


def site_chain(site: Site, verdicts: Verdicts, machines: SiteCoverage, centre: str) -> Chain:
    """Return the chain of a site; `centre` is the id of the site of the data centre.

    A viewer of a part has no verdict of the centre; then it is shown by what the site says.
    """
    verdict = verdicts.sites.get(site.id)
    parts = list(_parts(site, verdicts, verdict, machines, centre))
    return chain(TITLE, _behind(parts, verdict))


def _parts(
    site: Site,
    verdicts: Verdicts,
    verdict: SiteVerdict | None,
    machines: SiteCoverage,
    centre: str,
) -> Iterator[Part]:
    cause = verdict.cause if verdict is not None else None
    is_down = verdict is not None and verdict.status in _LOST
    items = verdicts.items
    if site.id != centre:
        yield _centre(verdicts.sites.get(centre), verdict)
        if site.main_link() is not None:
            yield _link(site, items, cause, is_down=is_down)
    if cause == "power":
        yield Part("Nguồn điện", "Mất điện", State.BROKEN)
    router = _first(site, tuple(_ROUTERS))
    if router is not None:
        is_suspect = is_down and cause == "undetermined"
        yield _router(router, items, is_suspect=is_suspect)
    switch = _first(site, (DeviceKind.SWITCH,))
    if cause == "lan":
        yield Part("Mạng nội bộ", "Mất mạng nội bộ", State.BROKEN)
    elif switch is not None:
        yield _item("Switch", items.get(switch.id))
    yield _machines(machines, is_agent=cause == "agent")
    points = [one for one in site.conference_points if one.lifecycle is Lifecycle.ACTIVE]
    if points:
        yield _worst("Điểm cầu", (items.get(one.id) for one in points))


def _centre(own: SiteVerdict | None, verdict: SiteVerdict | None) -> Part:
    if verdict is not None and verdict.cause == "centre":
        return Part("Trung tâm", "Lỗi phía trung tâm", State.BROKEN)
    status = own.status if own is not None else "up" if verdict is not None else "unknown"
    return Part("Trung tâm", STATUS_WORDS[status]["vi"], _STATES.get(status, State.UNKNOWN))


def _link(
    site: Site, items: Mapping[str, ItemVerdict], cause: str | None, *, is_down: bool
) -> Part:
    link = site.main_link()
    part = _item("Đường truyền", items.get(link.id) if link is not None else None)
    if is_down and cause in _OF_THE_LINE:
        return Part(part.role, part.word if part.state is State.BROKEN else "Đứt", State.BROKEN)
    if is_down and cause == "undetermined":
        return Part(part.role, _SUSPECT, State.SUSPECT)
    return part


def _router(device: Device, items: Mapping[str, ItemVerdict], *, is_suspect: bool) -> Part:
    part = _item(_ROUTERS[device.kind], items.get(device.id))
    return Part(part.role, _SUSPECT, State.SUSPECT) if is_suspect else part


def _item(role: str, verdict: ItemVerdict | None) -> Part:
    if verdict is None:
        return Part(role, _NOT_WATCHED, State.UNKNOWN)
    state = _STATES.get(verdict.status, State.UNKNOWN)
    return Part(role, STATUS_WORDS[verdict.status]["vi"], state)


def _machines(machines: SiteCoverage, *, is_agent: bool) -> Part:
    if not machines.declared:
        return Part("Máy tính", "Chưa khai máy", State.UNKNOWN)
    word = f"{machines.reporting}/{machines.declared} báo cáo"
    if is_agent:
        return Part("Máy tính", "Tác tử lỗi", State.BROKEN)
    return Part("Máy tính", word, State.WORKS if machines.reporting else State.UNKNOWN)


def _worst(role: str, verdicts: Iterable[ItemVerdict | None]) -> Part:
    return min((_item(role, one) for one in verdicts), key=lambda part: _WORST.index(part.state))


def _first(site: Site, kinds: tuple[DeviceKind, ...]) -> Device | None:
    """Return the first device in use of the first kind that the site has."""
    used = [one for one in site.devices if one.lifecycle is Lifecycle.ACTIVE]
    return next((one for kind in kinds for one in used if one.kind is kind), None)


def _behind(parts: Iterable[Part], verdict: SiteVerdict | None) -> list[Part]:
    """Show what nobody knows of, and lies behind something broken, as out of reach."""
    found: list[Part] = []
    is_cut = False
    for part in parts:
        is_lost = is_cut and part.state is State.UNKNOWN
        if is_lost and verdict is not None and verdict.status in _LOST:
            word = "Sau chỗ hỏng" if part.word == _NOT_WATCHED else part.word
            found.append(Part(part.role, word, State.BEYOND))
        else:
            found.append(part)
        is_cut = is_cut or part.state in (State.BROKEN, State.SUSPECT)
    return found
