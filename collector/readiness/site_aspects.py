"""What a site and its circuit say of a point that stands there: verdict, quality, power, plans.

Pure. Each function returns one aspect, None where it does not apply.
"""

from typing import Final

from collector.derivation.derive_path import path as path_settings
from collector.derivation.timing import poll_seconds
from collector.readiness.readings import Reading
from collector.readiness.records import Aspect, AspectKind, Meeting, Standing
from collector.readiness.sight import Sight
from collector.series.state import fresh_seconds
from collector.verdict.notes import EvidenceNote
from inventory.model import ConferencePoint, Lifecycle, Link, Site

_GOOD: Final = frozenset({"up"})
_LOST: Final = frozenset({"down", "unreachable"})
GRADE_GOOD: Final = 0.0
GRADE_FAIR: Final = 1.0
"""`govnet_path_grade_code`; beyond it a path is poor."""


def of_site(sight: Sight, site: Site) -> Aspect:
    """Return what is judged of the site and its main circuit."""
    judged_at = sight.verdicts.judged_at
    verdict = sight.verdicts.sites.get(site.id)
    interval = sight.inventory.report_interval_seconds
    if site.lifecycle is not Lifecycle.ACTIVE:
        return _site(Standing.UNCHECKED, "site_not_judged", site.lifecycle.value, at=None)
    if verdict is None or not 0 <= sight.now - judged_at <= fresh_seconds(interval):
        return _site(Standing.UNCHECKED, "verdict_stale", at=judged_at)
    if verdict.status in _LOST:
        cause = verdict.cause or "undetermined"
        note = ("site_down", cause, verdict.since)
        return _site(Standing.BAD, *note, at=judged_at, call=cause)
    if verdict.status == "degraded":
        cause = verdict.cause or "undetermined"
        return _site(Standing.RISK, "site_degraded", cause, at=judged_at, call=cause)
    if verdict.status not in _GOOD:
        return _site(Standing.UNCHECKED, "site_status", verdict.status, at=judged_at)
    return _of_circuit(sight, site, judged_at)


def _of_circuit(sight: Sight, site: Site, judged_at: float) -> Aspect:
    """Return what the main circuit of a site that is up says."""
    link = site.main_link()
    if link is None:
        return _site(Standing.GOOD, "site_up", at=judged_at)
    item = sight.verdicts.items.get(link.id)
    if item is not None and item.status in _LOST:
        has_other = len(site.links_in_use()) > 1
        code = "on_backup_circuit" if has_other else "circuit_down"
        standing = Standing.RISK if has_other else Standing.BAD
        return _site(standing, code, link.id, item.since, at=judged_at, call="link")
    return _site(Standing.GOOD, "site_up", at=judged_at)


def of_path(sight: Sight, site: Site) -> Aspect | None:
    """Return the quality of the way to the centre: loss, jitter, delay, by their grade.

    The reflector in the centre stands in for MCU and platform, which stand behind the same way.
    """
    inventory = sight.inventory
    if site.id == inventory.province.centre:
        return None
    link = site.main_link()
    if link is None or inventory.province.reflector is None:
        return _path(Standing.UNCHECKED, "path_not_measured")
    if not any(path_settings(inventory, site, may_test=False)):
        return _path(Standing.UNCHECKED, "path_not_measured")
    interval = poll_seconds(inventory.report_interval_seconds)
    # Its own agents measure from where the room is; the worst of them counts.
    found = [_of_train(one) for one in sight.fresh("path", link.id, interval, site.id)]
    if not found:
        return _stale_path(sight, link)
    order = (Standing.BAD, Standing.UNCHECKED, Standing.RISK, Standing.GOOD)
    return min(found, key=lambda one: order.index(one.standing))


def _stale_path(sight: Sight, link: Link) -> Aspect:
    at = sight.last_measured_at("path", link.id)
    if at is None:
        return _path(Standing.UNCHECKED, "path_never_measured")
    return _path(Standing.UNCHECKED, "path_stale", at, at=at)


def _of_train(reading: Reading) -> Aspect:
    at = reading.measured_at
    reachable = reading.value("govnet_path_reachable")
    if reachable == 0.0:
        return _path(Standing.BAD, "path_silent", at=at)
    grade, rtt = reading.value("govnet_path_grade_code"), reading.value("govnet_path_rtt_seconds")
    losses = reading.by_label("govnet_path_loss_ratio", "direction")
    jitters = reading.by_label("govnet_path_jitter_mean_seconds", "direction")
    if reachable is None or grade is None or rtt is None or not losses or not jitters:
        return _path(Standing.UNCHECKED, "path_incomplete", at=at)
    figures = (max(losses.values()), max(jitters.values()), rtt / 2)
    if grade == GRADE_GOOD:
        return _path(Standing.GOOD, "path_good", *figures, at=at)
    if grade == GRADE_FAIR:
        return _path(Standing.RISK, "path_fair", *figures, at=at)
    return _path(Standing.BAD, "path_poor", *figures, at=at)


def of_power(sight: Sight, site: Site) -> Aspect:
    """Return whether the mains can be trusted: a UPS on its battery now, power cuts of today."""
    judged_at = sight.verdicts.judged_at
    device = sight.on_battery.get(site.id)
    if device is not None:
        return _power(Standing.RISK, "ups_on_battery", device, at=judged_at)
    cuts = sight.power_cuts(site.id)
    if cuts:
        newest = max(case.outage.started_at for case in cuts)
        return _power(Standing.RISK, "power_cuts_today", len(cuts), newest, at=judged_at)
    return _power(Standing.GOOD, "no_power_cut_today", at=judged_at)


def of_plans(sight: Sight, site: Site, point: ConferencePoint, meeting: Meeting) -> Aspect:
    """Return whether planned work or an announced power cut reaches into the conference."""
    link = site.main_link()
    items = {site.id, point.id, point.machine, *([link.id] if link is not None else [])}
    begins = max(meeting.starts_at, sight.now)
    overlapping = [
        *(
            entry
            for entry in sight.planned.get(site.id, ())
            if entry.item in items and entry.start < meeting.ends_at and begins < entry.end
        ),
        *(
            entry
            for entry in sight.planned.get(meeting.platform, ())
            if entry.item == meeting.platform and entry.start < meeting.ends_at
        ),
    ]
    if not overlapping:
        return Aspect(AspectKind.PLANNED, Standing.GOOD, EvidenceNote("nothing_planned"), sight.now)
    first = min(overlapping, key=lambda entry: entry.start)
    note = EvidenceNote(f"planned_{first.kind.value}", (first.start, first.end, first.reason))
    call = "power" if first.kind.value == "power_cut" else "equipment"
    return Aspect(AspectKind.PLANNED, Standing.RISK, note, sight.now, call)


def _site(
    standing: Standing, code: str, *args: str | float, at: float | None, call: str = "undetermined"
) -> Aspect:
    return Aspect(AspectKind.SITE, standing, EvidenceNote(code, args), at, call)


def _path(standing: Standing, code: str, *args: float, at: float | None = None) -> Aspect:
    call = "link" if standing in (Standing.BAD, Standing.RISK) else "agent"
    return Aspect(AspectKind.PATH, standing, EvidenceNote(code, args), at, call)


def _power(standing: Standing, code: str, *args: str | float, at: float) -> Aspect:
    return Aspect(AspectKind.POWER, standing, EvidenceNote(code, args), at, "power")
