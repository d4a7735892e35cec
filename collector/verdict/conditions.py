"""What is wrong with items that still work. Pure."""

from collections.abc import Iterator
from typing import Final

from collector.verdict.evidence.evidence import Evidence
from collector.verdict.evidence.facts import Fact
from collector.verdict.evidence.latest import Newest
from collector.verdict.site.seen import of_the_device
from collector.verdict.verdicts import Condition
from inventory.model import Inventory, Lifecycle

CERTIFICATE_SECONDS: Final = 14 * 86_400
"""A certificate that ends sooner must be renewed now."""
CLOCK_SECONDS: Final = 300.0
"""A clock further off breaks logons and certificates."""
DROPPING_SECONDS: Final = 3_600.0
"""For so long after the last dropped report an agent counts as dropping."""


def conditions(inventory: Inventory, evidence: Evidence, now: float) -> frozenset[Condition]:
    """Return what is wrong at present (`now`, Unix seconds)."""
    newest = evidence.newest
    return frozenset(
        (
            *_of_machines(inventory, newest, now),
            *_of_certificates(inventory, newest, now),
            *_of_the_mains(inventory, evidence, now),
        )
    )


def _of_the_mains(inventory: Inventory, evidence: Evidence, now: float) -> Iterator[Condition]:
    """Yield the power supplies that say now that they run on their battery, and none denies it."""
    for site in inventory.sites.values():
        if site.lifecycle is not Lifecycle.ACTIVE:
            continue
        for device in site.devices:
            if device.lifecycle is not Lifecycle.ACTIVE:
                continue
            runs = (track.at(now) for track in of_the_device(device.id, evidence))
            said = {run.says(Fact.MAINS) for run in runs if run is not None}
            if False in said and True not in said:
                yield Condition(site.id, device.id, "on_battery")


def _of_machines(inventory: Inventory, newest: Newest, now: float) -> Iterator[Condition]:
    """Yield the conditions of the machines that are heard and should exist now."""
    for site in inventory.sites.values():
        if site.lifecycle is not Lifecycle.ACTIVE:
            continue
        unjudged = {m.id for m in site.machines if m.lifecycle is not Lifecycle.ACTIVE}
        for latest in newest.machines.get(site.id, {}).values():
            if not latest.fresh(now) or latest.machine in unjudged:
                continue
            if latest.disk_full:
                yield Condition(site.id, latest.machine, "disk_full")
            if abs(latest.skew_seconds) > CLOCK_SECONDS:
                yield Condition(site.id, latest.machine, "clock_wrong")
            if now - latest.dropped_at <= DROPPING_SECONDS:
                yield Condition(site.id, latest.machine, "spool_dropping")


def _of_certificates(inventory: Inventory, newest: Newest, now: float) -> Iterator[Condition]:
    interval_seconds = inventory.report_interval_seconds
    latest = now + CERTIFICATE_SECONDS
    for site in inventory.sites.values():
        for point in site.conference_points:
            ends_at = newest.earliest_end(point.id, now, interval_seconds)
            if ends_at is not None and ends_at < latest:
                yield Condition(site.id, point.id, "certificate_expiring")
    for service in inventory.services.values():
        ends_at = newest.earliest_end(service.id, now, service.interval_seconds)
        if ends_at is not None and ends_at < latest:
            site_id = service.site or inventory.province.centre
            yield Condition(site_id, service.id, "certificate_expiring")
