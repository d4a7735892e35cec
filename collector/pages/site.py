"""What the page of one site shows: its verdict and why, what it hangs on, its past. Pure.

Of single office PCs only numbers are shown. Whoever mends agents may ask for their names; also
then nothing says since when one was on or off.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collector.maintenance.records import Book
from collector.pages.charts.chain import Chain
from collector.pages.charts.timeline import DAY_SECONDS, WORDS, Strip, strip
from collector.pages.named import DEVICE_WORDS, SITE_WORDS, names_at
from collector.pages.shown import AsOf, as_of, lasted
from collector.pages.site_chain import site_chain
from collector.pages.site_outages import OutageRow, outage_rows
from collector.pages.site_things import (
    ContactRow,
    LinkRow,
    Machines,
    Thing,
    WindowRow,
    contact_rows,
    device_rows,
    link_rows,
    machines_of,
    point_rows,
    service_rows,
    window_rows,
)
from collector.pages.statuses import FAULTY, TONES
from collector.runbook.subjects import href_of_status
from collector.series.quality import Quality
from collector.verdict.coverage import Coverage, SiteCoverage
from collector.verdict.outages.records import Belief, Case
from collector.verdict.site.graph import expected_always
from collector.verdict.spans import Span
from collector.verdict.verdicts import SiteVerdict, Verdicts
from collector.verdict.wording import CAUSE_WORDS, STATUS_WORDS, moment, sentence
from inventory.former_names import FormerName
from inventory.model import Inventory, Lifecycle, Machine, Site

DAYS: Final = 30
"""The long strip, and so far back outages are told."""
STRIPS: Final = 6
"""Most things of a site with a day of their own: itself and its lines come first."""
_NOTHING: Final = SiteCoverage(0, 0, 0, 0)
_BEFORE_WATCH: Final = {
    Lifecycle.PLANNED: "Điểm này mới dự kiến, chưa được theo dõi.",
    Lifecycle.RETIRED: "Điểm này đã bỏ khỏi sử dụng, không còn được theo dõi.",
}


@dataclass(frozen=True, slots=True)
class Past:
    """What the database knows of a site: spans by item, outages and what was believed of them."""

    spans: Mapping[str, Sequence[Span]]
    cases: Sequence[Case]
    beliefs: Sequence[Belief]


@dataclass(frozen=True, slots=True)
class Now:
    """What is so at present, as far as its viewer sees it.

    `told` says what can be told about the site, "" where nobody can say. `with_pcs`: the names of
    single office PCs are asked for; `may_ask`: whoever looks may do so.
    """

    verdicts: Verdicts
    coverage: Coverage
    book: Book
    qualities: Mapping[str, Quality]
    told: str
    with_pcs: bool = False
    may_ask: bool = False


@dataclass(frozen=True, slots=True)
class SitePage:
    """All that the template prints; `unit_href` leads to its unit, "" without one."""

    site: str
    name: str
    kind: str
    unit: str
    unit_href: str
    former: str
    address: str
    as_of: AsOf
    sentence: str
    status: str
    tone: str
    evidence: tuple[str, ...]
    runbook: str
    chain: Chain
    day: tuple[Strip, ...]
    month: tuple[Strip, ...]
    legend: tuple[tuple[str, str], ...]
    outages: tuple[OutageRow, ...]
    links: tuple[LinkRow, ...]
    machines: Machines
    devices: tuple[Thing, ...]
    device_counts: tuple[str, ...]
    points: tuple[Thing, ...]
    services: tuple[Thing, ...]
    are_services_told: bool
    contacts: tuple[ContactRow, ...]
    windows: tuple[WindowRow, ...]
    told: str


def watched(inventory: Inventory, site: Site) -> list[str]:
    """Return the things of a site whose past is shown, itself first.

    Of machines those that matter by themselves: of the others nobody keeps when they were on.
    """
    named = [one.id for one in site.machines if is_named(inventory, one)]
    return [
        site.id,
        *(one.id for one in site.links),
        *(one.id for one in site.devices),
        *(one.id for one in site.conference_points),
        *named,
    ]


def is_named(inventory: Inventory, machine: Machine) -> bool:
    """Whether a machine is shown by its name: a server, one always on, or with a duty."""
    return machine.duty is not None or expected_always(inventory, machine)


def build(inventory: Inventory, site: Site, now: Now, past: Past) -> SitePage:
    """Return the page as of the last judgement; `inventory` is the part that the viewer sees."""
    at, zone = now.verdicts.judged_at, inventory.province.timezone
    verdict = now.verdicts.sites.get(site.id)
    facts = next((one for one in now.coverage.facts if one.site == site.id), None)
    names = names_at(inventory, site)
    told_of = {item: names[item] for item in watched(inventory, site)}
    machines = now.coverage.sites.get(site.id, _NOTHING)
    unit = facts.unit if facts is not None else ""
    return SitePage(
        site=site.id,
        name=site.name,
        kind=SITE_WORDS[site.kind],
        unit=facts.unit_name if facts is not None else "",
        unit_href=f"/units/{unit}" if unit in inventory.units else "",
        former=_former(now.coverage.former_names.get(unit, ())),
        address=site.postal_address or "",
        as_of=as_of(at, zone),
        sentence=_sentence(site, verdict, machines, at, zone),
        status=STATUS_WORDS[verdict.status]["vi"] if verdict is not None else "Không theo dõi",
        tone=TONES.get(verdict.status, "rest") if verdict is not None else "rest",
        evidence=tuple(_evidence(inventory, verdict)),
        runbook=href_of_status(verdict.status if verdict is not None else None),
        chain=site_chain(site, now.verdicts, machines, inventory.province.centre),
        day=_strips(past, told_of, at - DAY_SECONDS, at, zone)[:STRIPS],
        month=_strips(past, told_of, at - DAYS * DAY_SECONDS, at, zone)[: 1 + len(site.links)],
        legend=tuple((kind.name.lower(), word) for kind, word in WORDS.items()),
        outages=outage_rows(past.cases, past.beliefs, told_of, inventory, at),
        links=link_rows(inventory, site, now.verdicts, now.qualities),
        machines=machines_of(
            inventory, site, now.verdicts, now.coverage, with_pcs=now.with_pcs, may_ask=now.may_ask
        ),
        devices=device_rows(site, names, now.verdicts),
        device_counts=tuple(_counts(site)),
        points=point_rows(site, names, now.verdicts),
        services=service_rows(inventory, site, now.verdicts),
        are_services_told=bool(inventory.services),
        contacts=contact_rows(inventory, site, facts),
        windows=window_rows(now.book, site, names, at, zone),
        told=now.told,
    )


def _sentence(
    site: Site, verdict: SiteVerdict | None, machines: SiteCoverage, at: float, zone: str
) -> str:
    """Return the verdict in one sentence: what, since when, how long, why."""
    if verdict is None:
        return _BEFORE_WATCH.get(site.lifecycle, "Điểm này chưa được đánh giá.")
    status = STATUS_WORDS[verdict.status]["vi"].lower()
    text = f"{site.name}: {status} từ {moment(verdict.since, zone)} ({lasted(at - verdict.since)})"
    if verdict.cause:
        text += f", nguyên nhân: {CAUSE_WORDS[verdict.cause]['vi'].lower()}"
    if verdict.status in FAULTY and verdict.last_sign_at is not None:
        text += f", tín hiệu cuối lúc {moment(verdict.last_sign_at, zone)}"
    elif machines.declared:
        text += f", {machines.reporting}/{machines.declared} máy đang báo cáo"
    return f"{text}."


def _evidence(inventory: Inventory, verdict: SiteVerdict | None) -> Iterator[str]:
    for note in verdict.evidence if verdict is not None else ():
        yield sentence(note, "vi", inventory.province.timezone, inventory)


def _strips(
    past: Past, names: Mapping[str, str], start: float, at: float, zone: str
) -> tuple[Strip, ...]:
    """Return the strips of the site, and of what else of it was judged in that time."""
    judged = {
        item: name
        for item, name in names.items()
        if any(one.end is None or one.end > start for one in past.spans.get(item, ()))
    }
    shown = dict(list(names.items())[:1]) | judged
    return tuple(
        strip(name, past.spans.get(item, ()), start, at, zone) for item, name in shown.items()
    )


def _counts(site: Site) -> Iterator[str]:
    for one in site.device_counts:
        as_of_day = one.as_of.strftime("%d/%m/%Y")
        yield f"{DEVICE_WORDS[one.kind]}: {one.count} (đến {as_of_day}, nguồn: {one.source})"


def _former(names: Sequence[FormerName]) -> str:
    return ", ".join(one.name for one in names)
