"""What stands at a site, as its page lists it: lines, machines, devices, rooms, people. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from collector.maintenance.records import Book, Phase, State
from collector.maintenance.times import shown
from collector.pages.maintenance import KIND_WORDS
from collector.pages.named import (
    DEVICE_WORDS,
    DUTY_WORDS,
    POINT_WORDS,
    SERVICE_WORDS,
    TECHNOLOGY_WORDS,
    name_of,
)
from collector.pages.shown import decimal
from collector.pages.statuses import TONES
from collector.series.quality import Quality
from collector.verdict.coverage import Coverage, SiteCoverage, SiteFacts
from collector.verdict.site.graph import expected_always
from collector.verdict.verdicts import Verdicts
from collector.verdict.wording import CONDITION_WORDS, STATUS_WORDS, percent
from inventory.model import (
    ConferencePoint,
    Contact,
    Device,
    Inventory,
    Lifecycle,
    Link,
    Machine,
    Service,
    Site,
    Vantages,
    site_id,
)

GRADE_WORDS: Final = {0: "Tốt", 1: "Tạm được", 2: "Kém"}
GRADE_TONES: Final = {0: "good", 1: "warn", 2: "bad"}
NOT_WATCHED: Final = "Không theo dõi"
_NOTHING: Final = SiteCoverage(0, 0, 0, 0)
_LOST: Final = "lost"
"""Unseen for so many working days that its agent needs somebody."""
_LIFECYCLES: Final = {
    Lifecycle.PLANNED: "Dự kiến",
    Lifecycle.RETIRED: "Đã bỏ",
    Lifecycle.EXEMPT: "Được miễn",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A status in a word, with its colour."""

    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class Grade:
    """The quality of a line now; empty texts were not measured."""

    rtt: str
    loss: str
    jitter: str
    grade: str
    tone: str

    @property
    def said(self) -> str:
        """All that was measured, in one line."""
        named = (("RTT", self.rtt), ("mất gói", self.loss), ("jitter", self.jitter))
        return " · ".join(f"{name} {value}" for name, value in named if value)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One line; `call` is whom to call about it."""

    name: str
    carrier: str
    technology: str
    circuit: str
    capacity: str
    is_backup: bool
    badge: Badge
    quality: Grade | None
    call: tuple["ContactRow", ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """A device, room, machine or service: what it is, how it is, and what is wrong with it."""

    name: str
    kind: str
    detail: str
    badge: Badge
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines by number; by name those that matter by themselves.

    `pcs` are single office PCs, None where nobody asked for them; `may_ask`: the viewer may.
    """

    counts: SiteCoverage
    sources: tuple[str, ...]
    named: tuple[Thing, ...]
    pcs: tuple[Thing, ...] | None
    may_ask: bool


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A role to call; `holder` is whose."""

    role: str
    holder: str
    telephone: str
    email: str

    @property
    def dial(self) -> str:
        """The number as a `tel:` link takes it (RFC 3966): digits, and a plus in front."""
        digits = "".join(one for one in self.telephone if one.isdigit())
        return f"+{digits}" if self.telephone.startswith("+") else digits


@dataclass(frozen=True, slots=True)
class WindowRow:
    """Planned work or a cut at the site, or what was proposed and waits."""

    kind: str
    what: str
    start: str
    end: str
    reason: str
    state: str
    tone: str


def badge(status: str | None) -> Badge:
    """Return a status in a word; None is of what nobody judges."""
    if status is None:
        return Badge(NOT_WATCHED, "rest")
    return Badge(STATUS_WORDS[status]["vi"], TONES.get(status, "rest"))


def grade(quality: Quality | None) -> Grade | None:
    """Return the quality of a line in words and numbers, None where nothing is known."""
    if quality is None:
        return None
    rtt, jitter = quality.rtt_seconds, quality.jitter_seconds
    return Grade(
        rtt="" if rtt is None else f"{decimal(rtt * 1000)} ms",
        loss="" if quality.loss_ratio is None else f"{percent(quality.loss_ratio)}%",
        jitter="" if jitter is None else f"{decimal(jitter * 1000)} ms",
        grade="" if quality.grade is None else GRADE_WORDS.get(quality.grade, ""),
        tone="" if quality.grade is None else GRADE_TONES.get(quality.grade, "rest"),
    )


def link_rows(
    inventory: Inventory, site: Site, verdicts: Verdicts, qualities: Mapping[str, Quality]
) -> tuple[LinkRow, ...]:
    """Return the lines of a site that are not gone for good."""
    return tuple(
        LinkRow(
            name=name_of(link),
            carrier=carrier_name(inventory, link),
            technology=TECHNOLOGY_WORDS[link.technology],
            circuit=link.circuit or "",
            capacity=f"{link.capacity_mbps:g} Mbps".replace(".", ",") if link.capacity_mbps else "",
            is_backup=link.backup,
            badge=_badge(link, verdicts),
            quality=grade(qualities.get(link.id)),
            call=fault_contacts(inventory, link),
        )
        for link in site.links
        if link.lifecycle is not Lifecycle.RETIRED
    )


def carrier_name(inventory: Inventory, link: Link) -> str:
    """Return the name of a line's carrier."""
    carrier = inventory.carriers.get(link.carrier)
    return carrier.name if carrier is not None else link.carrier


