"""From inventory and evidence to verdicts: one status per site and item. Pure.

Rules of a site, first match wins:

1. An agent of it was heard within three intervals: `up`; `degraded` if the centre sees everything
   silent that is always on there.
2. The centre sees one of its always-on items or conference points answer: `up`. The PCs may rightly
   be off.
3. It is watched, or the collector runs, for less than three intervals: what it was before, or else
   `unknown`.
4. The centre sees all its always-on items silent: `down`.
5. The centre looked once, but not lately: `unknown`.
6. Nobody can look, and the agent of a server or of a machine that is always on fell silent: `down`.
7. `never_seen` if it never gave a sign of life, else `unknown`: PCs that are silent may be off.

A cause is named only where the evidence separates it: `centre` when most sites vanish together or
together with the centre's own agent, `undetermined` otherwise.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from collector.series.state import fresh_seconds
from collector.verdict.olditems import Scene, conditions, expected_always, held, judge_items
from collector.verdict.lastseen import Evidence, Sign
from collector.verdict.verdicts import EvidenceNote, SiteVerdict, Verdicts
from inventory.model import Device, Inventory, Lifecycle, Machine, Site

MANY_SITES: Final = 3
"""Fewer sites than this never count as most of the province."""


def judge(
    inventory: Inventory, evidence: Evidence, now: float, before: Verdicts | None = None
) -> Verdicts:
    """Return the verdicts of this moment (`now`, Unix seconds).

    `before` are the previous ones, at a start those that were saved: they tell since when a status
    lasts, and hold while silence says nothing yet.
    """
    known = before.sites if before is not None else {}
    scene = Scene(inventory, evidence, now, before.items if before is not None else {})
    sites = {}
    for site in inventory.sites.values():
        if site.lifecycle in (Lifecycle.ACTIVE, Lifecycle.EXEMPT):
            sites[site.id] = _site(site, scene, known.get(site.id), starting=before is None)
    _name_causes(scene, sites, known)
    return Verdicts(
        judged_at=now,
        sites=sites,
        items=judge_items(scene, sites),
        conditions=conditions(scene),
    )


def _site(site: Site, scene: Scene, former: SiteVerdict | None, *, starting: bool) -> SiteVerdict:
    if former is not None:
        watched_since = former.watched_since
    else:
        watched_since = scene.evidence.started_at if starting else scene.now
    last_sign_at = _last_sign_at(site, scene.evidence, former)
    status, notes = _status(site, scene, watched_since, last_sign_at, former)
    since = former.since if former is not None and former.status == status else scene.now
    return SiteVerdict(site.id, status, None, since, last_sign_at, tuple(notes), watched_since)


def _last_sign_at(site: Site, evidence: Evidence, former: SiteVerdict | None) -> float | None:
    """Return when anything of the site was last seen alive, None if never."""
    signs = [sign.at for sign in evidence.signs.get(site.id, {}).values()]
    if former is not None and former.last_sign_at is not None:
        signs.append(former.last_sign_at)
    for item in (*site.always_on(), *site.conference_points):
        answered_at = evidence.answered_at.get(item.id)
        if answered_at is not None:
            signs.append(answered_at)
    return max(signs, default=None)


def _status(
    site: Site,
    scene: Scene,
    watched_since: float,
    last_sign_at: float | None,
    former: SiteVerdict | None,
) -> tuple[str, list[EvidenceNote]]:
    """Return the site's status and the notes that carry it."""
    if site.lifecycle is Lifecycle.EXEMPT:
        return "exempt", [EvidenceNote("exempt", (site.exempt_reason or "",))]
    notes: list[EvidenceNote] = []
    heard = _agents(site, scene, notes)
    target = _target(site, scene, notes)
    point = _point(site, scene, notes)
    if heard:
        return ("degraded" if target is False and not point else "up"), notes
    if target or point:
        return "up", notes
    if scene.starting(watched_since):
        since = max(watched_since, scene.evidence.started_at)
        notes.append(EvidenceNote("watched_since", (since,)))
        return held(former), notes
    if target is False:
        return "down", notes
    looked_at = _last_looked_at(site, scene)
    if looked_at is not None:
        notes.append(EvidenceNote("centre_last_looked", (looked_at,)))
        return "unknown", notes
    notes.append(EvidenceNote("centre_cannot_look"))
    server = _silent_server(site, scene)
    if server is not None:
        notes.append(EvidenceNote("server_silent", (server.machine, server.at)))
        return "down", notes
    return ("never_seen" if last_sign_at is None else "unknown"), notes


