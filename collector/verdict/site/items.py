"""Findings about links, devices, conference points and services of a site. Pure."""

from typing import Final

from collector.verdict.evidence.facts import Fact
from collector.verdict.site.findings import OF_THE_LINE, Finding
from collector.verdict.site.machines import Hours
from collector.verdict.site.seen import PROBES_MISSED, Look, Seen
from inventory.calendar import Expectation
from inventory.model import ConferencePoint, Device, Lifecycle, Link, Service

HOLD_INTERVALS: Final = 1.0
"""For so long at most a fault waits for a look at what it depends on: perhaps nobody may ask it."""
_UP: Final = Finding("up")
_EXEMPT: Final = Finding("exempt")


def judge_link(seen: Seen, link: Link, site: Finding) -> Finding:
    """Judge a circuit from both ends; what one end reaches works, at least in part."""
    if link.lifecycle is Lifecycle.EXEMPT:
        return _EXEMPT
    look = seen.by_centre(link.id)
    own = seen.facts_of_link(link.id, Fact.FAR)
    gateway = seen.facts_of_link(link.id, Fact.GATEWAY)
    if look.answered:
        return Finding("degraded", "link") if own and not any(own) else _UP
    if any(own):
        return _UP  # The centre's target at the site is silent, the circuit is not.
    if site.status == "down" and (own or look.answered is False):
        if site.cause in OF_THE_LINE:
            return Finding("down", site.cause, site.onset, site.is_proven)
        return Finding("unreachable", site.cause)
    if own:
        if gateway and not any(gateway):
            return Finding("unreachable", site.cause)
        return _UP if _came_through_lately(seen) else Finding("down", "link")
    if look.answered is False:
        # Its agents come through, by this circuit or another: that nothing works is not shown.
        if site.status == "degraded" and site.cause in ("link", "carrier"):
            return Finding("down", site.cause, site.onset, site.is_proven)
        return Finding("degraded" if site.status in ("up", "degraded") else "unknown")
    return _unseen(seen, link.id)


def _came_through_lately(seen: Seen) -> bool:
    """Whether the reports of a site with one circuit have come by it again, and only just.

    The last findings of a cut arrive together with what disproves them; a round of probes later
    there are others.
    """
    came_at = [run.first_at for run in seen.heard.values() if run.says(Fact.DEDICATED) is not False]
    if len(seen.graph.links) > 1 or not came_at:
        return False
    return seen.at < min(came_at) + PROBES_MISSED * seen.interval_seconds


def judge_device(seen: Seen, device: Device, site: Finding) -> Finding:
    """Judge a device that is always on, as the centre sees it; first what it depends on.

    One that says something of itself to anyone lives, even if nothing else comes through to it.
    """
    look = seen.by_centre(device.id)
    if look.answered or (site.status != "down" and seen.told_anyone(device.id).answered):
        return _UP
    if look.answered is None and seen.graph.is_centre:
        look = seen.by_site(device.id)
    return _silent(seen, device.id, look, site, "equipment")


def judge_point(seen: Seen, hours: Hours, point: ConferencePoint, site: Finding) -> Finding:
    """Judge a conference point: any protocol, seen by anyone, is enough."""
    if point.lifecycle is Lifecycle.EXEMPT:
        return _EXEMPT
    look = seen.by_anyone(point.id)
    if look.answered:
        return _UP
    finding = _silent(seen, point.id, look, site, "equipment")
    if finding.status == "down" and not _is_expected(hours, point.id):
        return Finding("off_hours")
    return finding


def judge_service(seen: Seen, hours: Hours, service: Service) -> Finding:
    """Judge a service: only the centre sees it down; where only sites fail, it is degraded.

    A site that fails may have lost its own line, and does not speak for the others. If all
    machines that it stands on are down, it is not to be reached.
    """
    if service.lifecycle is Lifecycle.EXEMPT:
        return _EXEMPT
    centre, others = seen.answers(service.id)
    if not centre and not others:
        return _unseen(seen, service.id)
    if centre and not any(centre):
        onset = seen.by_centre(service.id).silent_since
        if not _is_expected(hours, service.id):
            return Finding("off_hours")
        if service.machines and all(_is_down(seen, machine) for machine in service.machines):
            return Finding("unreachable", "equipment", onset)
        return Finding("down", "undetermined", onset)
    return _UP if all(centre) and all(others) else Finding("degraded")


def _is_down(seen: Seen, machine: str) -> bool:
    """Whether a server is not heard, and does not answer the centre."""
    return machine not in seen.heard and seen.is_confirmed(seen.by_centre(machine))


def _is_expected(hours: Hours, item: str) -> bool:
    """Whether it must be ready: a room may be dark when nobody works."""
    return hours.expectation(item) in (
        Expectation.ALWAYS,
        Expectation.WORKING,
        Expectation.MAINTENANCE,
        Expectation.POWER_CUT,
    )


def _silent(seen: Seen, item: str, look: Look, site: Finding, cause: str) -> Finding:
    """Judge an item that does not answer: its parents first."""
    if look.answered is None:
        return _unseen(seen, item)
    above = seen.graph.parents.get(item, ())
    is_next_reached = bool(above) and bool(seen.by_centre(above[0]).answered)
    if site.status == "down" and not (site.cause == "lan" and is_next_reached):
        return Finding("unreachable", site.cause)
    if not seen.is_confirmed(look):
        return _UP if seen.answered_before(item) is not None else Finding("unknown")
    since = look.silent_since or seen.at
    for parent in above:
        known = seen.by_centre(parent)
        if known.answered is False and (known.silent_since or 0.0) <= since + _slack(seen):
            return Finding("unreachable", cause)
    return Finding("down", cause, since, is_held=_waits(seen, item, since))


def _waits(seen: Seen, item: str, since: float) -> bool:
    """Whether what the item depends on was not looked at since its last sign of life.

    Not for ever: nobody may be allowed to look there.
    """
    bound = since + (2 + HOLD_INTERVALS) * seen.interval_seconds
    if seen.at >= bound:
        return False
    parents = seen.graph.parents.get(item, ())
    if parents:
        checked = [seen.by_centre(parent).checked_at for parent in parents]
    else:
        checked = [seen.last_sign_at()]
    newest = max((at for at in checked if at is not None), default=None)
    return newest is None or newest < since


def _slack(seen: Seen) -> float:
    """Return how far apart what has one cause may be noticed: two rounds of probes."""
    return 2 * seen.interval_seconds


def _unseen(seen: Seen, item: str) -> Finding:
    return Finding("unknown" if seen.was_looked_at(item) else "never_seen")
