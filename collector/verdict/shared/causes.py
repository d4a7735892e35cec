"""The cause that silences of one group share. Pure.

The first that fits. Only causes that a site's own evidence does not prove are changed, and a cause
is named only where the company of others separates it from its rivals:

1. `centre`: the centre's own agent fell silent with the site (one late report is no silence); or at
   least three vanished, more than were seen alive since, and of at least two carriers more vanished
   than live. Where the province has only one carrier, centre and carrier look the same:
   `undetermined`.
2. `power`: another site of the power area is proven to have lost its mains about then.
3. `carrier`: at least three sites of one carrier vanished, two thirds of those that lived, while a
   site of another carrier was seen alive since. Not if they are all of one power area where no
   site of another carrier lives: then it may be the feeder.
4. `power`: sites of one power area vanished on two carriers whose other sites live.
5. `undetermined`: sites of one power area vanished on one carrier: the feeder, or its node.

Power is not named where more sites of the area live (or had power, but not their path) than are
dark, nor for a site whose own evidence is `link` or `carrier`: it had power when its path was gone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Final, TypeAlias

from collector.verdict.notes import EvidenceNote
from collector.verdict.shared.company import Company, Witnesses
from collector.verdict.shared.feeders import Feeders
from collector.verdict.shared.records import Silence

MANY_SITES: Final = 3
"""Fewer sites than this never accuse what they share."""
CARRIER_RATIO: Final = 2 / 3
"""Of a carrier's sites, so many are gone if its network is."""

Named: TypeAlias = tuple[str, tuple[EvidenceNote, ...]]
Key: TypeAlias = tuple[str, float]