def _agents(site: Site, scene: Scene, notes: list[EvidenceNote]) -> bool:
    """Whether an agent of the site was heard lately; notes it."""
    signs = scene.evidence.signs.get(site.id, {}).values()
    heard = [sign.at for sign in signs if sign.fresh(scene.now)]
    if heard:
        notes.append(EvidenceNote("agents_heard", (len(heard), max(heard))))
    elif signs:
        notes.append(EvidenceNote("agents_silent", (max(sign.at for sign in signs),)))
    else:
        notes.append(EvidenceNote("agents_never_heard"))
    return bool(heard)


def _target(site: Site, scene: Scene, notes: list[EvidenceNote]) -> bool | None:
    """Whether the centre sees anything always on answer, None without a fresh look; notes it."""
    items = _looked_at_by_centre(site, scene)
    seen = [(item.id, view) for item in items for view in scene.centre_views(item.id)]
    if not seen:
        return None
    answered = [(view.measured_at, item) for item, view in seen if True in view.answers.values()]
    if answered:
        answered_at, item = max(answered)
        notes.append(EvidenceNote("target_answers", (item, answered_at)))
        return True
    checked_at = max(view.measured_at for _, view in seen)
    notes.append(EvidenceNote("target_silent", (len({item for item, _ in seen}), checked_at)))
    return False


def _last_looked_at(site: Site, scene: Scene) -> float | None:
    """Return when the centre last had a finding about anything always on there, None if never."""
    looks = [
        view.measured_at
        for item in _looked_at_by_centre(site, scene)
        for view in scene.evidence.views.get(item.id, {}).values()
        if view.site == scene.centre and view.answers
    ]
    return max(looks, default=None)


def _silent_server(site: Site, scene: Scene) -> Sign | None:
    """Return the newest sign of the site's silent machines that are never rightly off."""
    signs = scene.evidence.signs.get(site.id, {})
    silent = [
        signs[machine.id]
        for machine in site.active_machines()
        if machine.id in signs and expected_always(scene.inventory, machine)
    ]
    return max(silent, key=lambda sign: sign.at, default=None)


def _looked_at_by_centre(site: Site, scene: Scene) -> tuple[Device | Machine, ...]:
    """Return what tells the centre that a site lives; at its own it would only see itself."""
    return () if site.id == scene.centre else site.always_on()


def _point(site: Site, scene: Scene, notes: list[EvidenceNote]) -> bool:
    """Whether the centre sees a conference point of the site answer; notes it."""
    for point in site.conference_points:
        for view in scene.centre_views(point.id):
            if site.id != scene.centre and True in view.answers.values():
                notes.append(EvidenceNote("point_answers", (point.id, view.measured_at)))
                return True
    return False


def _name_causes(
    scene: Scene, sites: dict[str, SiteVerdict], known: dict[str, SiteVerdict]
) -> None:
    """Set the cause of every site that is down: suspect the centre first."""
    window = fresh_seconds(scene.interval_seconds)
    down = [verdict for verdict in sites.values() if verdict.status == "down"]
    alive = sum(verdict.status in ("up", "degraded") for verdict in sites.values())
    lost = 0
    for verdict in down:
        former = known.get(verdict.site)
        blamed = former is not None and former.cause == "centre"
        lost += blamed or _lately(verdict.last_sign_at, scene.now - 2 * window)
    many = lost >= MANY_SITES and lost > alive
    starting = scene.starting(scene.evidence.started_at)
    centre_at = _silent_since(scene.evidence.signs.get(scene.centre, {}).values(), scene.now)
    for verdict in down:
        cause, notes = "undetermined", verdict.evidence
        former = known.get(verdict.site)
        if starting and former is not None and former.status == "down":
            cause = former.cause or cause
        elif many:
            cause = "centre"
            notes += (EvidenceNote("many_at_once", (lost, lost + alive)),)
        elif centre_at is not None and _together(verdict.last_sign_at, centre_at, window):
            cause = "centre"
            notes += (EvidenceNote("centre_agent_silent", (centre_at,)),)
        sites[verdict.site] = msgspec.structs.replace(verdict, cause=cause, evidence=notes)


def _lately(at: float | None, earliest: float) -> bool:
    return at is not None and at >= earliest


def _together(at: float | None, other: float, window_seconds: float) -> bool:
    return at is not None and abs(at - other) <= window_seconds


def _silent_since(signs: Iterable[Sign], now: float) -> float | None:
    """Return when the last of these machines fell silent, None if one is heard or none was."""
    if any(sign.fresh(now) for sign in signs):
        return None
    return max((sign.at for sign in signs), default=None)
