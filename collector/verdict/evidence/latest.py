"""The newest that every machine said beside what is kept as runs: for what holds only at present.

Ordered by the same rule as the live state (`collector.series.state.Order`): a report that arrives
late, twice or in any order replaces nothing that a newer one said. It only adds what no newer one
said, so every order of arrival leaves the same.
"""

import math
from collections.abc import Iterable
from typing import Final

import msgspec

from collector.series.labels import Targets
from collector.series.state import AgentLive, Order, fresh_seconds
from collector.wire import Received, WireResult, WireSample

DISK_FULL_RATIO: Final = 0.05
DISK_FULL_BYTES: Final = 10 * 2**30
"""A disk is full with less than 5 % and less than 10 GiB free: neither alone says it."""

EXPIRIES: Final = {
    "conference": "govnet_point_certificate_expiry_timestamp_seconds",
    "service": "govnet_service_certificate_expiry_timestamp_seconds",
}
"""Which checks look at certificates, and the metric that says when one ends."""
_DROPPED: Final = "govnet_agent_spool_dropped_reports_total"


class Dropped(msgspec.Struct, frozen=True):
    """What an agent's reports say about those it dropped, over all reports of one incarnation.

    `most` is the highest count; `seq` and `at` (Unix seconds) are of the first report with it.
    """

    seq: int
    at: float
    most: float
    least: float


class Latest(msgspec.Struct, frozen=True):
    """A machine's newest report; it tells the present until `fresh_until` (Unix seconds).

    `skew_seconds` is the machine's clock minus the collector's.
    """

    machine: str
    site: str
    order: Order
    fresh_until: float
    skew_seconds: float = 0.0
    disk_full: bool = False
    dropped: Dropped | None = None

    @property
    def at(self) -> float:
        """When it was made (Unix seconds)."""
        return self.order.at

    @property
    def dropped_at(self) -> float:
        """When its agent was last seen to have dropped reports (Unix seconds), -inf if never.

        A new spool that says how many its predecessor dropped has dropped none itself.
        """
        dropped = self.dropped
        return dropped.at if dropped is not None and dropped.least < dropped.most else -math.inf

    def fresh(self, now: float) -> bool:
        """Whether the machine was heard from within three of its report intervals."""
        return now <= self.fresh_until


class Certificate(msgspec.Struct, frozen=True):
    """The certificates of a target as one machine saw them last; `order` is that report's.

    `measured_at` is Unix seconds; `lasts_seconds` how long its reporter's reports tell the present.
    `expires_at` is the earliest one's end (Unix seconds), None if none was seen.
    """

    order: Order
    measured_at: float
    lasts_seconds: float
    expires_at: float | None


