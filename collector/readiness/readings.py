"""The newest that machines measured of points, circuits and services, with when they did.

The series of `/metrics` are columns that nobody can ask by target; this keeps the few results that
say whether a conference will work. Ordered as everywhere (`collector.series.state.Order`): what
arrives late or twice replaces nothing newer. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from collector.series.labels import Targets
from collector.series.state import Order, fresh_seconds
from collector.wire import Received, WireResult
from inventory.model import site_id

KEPT_CHECKS: Final = frozenset({"conference", "path", "service", "registrar"})


class Reading(msgspec.Struct, frozen=True):
    """One machine's newest run of a check on a target; `measured_at` is Unix seconds."""

    machine: str
    order: Order
    measured_at: float
    result: WireResult

    def value(self, name: str, **labels: str) -> float | None:
        """Return a sample by its name and exactly these labels, None if it is not told."""
        for sample in self.result.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
        return None

    def by_label(self, name: str, label: str) -> Mapping[str, float]:
        """Return the samples of that name by the value of one label."""
        return {
            sample.labels.get(label, ""): sample.value
            for sample in self.result.samples
            if sample.name == name
        }

    def is_fresh(self, now: float, interval_seconds: float, since: float) -> bool:
        """Whether it tells the present: within three intervals, and after `since`.

        A result that is nothing but an error measured nothing.
        """
        is_young = 0 <= now - self.measured_at <= fresh_seconds(interval_seconds)
        return is_young and self.measured_at > since and bool(self.result.samples)


class Readings:
    """The newest result of every machine, by check and target, then by the machine's site."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._by_target: dict[tuple[str, str], dict[str, dict[str, Reading]]] = {}

    def apply(self, received: Received) -> None:
        """Take in what a report says of points, circuits and services."""
        identity, order = received.identity, Order.of(received)
        for result in received.report.results:
            if result.check not in KEPT_CHECKS:
                continue
            key = (result.check, result.target)
            known = self._by_target.get(key, {}).get(identity.site, {}).get(identity.machine)
            if known is not None:
                if not known.order.precedes(order):
                    continue
            elif isinstance(self._targets.place(identity, *key), str):
                continue
            reading = Reading(identity.machine, order, received.at - result.age_seconds, result)
            of_site = self._by_target.setdefault(key, {}).setdefault(identity.site, {})
            of_site[identity.machine] = reading

    def of(self, check: str, target: str, site: str = "") -> Iterator[Reading]:
        """Yield what every machine measured last, or every one of that site."""
        by_site = self._by_target.get((check, target), {})
        for of_site in (by_site.get(site, {}),) if site else by_site.values():
            yield from of_site.values()

    def forget(self, machine: str) -> None:
        """Drop everything a machine said: its agent was removed or moved."""
        for by_site in self._by_target.values():
            by_site.get(site_id(machine), {}).pop(machine, None)

    def replace_inventory(self, targets: Targets) -> None:
        """Go by another inventory from now on; what is known of what left it is dropped."""
        self._targets = targets
        for key in [key for key in self._by_target if not targets.known(key[1])]:
            del self._by_target[key]
        for by_site in self._by_target.values():
            for site in [site for site in by_site if not targets.has_site(site)]:
                del by_site[site]
