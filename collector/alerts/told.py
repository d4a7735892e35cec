"""What is said of all faults at one moment, each in the same words while it stays the same fault.

Evidence is looked at again every minute; sentences that named the newest look would make a new
series each time. A fault keeps the words that it was first told in, until its status, its cause,
its beginning or the kind of evidence changes, or the inventory does.
"""

from collections.abc import Hashable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from collector.alerts import explanation
from collector.alerts.explanation import FAULTY, Explanation
from collector.verdict.verdicts import SiteVerdict, Verdicts
from inventory.model import Inventory, Unit

Rows = Mapping[tuple[str, ...], float]


class Told(msgspec.Struct, frozen=True):
    """Explanations by site, and with the place by event."""

    sites: dict[str, Explanation] = {}
    events: dict[str, tuple[str, Explanation]] = {}


NOTHING = Told()


class Teller:
    """Keeps the words of every fault that lasts."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Explanation] = {}
        self._inventory: Inventory | None = None
        self._verdicts: Verdicts | None = None
        self._told = NOTHING

    def tell(self, inventory: Inventory, verdicts: Verdicts) -> Told:
        """Return what is said of these verdicts."""
        if inventory is not self._inventory:
            self._known = {}
            self._inventory = inventory
        elif verdicts is self._verdicts:
            return self._told
        known: dict[Hashable, Explanation] = {}
        sites, events = {}, {}
        zone = ZoneInfo(inventory.province.timezone)
        today = datetime.fromtimestamp(verdicts.judged_at, zone).date()
        for verdict in verdicts.sites.values():
            site = inventory.sites.get(verdict.site)
            if verdict.status in FAULTY and site is not None:
                unit = inventory.units.get(site.unit_on(today) or "")
                key = _site_key(verdict, unit)
                known[key] = self._known.get(key) or explanation.of_site(inventory, verdict, unit)
                sites[verdict.site] = known[key]
        for event in verdicts.events:
            if event.ended_at is None:
                place = explanation.where(inventory, event)
                events[event.id] = (place, explanation.of_event(inventory, event))
        self._known, self._verdicts = known, verdicts
        self._told = Told(sites, events)
        return self._told


def rows(told: Told) -> dict[str, Rows]:
    """Return the series that carry these words, by metric."""
    return {
        "govnet_site_explanation_info": {
            (site, *_values(one)): 1.0 for site, one in told.sites.items()
        },
        "govnet_event_explanation_info": {
            (event, where, *_values(one)): 1.0 for event, (where, one) in told.events.items()
        },
    }


def _values(one: Explanation) -> tuple[str, ...]:
    return (one.since, one.cause, one.evidence, one.advice, one.call)


def _site_key(verdict: SiteVerdict, unit: Unit | None) -> Hashable:
    """Return what makes it the same fault: of the evidence its kinds and whom they name."""
    notes = tuple(
        (note.code, *(arg for arg in note.args if isinstance(arg, str)))
        for note in verdict.evidence
    )
    return (
        verdict.site,
        verdict.status,
        verdict.cause,
        verdict.since,
        unit.id if unit is not None else None,
        notes,
    )