class Newest:
    """The newest of all machines, by site and by target."""

    def __init__(self, targets: Targets) -> None:
        self.machines: dict[str, dict[str, Latest]] = {}
        """By site, then machine."""
        self.certificates: dict[str, dict[str, Certificate]] = {}
        """By target (conference point, service), then machine that looked."""
        self._targets = targets

    def apply(self, received: Received) -> None:
        """Take in a report of a known site, the newest or an old one."""
        order = Order.of(received)
        disk_full, dropped = False, None
        for result in received.report.results:
            if result.check == "machine":
                disk_full = _disk_full(result.samples)
            elif result.check == "agent":
                dropped = _dropped(result.samples)
            elif result.check in EXPIRIES:
                self._look(received, order, result)
        machine, site = received.identity.machine, received.identity.site
        of_site = self.machines.setdefault(site, {})
        known = of_site.get(machine)
        same_spool = known is not None and known.order.incarnation == order.incarnation
        so_far = known.dropped if known is not None and same_spool else None
        if dropped is not None and (known is None or same_spool or known.order.precedes(order)):
            so_far = _with(so_far, order, dropped)
        if known is None or known.order.precedes(order):
            of_site[machine] = Latest(
                machine,
                site,
                order,
                received.at + fresh_seconds(received.report.interval_seconds),
                received.skew_seconds,
                disk_full,
                so_far,
            )
        elif same_spool and so_far is not known.dropped:
            of_site[machine] = msgspec.structs.replace(known, dropped=so_far)

    def remember(self, live: AgentLive) -> None:
        """Restore a machine's newest report from before a restart, unless a newer is known."""
        machine, site = live.identity.machine, live.identity.site
        of_site = self.machines.setdefault(site, {})
        known = of_site.get(machine)
        if known is None or known.order.precedes(live.order):
            fresh_until = live.last_report_at + fresh_seconds(live.interval_seconds)
            of_site[machine] = Latest(machine, site, live.order, fresh_until, live.skew_seconds)

    def forget(self, machine: str, site: str) -> None:
        """Drop everything a machine said: its agent was removed or moved."""
        self.machines.get(site, {}).pop(machine, None)
        for of_target in self.certificates.values():
            of_target.pop(machine, None)

    def replace_inventory(self, targets: Targets) -> None:
        """Go by another inventory from now on; what is known of what left it is dropped."""
        self._targets = targets
        for site in [site for site in self.machines if not targets.has_site(site)]:
            for machine in list(self.machines[site]):
                self.forget(machine, site)
            del self.machines[site]
        for target in [target for target in self.certificates if not targets.known(target)]:
            del self.certificates[target]

    def earliest_end(self, target: str, now: float, interval_seconds: float) -> float | None:
        """Return when the first certificate of a target ends, as it is seen at present.

        It is checked every `interval_seconds`; None if nobody sees one.
        """
        earliest = now - fresh_seconds(interval_seconds)
        return min(
            (
                seen.expires_at
                for seen in self.certificates.get(target, {}).values()
                if seen.expires_at is not None
                and (seen.measured_at >= earliest or now - seen.measured_at <= seen.lasts_seconds)
            ),
            default=None,
        )

    def _look(self, received: Received, order: Order, result: WireResult) -> None:
        """Note the certificates of a target, unless a newer report said something."""
        machine, target = received.identity.machine, result.target
        of_target = self.certificates.get(target, {})
        known = of_target.get(machine)
        if known is None:
            if isinstance(self._targets.place(received.identity, result.check, target), str):
                return
            self.certificates[target] = of_target
        elif not known.order.precedes(order):
            return
        name = EXPIRIES[result.check]
        ends = (sample.value for sample in result.samples if sample.name == name)
        of_target[machine] = Certificate(
            order,
            received.at - result.age_seconds,
            fresh_seconds(received.report.interval_seconds),
            min(ends, default=None),
        )


def _disk_full(samples: Iterable[WireSample]) -> bool:
    """Whether any disk is nearly full."""
    sizes: dict[str, float] = {}
    free: dict[str, float] = {}
    for sample in samples:
        if sample.name == "govnet_machine_disk_size_bytes":
            sizes[sample.labels.get("disk", "")] = sample.value
        elif sample.name == "govnet_machine_disk_free_bytes":
            free[sample.labels.get("disk", "")] = sample.value
    return any(
        left < DISK_FULL_BYTES and left < DISK_FULL_RATIO * sizes.get(disk, 0.0)
        for disk, left in free.items()
    )


def _dropped(samples: Iterable[WireSample]) -> float | None:
    """Return how many reports the agent says it dropped, None if it does not say."""
    for sample in samples:
        if sample.name == _DROPPED:
            return sample.value
    return None


def _with(known: Dropped | None, order: Order, count: float) -> Dropped:
    """Return what is known of dropped reports, with what one more report says."""
    if known is None:
        return Dropped(order.seq, order.at, count, count)
    least = min(known.least, count)
    if count > known.most or (count == known.most and order.seq < known.seq):
        return Dropped(order.seq, order.at, count, least)
    return msgspec.structs.replace(known, least=least)
