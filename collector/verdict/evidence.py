"""What was last seen of every machine and target, and by whom: the judge's only source.

Fed with the same reports as the live state. Evidence is ordered by when it was measured, so a
report that arrives late, twice or in any order changes nothing that is newer.
"""

import math
from collections.abc import Iterable
from typing import Final

import msgspec

from collector.labels import FIXED_VALUES, Targets
from collector.state import fresh_seconds
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
    """What one machine saw of one target at its newest run.

    `measured_at` is Unix seconds; `lasts_seconds` how long its reporter's reports tell the present.
    `answers` maps an end or a protocol ("" for a service and what is always on) to whether it
    answered; empty if nothing could be measured. `certificate_expires_at` is the earliest one's end
    (Unix seconds).
    """

    machine: str
    site: str
    measured_at: float
    lasts_seconds: float
    answers: dict[str, bool]
    certificate_expires_at: float | None


class Sign(msgspec.Struct, frozen=True):
    """A machine's newest sign of life, at `at`; it tells the present until `fresh_until`.

    `dropped_at` is when its agent was last seen to have dropped reports. Times are Unix seconds.
    """

    machine: str
    site: str
    at: float
    fresh_until: float
    skew_seconds: float = 0.0
    disk_full: bool = False
    dropped_reports: float = 0.0
    dropped_at: float = -math.inf
    incarnation: str = ""

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
        identity, report, at = received.identity, received.report, received.at
        signs = self.signs.get(identity.site)
        if signs is None:
            signs = self.signs[identity.site] = {}
        known = signs.get(identity.machine)
        newest = known is None or at > known.at
        disk_full, dropped = False, None
        for result in report.results:
            if result.check == "machine":
                if newest:
                    disk_full = _disk_full(result.samples)
            elif result.check == "agent":
                dropped = _dropped(result.samples)
            elif result.check != "lan":
                self._look(received, result)
        if newest:
            signs[identity.machine] = _next_sign(
                known, received, disk_full=disk_full, dropped=dropped
            )

    def remember(self, machine: str, site: str, at: float, interval_seconds: float) -> None:
        """Restore a machine's last sign of life from before a restart (Unix seconds)."""
        signs = self.signs.setdefault(site, {})
        if machine not in signs:
            signs[machine] = Sign(machine, site, at, at + fresh_seconds(interval_seconds))

    def forget(self, machine: str, site: str) -> None:
        """Drop everything a machine said: its agent was removed or moved."""
        self.signs.get(site, {}).pop(machine, None)
        for views in self.views.values():
            views.pop(machine, None)

    def replace_inventory(self, targets: Targets) -> None:
        """Go by another inventory from now on; views of targets that left it are dropped."""
        self._targets = targets
        for target in [target for target in self.views if not targets.known(target)]:
            del self.views[target]
            self.answered_at.pop(target, None)

    def fresh_views(self, target: str, now: float, interval_seconds: float) -> list[View]:
        """Return the views that tell the present of a target checked every `interval_seconds`.

        Those that could not measure anything are left out.
        """
        lasts = fresh_seconds(interval_seconds)
        return [
            view
            for view in self.views.get(target, {}).values()
            if view.answers and now - view.measured_at <= max(lasts, view.lasts_seconds)
        ]

    def _look(self, received: Received, result: WireResult) -> None:
        """Note what a result says about its target, unless something newer is known."""
        machine, target = received.identity.machine, result.target
        measured_at = received.at - result.age_seconds
        views = self.views.get(target, {})
        known = views.get(machine)
        if known is None:
            place = self._targets.place(received.identity, result.check, target)
            if isinstance(place, str):
                return
            self.views[target] = views
        elif measured_at < known.measured_at:
            return
        answers, expires_at = _outcome(result.samples)
        views[machine] = View(
            machine,
            received.identity.site,
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


def _next_sign(
    known: Sign | None, received: Received, *, disk_full: bool, dropped: float | None
) -> Sign:
    """Return the sign of life that a machine's newest report is."""
    dropped_at = -math.inf
    if known is not None:
        dropped_at = known.dropped_at
        if dropped is None:
            dropped = known.dropped_reports
        elif known.incarnation == received.incarnation and dropped > known.dropped_reports:
            dropped_at = received.at
    return Sign(
        received.identity.machine,
        received.identity.site,
        received.at,
        received.at + fresh_seconds(received.report.interval_seconds),
        received.skew_seconds,
        disk_full,
        dropped or 0.0,
        dropped_at,
        received.incarnation,
    )