def fault_contacts(inventory: Inventory, link: Link) -> tuple[ContactRow, ...]:
    """Return whom to call when a line fails: the first contact; others are for contracts."""
    return carrier_contacts(inventory, link)[:1]


def carrier_contacts(inventory: Inventory, link: Link) -> tuple[ContactRow, ...]:
    """Return everybody to call at a line's carrier."""
    carrier = inventory.carriers.get(link.carrier)
    return tuple(contacts(carrier.contacts, carrier.name)) if carrier is not None else ()


def machines_of(
    inventory: Inventory,
    site: Site,
    verdicts: Verdicts,
    coverage: Coverage,
    *,
    with_pcs: bool,
    may_ask: bool,
) -> Machines:
    """Return the machines of a site; single office PCs only where they are asked for."""
    named, pcs = [], []
    for machine in site.machines:
        if machine.lifecycle is Lifecycle.RETIRED:
            continue
        if machine.duty is not None or expected_always(inventory, machine):
            named.append(_machine(inventory, machine, _badge(machine, verdicts), verdicts))
        elif machine.lifecycle is Lifecycle.ACTIVE:
            state = _agent(machine, verdicts, coverage)
            pcs.append(_machine(inventory, machine, state, verdicts))
    counted = (
        f"{one.count} {_profile(inventory, one.profile)}"
        f" (đến {one.as_of:%d/%m/%Y}, nguồn: {one.source})"
        for one in site.machine_counts
    )
    return Machines(
        coverage.sites.get(site.id, _NOTHING),
        tuple(counted),
        tuple(named),
        tuple(pcs) if with_pcs and may_ask else None,
        may_ask=may_ask and bool(pcs),
    )


def _agent(machine: Machine, verdicts: Verdicts, coverage: Coverage) -> Badge:
    """Return how the agent of an office PC is; whether the PC is on now is nobody's business."""
    if machine.id not in coverage.agents:
        return Badge("Chưa ghi danh", "rest")
    verdict = verdicts.items.get(machine.id)
    if verdict is not None and verdict.status == _LOST:
        return Badge(STATUS_WORDS[_LOST]["vi"], "warn")
    return Badge("Đã ghi danh", "rest")


def _machine(inventory: Inventory, machine: Machine, state: Badge, verdicts: Verdicts) -> Thing:
    duty = DUTY_WORDS[machine.duty] if machine.duty is not None else ""
    return Thing(
        name_of(machine),
        _profile(inventory, machine.profile),
        duty,
        state,
        _faults(machine.id, verdicts),
    )


def _profile(inventory: Inventory, profile: str) -> str:
    known = inventory.machine_profiles.get(profile)
    return known.name if known is not None else profile


def device_rows(site: Site, names: Mapping[str, str], verdicts: Verdicts) -> tuple[Thing, ...]:
    """Return the devices of a site with what is wrong with them."""
    return tuple(
        Thing(
            names[device.id],
            DEVICE_WORDS[device.kind],
            ", ".join(_of_device(device, names)),
            _badge(device, verdicts),
            _faults(device.id, verdicts),
        )
        for device in site.devices
        if device.lifecycle is not Lifecycle.RETIRED
    )


