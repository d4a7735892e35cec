"""What was last seen of every machine and target, and by whom: the judge's only source.

Fed with the same reports as the live state and ordered by the same rule
(`collector.series.state.Order`): a report that arrives late, twice or in any order replaces nothing
that a newer one said. It only adds what no newer one said, so every order of arrival leaves the
same evidence.
"""

import math
from collections.abc import Iterable
from typing import Final

import msgspec

from collector.series.labels import FIXED_VALUES, Targets
from collector.series.state import AgentLive, Order, fresh_seconds
from collector.wire import Received, WireResult, WireSample

DISK_FULL_RATIO: Final = 0.05
DISK_FULL_BYTES: Final = 10 * 2**30
"""A disk is full with less than 5 % and less than 10 GiB free: neither alone says it."""

_ANSWERS: Final = {
    "govnet_link_reachable": "end",
    "govnet_target_reachable": "",
    "govnet_point_reachable": "protocol",
    "govnet_service_up": "",
}
"""Samples that say whether a target answered, and the label that says by which way."""
_EXPIRIES: Final = (
    "govnet_point_certificate_expiry_timestamp_seconds",
    "govnet_service_certificate_expiry_timestamp_seconds",
)


class View(msgspec.Struct, frozen=True):
    """What one machine saw of one target, by its newest report that says something about it.

    `order` is that report's. `measured_at` is Unix seconds; `lasts_seconds` how long its
    reporter's reports tell the present. `answers` maps an end or a protocol ("" for a service and
    what is always on) to whether it answered; empty if nothing could be measured.
    `certificate_expires_at` is the earliest one's end (Unix seconds).
    """

    machine: str
    site: str
    order: Order
    measured_at: float
    lasts_seconds: float
    answers: dict[str, bool]
    certificate_expires_at: float | None


class Dropped(msgspec.Struct, frozen=True):
    """What an agent's reports say about those it dropped, over all reports of one incarnation.

    `most` is the highest count; `seq` and `at` (Unix seconds) are of the first report with it.
    """

    seq: int
    at: float
    most: float
    least: float


class Sign(msgspec.Struct, frozen=True):
    """A machine's newest sign of life; it tells the present until `fresh_until` (Unix seconds)."""

    machine: str
    site: str
    order: Order
    fresh_until: float
    skew_seconds: float = 0.0
    disk_full: bool = False
    dropped: Dropped | None = None

    @property
    def at(self) -> float:
        """When it was (Unix seconds)."""
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


class Evidence:
    """Everything last seen, by site and by target."""

    def __init__(self, targets: Targets, started_at: float) -> None:
        """Start empty; silence before `started_at` (Unix seconds) says nothing."""
        self.started_at = started_at
        self.signs: dict[str, dict[str, Sign]] = {}
        """By site, then machine."""
        self.views: dict[str, dict[str, View]] = {}
        """By target, then machine that looked."""
        self.answered_at: dict[str, float] = {}
        """When a target last answered anyone (Unix seconds)."""
        self._targets = targets

    def apply(self, received: Received) -> None:
        """Take in a report, the newest or an old one."""
        identity, report = received.identity, received.report
        if not self._targets.has_site(identity.site):
            return
        order = Order.of(received)
        disk_full, dropped = False, None
        for result in report.results:
            if result.check == "machine":
                disk_full = _disk_full(result.samples)
            elif result.check == "agent":
                dropped = _dropped(result.samples)
            elif result.check != "lan":
                self._look(received, order, result)
        signs = self.signs.setdefault(identity.site, {})
        known = signs.get(identity.machine)
        same_spool = known is not None and known.order.incarnation == order.incarnation
        so_far = known.dropped if known is not None and same_spool else None
        if dropped is not None and (known is None or same_spool or known.order.precedes(order)):
            so_far = _with(so_far, order, dropped)
        if known is None or known.order.precedes(order):
            fresh_until = received.at + fresh_seconds(report.interval_seconds)
            signs[identity.machine] = Sign(
                identity.machine,
                identity.site,
                order,
                fresh_until,
                received.skew_seconds,
                disk_full,
                so_far,
            )
        elif same_spool and so_far is not known.dropped:
            signs[identity.machine] = msgspec.structs.replace(known, dropped=so_far)

    def remember(self, live: AgentLive) -> None:
        """Restore a machine's last sign of life from before a restart, unless a newer is known."""
        machine, site = live.identity.machine, live.identity.site
        signs = self.signs.setdefault(site, {})
        known = signs.get(machine)
        if known is None or known.order.precedes(live.order):
            fresh_until = live.last_report_at + fresh_seconds(live.interval_seconds)
            signs[machine] = Sign(machine, site, live.order, fresh_until, live.skew_seconds)

    def forget(self, machine: str, site: str) -> None:
        """Drop everything a machine said: its agent was removed or moved."""
        self.signs.get(site, {}).pop(machine, None)
        for views in self.views.values():
            views.pop(machine, None)

    def replace_inventory(self, targets: Targets) -> None:
        """Go by another inventory from now on; what is known of what left it is dropped."""
        self._targets = targets
        for site in [site for site in self.signs if not targets.has_site(site)]:
            del self.signs[site]
        for target in [target for target in self.views if not targets.known(target)]:
            del self.views[target]
            self.answered_at.pop(target, None)
        for views in self.views.values():
            for view in [view for view in views.values() if not targets.has_site(view.site)]:
                del views[view.machine]

    def fresh_views(self, target: str, now: float, interval_seconds: float) -> list[View]:
        """Return the views that tell the present of a target checked every `interval_seconds`.

        Those that could not measure anything are left out.
        """
        views = self.views.get(target)
        if not views:
            return []
        earliest = now - fresh_seconds(interval_seconds)
        return [
            view
            for view in views.values()
            if view.answers
            and (view.measured_at >= earliest or now - view.measured_at <= view.lasts_seconds)
        ]

    def _look(self, received: Received, order: Order, result: WireResult) -> None:
        """Note what a result says about its target, unless a newer report said something."""
        machine, target = received.identity.machine, result.target
        views = self.views.get(target, {})
        known = views.get(machine)
        if known is None:
            place = self._targets.place(received.identity, result.check, target)
            if isinstance(place, str):
                return
            self.views[target] = views
        measured_at = received.at - result.age_seconds
        answers, expires_at = _outcome(result.samples)
        if known is None or known.order.precedes(order):
            views[machine] = View(
                machine,
                received.identity.site,
                order,
                measured_at,
                fresh_seconds(received.report.interval_seconds),
                answers,
                expires_at,
            )
        if True in answers.values():
            self.answered_at[target] = max(measured_at, self.answered_at.get(target, measured_at))


def _outcome(samples: Iterable[WireSample]) -> tuple[dict[str, bool], float | None]:
    """Return who answered by which way, and when the earliest certificate ends."""
    answers: dict[str, bool] = {}
    expires_at: float | None = None
    for sample in samples:
        way = _ANSWERS.get(sample.name)
        if way is not None:
            word = sample.labels.get(way, "")
            if word in FIXED_VALUES.get(way, ("",)):
                answers[word] = sample.value > 0
        elif sample.name in _EXPIRIES:
            expires_at = min(sample.value, math.inf if expires_at is None else expires_at)
    return answers, expires_at


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
        if sample.name == "govnet_agent_spool_dropped_reports_total":
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
