"""What is missing at one site: office PCs as a number, what matters by itself by name. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collector.pages.coverage_parts import MACHINES, Part, is_seen, kind_of, total
from collector.pages.differences import is_office_pc
from collector.pages.named import name_of
from collector.verdict.coverage import Coverage, SiteFacts
from collector.verdict.verdicts import ItemVerdict
from inventory.model import ConferencePoint, Device, Inventory, Lifecycle, Link, Site

NO_ADDRESS: Final = "danh mục chưa ghi địa chỉ"
NOT_MEASURED: Final = "chưa đo được"
NO_KEY: Final = "chưa ghi danh"
SILENT: Final = "đã ghi danh, không báo về"


@dataclass(frozen=True, slots=True)
class SiteMissing:
    """One site: its machines as numbers, where those are from, and what is missing.

    `places` are sentences with numbers, `named` pairs of a name and why it is not there.
    """

    name: str
    href: str
    unit: str
    declared: int
    exempt: int
    enrolled: int
    reporting: int
    sources: tuple[str, ...]
    reason: str
    places: tuple[str, ...]
    named: tuple[tuple[str, str], ...]


def missing(
    inventory: Inventory,
    coverage: Coverage,
    items: Mapping[str, ItemVerdict],
    fact: SiteFacts,
    by_site: Mapping[str, Sequence[Part]],
) -> SiteMissing:
    """Return what a site lacks; `by_site` has its parts."""
    found = by_site.get(fact.site, ())
    machines = [one for one in found if one.group in MACHINES]
    tally = total(machines)
    site = inventory.sites[fact.site]
    is_exempt = site.lifecycle is Lifecycle.EXEMPT
    return SiteMissing(
        name=fact.site_name,
        href=f"/sites/{fact.site}",
        unit=fact.unit_name,
        declared=tally.declared,
        exempt=tally.exempt,
        enrolled=tally.enrolled,
        reporting=tally.reporting,
        sources=tuple(_sources(machines)),
        reason=f"Điểm được miễn: {site.exempt_reason}" if is_exempt else "",
        places=tuple(_places(machines)),
        named=() if is_exempt else tuple(_named(inventory, coverage, items, site)),
    )


def _sources(machines: Sequence[Part]) -> Iterator[str]:
    """Yield by profile how many are declared, as of when, by whom."""
    for one in machines:
        number = one.tally.declared + one.tally.exempt
        if number:
            when = f", tính đến {one.as_of}" if one.as_of else ""
            yield f"{number} {one.kind}{when} ({one.source})"


def _places(machines: Sequence[Part]) -> Iterator[str]:
    """Yield by profile how many machines lack a key."""
    lacking: defaultdict[str, int] = defaultdict(int)
    for one in machines:
        lacking[one.kind] += one.tally.lacking
    for kind, number in lacking.items():
        if number:
            yield f"{number} {kind} chưa ghi danh"
    beyond = sum(one.tally.enrolled for one in machines if not one.tally.declared)
    if beyond:
        yield f"{beyond} máy ghi danh ngoài số khai"


def _named(
    inventory: Inventory, coverage: Coverage, items: Mapping[str, ItemVerdict], site: Site
) -> Iterator[tuple[str, str]]:
    """Yield servers and designated machines, devices, lines and rooms that say nothing."""
    for machine in site.active_machines():
        agent = coverage.agents.get(machine.id)
        if is_office_pc(inventory, machine) or (agent is not None and agent.up):
            continue
        yield f"Máy {name_of(machine)}", NO_KEY if agent is None else SILENT
    everything: tuple[Device | Link | ConferencePoint, ...] = (
        *site.devices,
        *site.links,
        *site.conference_points,
    )
    for item in everything:
        if item.lifecycle is not Lifecycle.ACTIVE or is_seen(items, item.id):
            continue
        group, kind = kind_of(item)
        name = name_of(item)
        has_address = getattr(item, "address", "link") is not None
        label = name if name.startswith((kind, group.value)) else f"{kind}: {name}"
        yield label, NOT_MEASURED if has_address else NO_ADDRESS
