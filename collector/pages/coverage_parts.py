"""How many of each kind are declared at each site, and how many of them are there. Pure.

Of machines: exempt, enrolled, reporting. Of devices, lines and rooms, which hold no key: how many
are judged by something that was measured. Nothing here tells of a single office PC.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from collector.pages.named import DEVICE_WORDS, POINT_WORDS, TECHNOLOGY_WORDS
from collector.verdict.coverage import AgentCoverage, Coverage
from collector.verdict.verdicts import ItemVerdict
from inventory.model import (
    ConferencePoint,
    Device,
    Inventory,
    Lifecycle,
    Link,
    MachineRole,
    Site,
)

UNSEEN: Final = frozenset({"unknown", "never_seen", "unreachable", "exempt"})
"""Statuses of an item that say nothing of the item itself."""
BEYOND: Final = "Máy ghi danh ngoài số khai"
BY_NUMBER: Final = "{} (chỉ khai số lượng)"


class Group(StrEnum):
    """What a kind belongs to, in the order of the page."""

    PC = "Máy tính"
    SERVER = "Máy chủ"
    DEVICE = "Thiết bị"
    LINK = "Đường truyền"
    POINT = "Điểm cầu"


MACHINES: Final = (Group.PC, Group.SERVER)


@dataclass(frozen=True, slots=True)
class Tally:
    """So many of something. `enrolled` counts machines only.

    `lacking` are declared machines without a key, other things that nothing measures. Sums keep
    it: machines beyond the number of one site are none of another's.
    """

    declared: int = 0
    exempt: int = 0
    enrolled: int = 0
    reporting: int = 0
    lacking: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.declared + other.declared,
            self.exempt + other.exempt,
            self.enrolled + other.enrolled,
            self.reporting + other.reporting,
            self.lacking + other.lacking,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One kind at one site. `as_of` (dd/mm/yyyy) and `source` are those of what was counted."""

    site: str
    group: Group
    kind: str
    tally: Tally
    as_of: str = ""
    source: str = ""


def parts(
    inventory: Inventory, coverage: Coverage, items: Mapping[str, ItemVerdict]
) -> Iterator[Part]:
    """Yield every kind of every site that is counted, in the order of the inventory."""
    by_site: defaultdict[str, list[AgentCoverage]] = defaultdict(list)
    for agent in coverage.agents.values():
        by_site[agent.site].append(agent)
    for fact in coverage.facts:
        site = inventory.sites.get(fact.site)
        if site is not None:
            yield from _machines(inventory, site, by_site[site.id])
            yield from _items(site, items)


def total(found: Iterable[Part]) -> Tally:
    """Return the sum."""
    return sum((one.tally for one in found), Tally())


def is_seen(items: Mapping[str, ItemVerdict], item: str) -> bool:
    """Whether something measured tells of an item, be it that it is down."""
    verdict = items.get(item)
    return verdict is not None and verdict.status not in UNSEEN


def _machines(inventory: Inventory, site: Site, agents: Sequence[AgentCoverage]) -> Iterator[Part]:
    """Yield the machines by profile.

    Whoever is not declared by itself fills the places that were counted, in the order of the file.
    """
    is_exempt = site.lifecycle is Lifecycle.EXEMPT
    profile_of = {machine.id: machine.profile for machine in site.machines}
    declared: Counter[str] = Counter()
    exempt: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for machine in site.machines:
        if machine.lifecycle is Lifecycle.ACTIVE:
            declared[machine.profile] += 1
        elif machine.lifecycle is Lifecycle.EXEMPT:
            exempt[machine.profile] += 1
    for count in site.machine_counts:
        if count.exempt:
            exempt[count.profile] += count.count
        else:
            declared[count.profile] += count.count
            places[count.profile] += count.count
    enrolled, up, beyond = _filled(profile_of, places, agents)
    for profile in dict.fromkeys((*declared, *exempt, *enrolled)):
        known = inventory.machine_profiles.get(profile)
        is_server = known is not None and known.role is MachineRole.SERVER
        counts = [one for one in site.machine_counts if one.profile == profile]
        expected = 0 if is_exempt else declared[profile]
        tally = Tally(
            expected,
            exempt[profile] + declared[profile] - expected,
            enrolled[profile],
            up[profile],
            max(0, expected - enrolled[profile]),
        )
        yield Part(
            site.id,
            Group.SERVER if is_server else Group.PC,
            known.name if known else profile,
            tally,
            min(one.as_of for one in counts).strftime("%d/%m/%Y") if counts else "",
            "; ".join(dict.fromkeys(one.source for one in counts)) or "khai từng máy",
        )
    if beyond:
        yield Part(site.id, Group.PC, BEYOND, Tally(enrolled=len(beyond), reporting=sum(beyond)))


def _filled(
    profile_of: Mapping[str, str], places: Mapping[str, int], agents: Sequence[AgentCoverage]
) -> tuple[Counter[str], Counter[str], Sequence[bool]]:
    """Return by profile how many are enrolled and report; whether each beyond all places does."""
    enrolled: Counter[str] = Counter()
    up: Counter[str] = Counter()
    fillers = []
    for agent in agents:
        profile = profile_of.get(agent.machine)
        if profile is None:
            fillers.append(agent.up)
        else:
            enrolled[profile] += 1
            up[profile] += agent.up
    # Those that report first: a place is filled by whoever is there.
    fillers.sort(reverse=True)
    for profile, number in places.items():
        taken, fillers = fillers[:number], fillers[number:]
        enrolled[profile] += len(taken)
        up[profile] += sum(taken)
    return enrolled, up, fillers


def _items(site: Site, items: Mapping[str, ItemVerdict]) -> Iterator[Part]:
    """Yield devices, lines and rooms by kind."""
    is_exempt = site.lifecycle is Lifecycle.EXEMPT
    found: dict[tuple[Group, str], Tally] = {}
    everything: tuple[Device | Link | ConferencePoint, ...] = (
        *site.devices,
        *site.links,
        *site.conference_points,
    )
    for item in everything:
        if item.lifecycle not in {Lifecycle.ACTIVE, Lifecycle.EXEMPT}:
            continue
        if is_exempt or item.lifecycle is Lifecycle.EXEMPT:
            one = Tally(exempt=1)
        elif is_seen(items, item.id):
            one = Tally(declared=1, reporting=1)
        else:
            one = Tally(declared=1, lacking=1)
        key = kind_of(item)
        found[key] = found.get(key, Tally()) + one
    for (group, kind), tally in found.items():
        yield Part(site.id, group, kind, tally)
    for count in site.device_counts:
        yield Part(
            site.id,
            Group.DEVICE,
            BY_NUMBER.format(DEVICE_WORDS[count.kind]),
            Tally(exempt=count.count) if is_exempt else Tally(count.count, lacking=count.count),
            count.as_of.strftime("%d/%m/%Y"),
            count.source,
        )


def kind_of(item: Device | Link | ConferencePoint) -> tuple[Group, str]:
    """Return which group and kind an item counts to."""
    match item:
        case Device():
            return Group.DEVICE, DEVICE_WORDS[item.kind]
        case Link():
            return Group.LINK, TECHNOLOGY_WORDS[item.technology]
        case _:
            return Group.POINT, POINT_WORDS[item.kind]