def _of_device(device: Device, names: Mapping[str, str]) -> Iterator[str]:
    if device.model:
        yield device.model
    if device.address:
        yield device.address
    if device.upstream:
        yield f"nối vào {names.get(device.upstream, device.upstream)}"


def point_rows(site: Site, names: Mapping[str, str], verdicts: Verdicts) -> tuple[Thing, ...]:
    """Return the conference points of a site."""
    return tuple(
        Thing(
            names[point.id],
            POINT_WORDS[point.kind],
            ", ".join(text for text in (point.model, point.address) if text),
            _badge(point, verdicts),
            _faults(point.id, verdicts),
        )
        for point in site.conference_points
        if point.lifecycle is not Lifecycle.RETIRED
    )


def service_rows(inventory: Inventory, site: Site, verdicts: Verdicts) -> tuple[Thing, ...]:
    """Return the systems that the site needs: those of all offices, and those of its rooms."""
    platforms = {point.platform for point in site.conference_points}
    return tuple(
        Thing(
            service.name,
            SERVICE_WORDS[service.kind],
            "",
            _badge(service, verdicts),
            _faults(service.id, verdicts),
        )
        for service in inventory.services.values()
        if service.lifecycle is not Lifecycle.RETIRED
        and (service.vantages is Vantages.SITES or service.id in platforms)
    )


def contact_rows(
    inventory: Inventory, site: Site, facts: SiteFacts | None
) -> tuple[ContactRow, ...]:
    """Return whom to call: the site, its unit, its carriers, its power area."""
    unit = inventory.units.get(facts.unit) if facts is not None else None
    area = inventory.power_areas.get(site.power_area or "")
    found = [*contacts(site.contacts, site.name)]
    if unit is not None:
        found += contacts(unit.contacts, unit.name)
    for link in site.links_in_use():
        found += carrier_contacts(inventory, link)
    if area is not None:
        found += contacts(area.contacts, area.name)
    return tuple(dict.fromkeys(found))


def contacts(given: Iterable[Contact], holder: str) -> Iterator[ContactRow]:
    """Yield the contacts of somebody."""
    for one in given:
        yield ContactRow(one.role, holder, one.telephone or "", one.email or "")


def window_rows(
    book: Book, site: Site, names: Mapping[str, str], now: float, zone: str
) -> tuple[WindowRow, ...]:
    """Return what is planned or goes on at a site, then what was proposed and waits."""
    local = ZoneInfo(zone)
    planned = [(entry, *_phase(entry.phase(now))) for entry in book.confirmed(now)]
    waiting = [
        (entry, "Chờ xác nhận", "rest")
        for notice in book.open_notices(now)
        for entry in book.of_notice(notice.id)
        if entry.state is State.PROPOSED
    ]
    return tuple(
        WindowRow(
            kind=KIND_WORDS[entry.kind],
            what=names.get(entry.item, entry.item),
            start=shown(entry.start, local),
            end=shown(entry.end, local),
            reason=entry.reason,
            state=state,
            tone=tone,
        )
        for entry, state, tone in (*planned, *waiting)
        if entry.item and site_id(entry.item) == site.id
    )


def _phase(phase: Phase) -> tuple[str, str]:
    return ("Đang diễn ra", "warn") if phase is Phase.RUNNING else ("Sắp tới", "rest")


_Judged = Link | Device | Machine | ConferencePoint | Service


def _badge(thing: _Judged, verdicts: Verdicts) -> Badge:
    """Return the status of a thing; what is not in use says that instead."""
    if thing.lifecycle is not Lifecycle.ACTIVE:
        return Badge(_LIFECYCLES[thing.lifecycle], "rest")
    verdict = verdicts.items.get(thing.id)
    return badge(verdict.status if verdict is not None else None)


def _faults(item: str, verdicts: Verdicts) -> tuple[str, ...]:
    wrong = (one.condition for one in verdicts.conditions if one.item == item)
    return tuple(CONDITION_WORDS[one]["vi"] for one in sorted(wrong))
