"""Everything that is known at one moment and says whether points are ready. Pure.

Made once for all points: outages, conditions and planned work are put in order by site.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from collector.maintenance.records import Entry, State
from collector.readiness.readings import Reading, Readings
from collector.verdict.evidence.latest import Newest
from collector.verdict.outages.records import Case
from collector.verdict.verdicts import Verdicts
from inventory.model import Inventory, site_id

NEVER: Final = float("-inf")
LATELY_SECONDS: Final = 3_600.0
"""A fault that ended so shortly before midnight still says what evidence is older than it."""


class Sight(msgspec.Struct, frozen=True):
    """What is known as of `now`; tables are by site (of a service: by itself)."""

    inventory: Inventory
    verdicts: Verdicts
    readings: Readings
    newest: Newest
    now: float
    outages: Mapping[str, tuple[Case, ...]]
    """Those of today, and of the last hour, that were not withdrawn."""
    today: float
    """When this day began in the province."""
    planned: Mapping[str, tuple[Entry, ...]]
    """Confirmed work and power cuts that are not over."""
    on_battery: Mapping[str, str]
    """Sites whose power supply runs on its battery, with its id."""

    def fresh(
        self, check: str, target: str, interval_seconds: float, site: str = ""
    ) -> list[Reading]:
        """Return what tells the present of a target; only of the machines of a site, if given.

        What was measured before the last fault of its site or of itself ended says nothing of now.
        """
        since = self.last_fault_at(target)
        if site:
            since = max(since, self.last_fault_at(site))
        return [
            reading
            for reading in self.readings.of(check, target, site)
            if reading.is_fresh(self.now, interval_seconds, since)
        ]

    def last_measured_at(self, check: str, target: str) -> float | None:
        """Return when a target was measured last, None for never."""
        return max((one.measured_at for one in self.readings.of(check, target)), default=None)

    def last_fault_at(self, target: str) -> float:
        """Return when the last fault of today of a target or its whole site ended, or began."""
        site = site_id(target)
        faults = (case.outage for case in self.outages.get(site, ()))
        return max(
            (
                one.started_at if one.ended_at is None else one.ended_at
                for one in faults
                if one.item in (target, site)
            ),
            default=NEVER,
        )

    def power_cuts(self, site: str) -> list[Case]:
        """Return the site's outages of today of which a part is put down to power."""
        return [
            case
            for case in self.outages.get(site, ())
            if (case.cause == "power" or any(one.cause == "power" for one in case.outage.phases))
            and (case.outage.ended_at is None or case.outage.ended_at >= self.today)
        ]

    def power_failed_at(self, site: str) -> float:
        """Return when the power failed last today at a site, -inf for never."""
        return max((case.outage.started_at for case in self.power_cuts(site)), default=NEVER)


def sight_of(
    inventory: Inventory,
    verdicts: Verdicts,
    readings: Readings,
    newest: Newest,
    *,
    cases: Iterable[Case],
    planned: Iterable[Entry],
    now: float,
) -> Sight:
    """Return what is known as of `now`."""
    today = _midnight(now, ZoneInfo(inventory.province.timezone))
    since = min(today, now - LATELY_SECONDS)
    outages: dict[str, list[Case]] = {}
    for case in cases:
        one = case.outage
        if not case.is_withdrawn and (one.ended_at is None or one.ended_at >= since):
            outages.setdefault(site_id(one.item), []).append(case)
    windows: dict[str, list[Entry]] = {}
    for entry in planned:
        if entry.state is State.CONFIRMED and entry.end > now and entry.item:
            windows.setdefault(site_id(entry.item), []).append(entry)
    return Sight(
        inventory=inventory,
        verdicts=verdicts,
        readings=readings,
        newest=newest,
        now=now,
        outages={site: tuple(found) for site, found in outages.items()},
        today=today,
        planned={site: tuple(found) for site, found in windows.items()},
        on_battery={
            one.site: one.item for one in verdicts.conditions if one.condition == "on_battery"
        },
    )


def _midnight(now: float, zone: ZoneInfo) -> float:
    local = datetime.fromtimestamp(now, zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