class GroupCauses:
    """Names the causes of one group's silences; see above."""

    def __init__(
        self,
        group: Sequence[Silence],
        settled_at: float,
        witnesses: Witnesses,
        feeders: Feeders,
        centre_silent_since: Callable[[float], float | None],
    ) -> None:
        self._group = group
        self._open = [one for one in group if not one.is_proven and one.cause in _CHANGEABLE]
        self._witnesses = witnesses
        self._feeders = feeders
        self._centre_silent_since = centre_silent_since
        self._cut_by = witnesses.cut_by(max([one.last_sign_at for one in group]))
        looked_at = self._cut_by + witnesses.interval_seconds
        certain_at = max([one.detected_at for one in group])
        self._at = min(witnesses.now, max(settled_at, looked_at, certain_at))
        self._is_early = self._at < looked_at
        self._gone = {one.site for one in group}
        self._named: dict[Key, Named] = {}

    def name(self) -> dict[Key, Named]:
        """Return cause and notes of each silence about which the company says something."""
        if not self._open:
            return {}
        if self._blame_centre():
            return self._named
        if not self._is_early:
            self._by_proven_neighbours()
            self._blame_carriers()
            self._by_areas()
        return self._named

    @cached_property
    def _company(self) -> Company:
        """Who was seen alive after all of the group were cut off."""
        return self._witnesses.after(self._cut_by, self._at)

    @cached_property
    def _of_area(self) -> dict[str, list[Silence]]:
        areas: dict[str, list[Silence]] = {}
        for one in self._group:
            areas.setdefault(one.power_area, []).append(one)
        return areas

    @cached_property
    def _living_carriers(self) -> set[str]:
        """Carriers of which a site was seen alive since."""
        company = self._company
        return {
            one for one in company.by_carrier if one and company.of_carrier(one, self._gone) > 0
        }

    def _say(self, silences: Iterable[Silence], cause: str, note: EvidenceNote) -> None:
        for one in silences:
            self._named.setdefault((one.site, one.onset), (cause, (note,)))

    def _unnamed(self) -> list[Silence]:
        return [one for one in self._open if (one.site, one.onset) not in self._named]

    def _blame_centre(self) -> bool:
        first = self._group[0].onset
        since = self._centre_silent_since(self._at)
        if since is not None and since >= first - self._feeders.window_seconds:
            self._say(self._open, "centre", EvidenceNote("centre_silent_together", (first,)))
            return True
        silent = _by_carrier(self._open)
        number = len({one.site for one in self._open})
        if number < MANY_SITES or self._is_early:
            return False
        company = self._company
        alive = company.sites - self._gone
        if number <= len(alive):
            return False
        carriers = {carrier for carrier in silent if carrier}
        lost = [
            carrier
            for carrier in carriers
            if len(silent[carrier]) > company.of_carrier(carrier, self._gone)
        ]
        if len(lost) > 1:
            note = EvidenceNote("many_at_once", (number, number + len(alive)))
            self._say(self._open, "centre", note)
            return True
        carriers |= self._living_carriers
        if len(carriers) > 1:
            return False
        note = EvidenceNote("centre_or_carrier", (number, number + len(alive), *carriers))
        if not carriers:
            note = EvidenceNote("many_at_once", (number, number + len(alive)))
        self._say(self._open, "undetermined", note)
        return True

    def _by_proven_neighbours(self) -> None:
        for one in self._open:
            if one.cause in _PATH or not one.power_area:
                continue
            neighbour = self._feeders.dark_neighbour(one)
            if neighbour is not None and self._is_dark(one.power_area):
                note = EvidenceNote("same_power_area", (one.power_area, neighbour))
                self._say([one], "power", note)

    def _blame_carriers(self) -> None:
        left = _by_carrier(self._unnamed())
        for carrier in sorted(left):
            silent = left[carrier]
            if not carrier or len(silent) < MANY_SITES:
                continue
            company = self._company
            watched = len(silent) + company.of_carrier(carrier, self._gone)
            others = self._living_carriers - {carrier}
            if len(silent) < CARRIER_RATIO * watched or not others:
                continue
            of_carrier = [one for one in self._unnamed() if one.carrier == carrier]
            if not self._may_be_feeder(of_carrier):
                note = EvidenceNote("carrier_down", (carrier, len(silent), watched))
                self._say(of_carrier, "carrier", note)

    def _may_be_feeder(self, silences: Sequence[Silence]) -> bool:
        """Whether these, all of one carrier, may as well be without power all at once."""
        areas = {one.power_area for one in silences}
        if len(areas) != 1 or "" in areas or any(one.cause in _PATH for one in silences):
            return False
        (area,) = areas
        carrier = silences[0].carrier
        of_area = self._company.by_area.get(area, {})
        return all(
            other == carrier or site in self._gone or self._feeders.is_dark(site, area, silences[0])
            for site, other in of_area.items()
        )

    def _by_areas(self) -> None:
        areas: defaultdict[str, list[Silence]] = defaultdict(list)
        for one in self._unnamed():
            if one.power_area and one.cause not in _PATH:
                areas[one.power_area].append(one)
        for area, dark in sorted(areas.items()):
            sites = {one.site for one in dark}
            if len(sites) < 2 or not self._is_dark(area):  # noqa: PLR2004 - several sites
                continue
            carriers = {one.carrier for one in dark if one.carrier}
            if len(carriers & self._living_carriers) > 1:
                note = EvidenceNote("area_on_carriers", (area, len(sites), len(carriers)))
                self._say(dark, "power", note)
            elif len(carriers) == 1:
                note = EvidenceNote("feeder_or_carrier", (area, len(sites), *carriers))
                self._say(dark, "undetermined", note)

    def _is_dark(self, area: str) -> bool:
        """Whether more sites of the area went dark than are known to have had power."""
        company = self._company
        dark: set[str] = set()
        powered: set[str] = set()
        for one in self._of_area.get(area, ()):
            (powered if one.cause in _POWERED else dark).add(one.site)
        for site in company.by_area.get(area, {}).keys() - self._gone:
            if not self._feeders.is_dark(site, area, self._group[0]):
                powered.add(site)
        return len(dark) > len(powered)


_PATH: Final = ("link", "carrier")
"""The site had power, only its path was gone. How far away, others may know better."""
_CHANGEABLE: Final = ("undetermined", *_PATH)
_POWERED: Final = (*_PATH, "lan", "equipment", "agent")
"""A site for whose silence its own evidence gives one of these had power."""


def _by_carrier(silences: Iterable[Silence]) -> dict[str, set[str]]:
    sites: defaultdict[str, set[str]] = defaultdict(set)
    for one in silences:
        sites[one.carrier].add(one.site)
    return sites
