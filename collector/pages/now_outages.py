"""The outages that last, as the first page lists them: why, since when, whom to call. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from collector.alerts.contacts import Reached, to_call
from collector.maintenance.times import shown as moment
from collector.pages.now_asked import Asked
from collector.pages.paging import Pages, cut
from collector.pages.shown import lasted
from collector.pages.statuses import site_href
from collector.runbook.subjects import href_of_kind
from collector.verdict.outages.records import Case
from collector.verdict.spans import SpanKind
from collector.verdict.wording import CAUSE_WORDS, sentence
from govnet.catalogue import CAUSES
from inventory.model import ConferencePoint, Device, Inventory, Link, Machine
from inventory.names import search_key

CARDS: Final = 20
"""Outages on one page of the list."""
KIND_WORDS: Final = {
    SpanKind.SITE: "Điểm",
    SpanKind.LINK: "Đường truyền",
    SpanKind.DEVICE: "Thiết bị",
    SpanKind.POINT: "Điểm cầu",
    SpanKind.SERVICE: "Hệ thống",
    SpanKind.MACHINE: "Máy",
}
TOGETHER_SECONDS: Final = 900.0
"""What of a site failed no longer than this before the site itself is part of the site's outage."""
_SITES_FIRST: Final = tuple(SpanKind)


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to call; `dial` is the telephone as a link has it."""

    who: str
    telephone: str
    dial: str
    email: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A cause that somebody can confirm; the one of an empty code leaves it to the judgement."""

    code: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One outage; empty texts are not known or not said.

    `site` is the site's id where there is one, `also` are the names of what failed with it.
    """

    number: int
    kind: str
    name: str
    place: str
    href: str
    site: str
    cause: str
    confirmed: str
    causes: tuple[Choice, ...]
    since: str
    lasts: str
    times: str
    evidence: tuple[str, ...]
    runbook: str
    also: tuple[str, ...]
    calls: tuple[Call, ...]
    acknowledged: str
    assignee: str
    ticket: str
    note: str


@dataclass(frozen=True, slots=True)
class OutageCards:
    """A page of the outages that last; `unhandled` of all `total` nobody looks after yet."""

    cards: tuple[Card, ...]
    pages: Pages
    total: int
    unhandled: int


def build(
    inventory: Inventory,
    cases: Iterable[Case],
    asked: Asked,
    now: float,
    sees: Callable[[str], bool],
) -> OutageCards:
    """Return the outages that last of the items that somebody sees, sites first, then the newest.

    What failed with its site stands with it. Of the filters the words hold here, and the cause.
    """
    words = search_key(asked.query).split()
    lasting = [case for case in open_cases(cases) if sees(case.outage.site)]
    parts = _parts(lasting)
    inside = {case.outage.number for several in parts.values() for case in several}
    opened = [case for case in lasting if case.outage.number not in inside]
    chosen = [
        case
        for case in opened
        if asked.cause in {"", case.cause} and _is_found(inventory, case, words, now)
    ]
    chosen.sort(key=_order)
    pages, shown = cut(
        chosen, asked.outages, lambda page: asked.href(o=page, anchor="outages"), rows=CARDS
    )
    return OutageCards(
        tuple(_card(inventory, case, parts.get(case.outage.number, ()), now) for case in shown),
        pages,
        len(opened),
        sum(case.handling.acknowledged_at is None for case in opened),
    )


def open_cases(cases: Iterable[Case]) -> Iterable[Case]:
    """Return the outages that last."""
    return (case for case in cases if case.outage.ended_at is None and not case.is_withdrawn)


def parts_of(number: int, cases: Iterable[Case]) -> tuple[Case, ...]:
    """Return the outages that are part of that one: of what failed with its site."""
    return tuple(_parts(list(open_cases(cases))).get(number, ()))


def _parts(lasting: Sequence[Case]) -> Mapping[int, list[Case]]:
    sites = {case.outage.site: case for case in lasting if case.outage.kind is SpanKind.SITE}
    parts: dict[int, list[Case]] = {}
    for case in lasting:
        whole = sites.get(case.outage.site)
        if whole is None or case is whole:
            continue
        if case.outage.started_at >= whole.outage.started_at - TOGETHER_SECONDS:
            parts.setdefault(whole.outage.number, []).append(case)
    return parts


def _order(case: Case) -> tuple[int, float, str]:
    outage = case.outage
    return _SITES_FIRST.index(outage.kind), -outage.started_at, outage.item


def _is_found(inventory: Inventory, case: Case, words: list[str], now: float) -> bool:
    if not words:
        return True
    name, place = _names(inventory, case, now)
    text = search_key(f"{name} {place} {case.outage.item}")
    return all(word in text for word in words)


def _names(inventory: Inventory, case: Case, now: float) -> tuple[str, str]:
    """Return what an item is called, and where it is: its site or the site's unit."""
    outage = case.outage
    site = inventory.sites.get(outage.site)
    if outage.kind is SpanKind.SITE:
        if site is None:
            return outage.item, ""
        zone = ZoneInfo(inventory.province.timezone)
        unit = inventory.units.get(site.unit_on(datetime.fromtimestamp(now, zone).date()) or "")
        return site.name, unit.name if unit is not None and unit.name != site.name else ""
    service = inventory.services.get(outage.item)
    if service is not None:
        return service.name, site.name if site is not None else ""
    if site is None:
        return outage.item, ""
    items: tuple[Link | Device | Machine | ConferencePoint, ...] = (
        *site.links,
        *site.devices,
        *site.machines,
        *site.conference_points,
    )
    found = next((item for item in items if item.id == outage.item), None)
    name = found.name if found is not None else None
    return name or outage.item.partition("/")[2] or outage.item, site.name


def _card(inventory: Inventory, case: Case, parts: Sequence[Case], now: float) -> Card:
    outage, handling = case.outage, case.handling
    zone = ZoneInfo(inventory.province.timezone)
    name, place = _names(inventory, case, now)
    last = outage.phases[-1]
    acknowledged = ""
    if handling.acknowledged_at is not None:
        at = moment(handling.acknowledged_at, zone)
        acknowledged = f"{handling.acknowledged_by or ''} nhận việc lúc {at}".strip()
    return Card(
        number=outage.number,
        kind=KIND_WORDS[outage.kind],
        name=name,
        place=place,
        href=site_href(outage.site) if outage.site in inventory.sites else "",
        site=outage.site if outage.site in inventory.sites else "",
        cause=CAUSE_WORDS[case.cause]["vi"],
        confirmed="người trực xác nhận" if handling.cause else "",
        causes=tuple(_causes(case)),
        since=moment(outage.started_at, zone),
        lasts=lasted(now - outage.started_at),
        times=f"{outage.count} lần chập chờn" if outage.count > 1 else "",
        evidence=tuple(sentence(note, "vi", zone.key, inventory) for note in last.notes),
        runbook=href_of_kind(outage.kind),
        also=tuple(_names(inventory, part, now)[0] for part in parts),
        calls=tuple(map(_call, _whom(inventory, case, now))),
        acknowledged=acknowledged,
        assignee=handling.assignee,
        ticket=handling.ticket,
        note=handling.note,
    )


def _causes(case: Case) -> Iterator[Choice]:
    judged = CAUSE_WORDS[case.outage.cause]["vi"].lower()
    yield Choice("", f"Theo hệ thống ({judged})", not case.handling.cause)
    for code in CAUSES:
        yield Choice(code, CAUSE_WORDS[code]["vi"], case.handling.cause == code)


def _whom(inventory: Inventory, case: Case, now: float) -> tuple[Reached, ...]:
    site = inventory.sites.get(case.outage.site)
    if site is None:
        return ()
    zone = ZoneInfo(inventory.province.timezone)
    unit = inventory.units.get(site.unit_on(datetime.fromtimestamp(now, zone).date()) or "")
    return to_call(inventory, site, unit, case.cause)


def _call(one: Reached) -> Call:
    who = f"{one.role} ({one.holder})" if one.holder else one.role
    dial = "".join(
        sign for sign in one.telephone if sign.isascii() and (sign.isdigit() or sign == "+")
    )
    return Call(who, one.telephone, dial, one.email)
