"""From evidence to what is found of one site and everything in it, at any moment. Pure.

Nothing is remembered between two moments: the same evidence gives the same finding, whenever and
in whatever order it came. Rules of a site, first match wins:

1. The collector did not listen: what was so when it stopped, for a short stop, but for who was
   seen alive since; else `unknown`, unless the centre's own agent looked (its reports come later).
2. A machine of it was heard: `up`; `degraded` if the centre sees everything silent that is
   always on there, or if no machine reaches a name server.
3. The centre sees something always on, a conference point or a device that it measures answer:
   `up`; `degraded` if its office fell silent as a whole within working hours, `down` once evidence
   proves that LAN or power failed.
4. The centre sees everything always on there silent, three probes in a row: `down`.
5. Nobody can look: `down` if what is never rightly off fell silent, or the office as a whole within
   working hours; `never_seen` if it never gave a sign of life; else `unknown`: the PCs may be off.
"""

from bisect import bisect_right
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from collector.series.state import fresh_seconds
from collector.verdict.evidence.evidence import Evidence, Listening
from collector.verdict.evidence.facts import Fact
from collector.verdict.evidence.reading import item_of
from collector.verdict.site import causes, items
from collector.verdict.site.findings import Assessment, Finding
from collector.verdict.site.graph import Graph, ServiceGraph
from collector.verdict.site.machines import Hours, judge_machines
from collector.verdict.site.office import SilentOffice, silent_office
from collector.verdict.site.seen import Look, Seen
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import EvidenceNote
from inventory.calendar import Expectation, Schedule, Window
from inventory.model import Inventory, Lifecycle, Service

SHORT_STOP_SECONDS: Final = 900.0
"""A collector that was away no longer than this is thought to have missed nothing."""
_SILENT: Final = ("down", "unreachable", "unknown", "never_seen")
"""Who has one of these and is seen alive has it no more."""
_PLANNED: Final = {Expectation.MAINTENANCE, Expectation.POWER_CUT}


class Rules(msgspec.Struct, frozen=True):
    """What every assessment goes by beside the evidence.

    `edges` keeps when sessions begin and end, for `collector.verdict.site.moments`.
    """

    centre: str
    interval_seconds: float
    schedule: Schedule
    zone: ZoneInfo
    edges: dict[tuple[str, int], tuple[float, ...]] = {}

    @classmethod
    def of(cls, inventory: Inventory, schedule: Schedule) -> "Rules":
        """Take them from an inventory."""
        return cls(
            inventory.province.centre,
            inventory.report_interval_seconds,
            schedule,
            ZoneInfo(inventory.province.timezone),
        )


def assess(
    graph: Graph,
    evidence: Evidence,
    rules: Rules,
    windows: tuple[Window, ...],
    at: float,
) -> Assessment:
    """Return what is found of a site, or service, at that moment (Unix seconds).

    It goes by all that is known now.
    """
    stopped_at = stop_of(evidence.listening, at, fresh_seconds(rules.interval_seconds))
    home = graph.home if isinstance(graph, ServiceGraph) else graph
    seen = Seen(home, evidence, rules.centre, at, rules.interval_seconds)
    hours = Hours(rules.schedule, rules.zone, at, windows)
    if isinstance(graph, ServiceGraph):
        found = _of_service(seen, hours, graph.service)
    else:
        found = _of_site(seen, hours, listening=stopped_at is None)
    if stopped_at is not None and at - stopped_at <= SHORT_STOP_SECONDS and stopped_at > 0.0:
        return _held(seen, found, assess(graph, evidence, rules, windows, stopped_at))
    return found


def _held(seen: Seen, found: Assessment, before: Assessment) -> Assessment:
    """Hold what was so when the collector stopped; only who is seen alive is not silent."""
    held = found.items | {
        item: known
        for item, known in before.items.items()
        if known[1].status not in _SILENT or not _lives(seen, item)
    }
    if before.site is None:
        return Assessment(found.at, None, None, held)
    lives = seen.heard or any(seen.by_centre(one).answered for one in seen.sentinels())
    site = found.site if lives and before.site.status in _SILENT else before.site
    return Assessment(found.at, site, found.last_sign_at, held)


def _lives(seen: Seen, item: str) -> bool:
    """Whether an item answered somebody, or reached the centre's end, as it was seen last."""
    answered = item in seen.heard or seen.by_anyone(item).answered
    return answered or any(seen.facts_of_link(item, Fact.FAR))


def _of_service(seen: Seen, hours: Hours, service: Service) -> Assessment:
    """Return what is found of a service; `seen` is of the site where it stands."""
    finding = _planned(hours, service.id, items.judge_service(seen, hours, service))
    return Assessment(seen.at, None, None, {service.id: (SpanKind.SERVICE, finding)})


def _of_site(seen: Seen, hours: Hours, *, listening: bool) -> Assessment:
    """Return what is found of a site and its items, as it was seen."""
    graph = seen.graph
    last_sign_at = seen.last_sign_at()
    site = _site(seen, hours, last_sign_at, listening=listening)
    found: dict[str, tuple[SpanKind, Finding]] = {}
    for device in graph.devices:
        found[device.id] = SpanKind.DEVICE, items.judge_device(seen, device, site)
    for link in graph.links:
        found[link.id] = SpanKind.LINK, items.judge_link(seen, link, site)
    for point in graph.points:
        found[point.id] = SpanKind.POINT, items.judge_point(seen, hours, point, site)
    for machine, finding in judge_machines(seen, hours, site):
        found[machine] = SpanKind.MACHINE, finding
    if hours.windows:
        site = _planned(hours, graph.site.id, site)
        found = {
            item: (kind, _planned(hours, item, finding)) for item, (kind, finding) in found.items()
        }
    return Assessment(seen.at, site, last_sign_at, found)


def stop_of(listening: list[Listening], at: float, fresh: float) -> float | None:
    """Return when the collector stopped that cannot say yet who is silent; None: it listened.

    After a start silence says nothing for `fresh` seconds. 0.0: it never listened before.
    """
    index = bisect_right(listening, at, key=lambda ran: ran.start) - 1
    if index < 0:
        return 0.0
    if at > listening[index].end:
        return listening[index].end
    if at >= listening[index].start + fresh:
        return None
    while index > 0:
        ran = listening[index - 1]
        if ran.end - ran.start >= fresh:
            return ran.end
        index -= 1
    return 0.0


def _planned(hours: Hours, item: str, finding: Finding) -> Finding:
    """Call a fault what was planned or announced, within its window and not before."""
    if finding.status not in ("down", "unreachable") or hours.expectation(item) not in _PLANNED:
        return finding
    begun = min(window.start for window in hours.windows if window.start <= hours.at < window.end)
    onset = None if finding.onset is None else max(finding.onset, begun)
    return msgspec.structs.replace(finding, status="maintenance", onset=onset)


def _site(seen: Seen, hours: Hours, last_sign_at: float | None, *, listening: bool) -> Finding:
    site = seen.graph.site
    if site.lifecycle is Lifecycle.EXEMPT:
        return Finding("exempt", notes=(EvidenceNote("exempt", (site.exempt_reason or "",)),))
    looks = {target: seen.by_centre(target) for target in seen.graph.lookouts}
    others = {} if seen.graph.is_centre else _looks_at_others(seen)
    answering = [
        (look.checked_at or 0.0, target)
        for target, look in (*looks.items(), *others.items())
        if look.answered
    ]
    silent = [look for look in looks.values() if look.answered is False]
    notes = _notes(seen, looks, answering)
    is_silent = bool(silent) and not any(look.answered for look in looks.values())
    is_confirmed = is_silent and any(seen.is_confirmed(look) for look in silent)
    if seen.heard:
        return _heard(seen, notes, silent, is_confirmed=is_confirmed and not answering)
    if answering:
        return _office(seen, hours, notes, listening=listening)
    if is_silent and not is_confirmed:
        # The next probes tell; until then it is what it was.
        return Finding("up" if last_sign_at is not None else "unknown", notes=notes)
    if is_confirmed and (listening or not _reaches_far(seen)):
        return _cut(seen, _onset(seen, silent, last_sign_at), notes)
    if not listening:
        return Finding("unknown", notes=(*notes, EvidenceNote("collector_away")))
    return _unwatched(seen, hours, notes, last_sign_at)


def _looks_at_others(seen: Seen) -> dict[str, Look]:
    """Return how conference points, and devices that the centre measures, answer it.

    That one of them is silent says nothing: a room may be dark, and SNMP be refused.
    """
    others = (*(point.id for point in seen.graph.points), *seen.asked_by_centre())
    return {view: seen.by_centre(view) for view in others}


def _heard(
    seen: Seen, notes: tuple[EvidenceNote, ...], silent: list[Look], *, is_confirmed: bool
) -> Finding:
    """Judge a site of which machines are heard."""
    onset = max((look.silent_since or seen.at for look in silent), default=seen.at)
    # Who was heard only before may have vanished with it.
    newest = max(seen.heard_before(machine) or 0.0 for machine in seen.heard)
    if is_confirmed and newest >= onset + seen.interval_seconds:
        reason = causes.of_silent_target(seen, onset)
        return Finding(
            "degraded", reason.cause, onset, reason.is_proven, notes=(*notes, *reason.notes)
        )
    said = [says for run in seen.heard.values() if (says := run.says(Fact.RESOLVERS)) is not None]
    if len(said) >= causes.SEVERAL and not any(said):
        note = EvidenceNote("resolvers_silent")
        return Finding("degraded", "undetermined", notes=(*notes, note))
    return Finding("up", notes=notes)


def _office(
    seen: Seen, hours: Hours, notes: tuple[EvidenceNote, ...], *, listening: bool
) -> Finding:
    """Judge a site that answers the centre while none of its machines is heard."""
    silent = _silent_office(seen, hours) if listening else None
    if silent is None:
        return Finding("up", notes=notes)
    reason = causes.of_silent_office(seen, silent.members, silent.since)
    together = EvidenceNote("office_silent", (len(silent.members), silent.since))
    status = "down" if reason.is_proven and reason.cause in ("lan", "power") else "degraded"
    return Finding(
        status,
        reason.cause,
        silent.since,
        reason.is_proven,
        notes=(*notes, together, *reason.notes),
    )


def _silent_office(seen: Seen, hours: Hours) -> SilentOffice | None:
    site = seen.graph.site.id
    calendar = hours.schedule.calendar_of(f"{site}/-", hours.day)
    return silent_office(seen, hours.schedule, calendar)


def _cut(seen: Seen, onset: float, notes: tuple[EvidenceNote, ...]) -> Finding:
    reason = causes.of_cut(seen, onset)
    return Finding("down", reason.cause, onset, reason.is_proven, notes=(*notes, *reason.notes))


def _unwatched(
    seen: Seen, hours: Hours, notes: tuple[EvidenceNote, ...], last_sign_at: float | None
) -> Finding:
    """Judge a site at which the centre cannot look, or has not looked lately."""
    if any(seen.was_looked_at(target) for target in seen.graph.lookouts):
        return Finding("unknown", notes=(*notes, EvidenceNote("centre_without_result")))
    notes = (*notes, EvidenceNote("centre_cannot_look"))
    dues = [
        (due, machine.id)
        for machine in seen.graph.machines
        if machine.is_always and (due := seen.due(machine.id)) is not None
    ]
    if dues:
        due, machine = max(dues)
        return _cut(seen, due, (*notes, EvidenceNote("server_silent", (machine, due))))
    silent = _silent_office(seen, hours)
    if silent is not None:
        together = EvidenceNote("office_silent", (len(silent.members), silent.since))
        return _cut(seen, silent.since, (*notes, together))
    return Finding("never_seen" if last_sign_at is None else "unknown", notes=notes)


def _onset(seen: Seen, silent: list[Look], last_sign_at: float | None) -> float:
    """Return when the first sign of life was missed after the last one."""
    missed = [look.silent_since for look in silent if look.silent_since is not None]
    missed += [due for machine in seen.own if (due := seen.due(machine)) is not None]
    if last_sign_at is None:
        return min(missed, default=seen.at)
    later = [at for at in missed if at > last_sign_at]
    return min(later, default=last_sign_at + seen.interval_seconds)


def _reaches_far(seen: Seen) -> bool:
    """Whether a machine of the site that nobody heard reached the centre's end of the circuit."""
    link = seen.graph.main_link
    return link is not None and any(seen.facts_of_link(link.id, Fact.FAR))


def _notes(
    seen: Seen, looks: dict[str, Look], answering: list[tuple[float, str]]
) -> tuple[EvidenceNote, ...]:
    """Return who was heard, and what answered the centre."""
    notes = []
    if seen.heard:
        newest = max(min(run.last_at, seen.at) for run in seen.heard.values())
        notes.append(EvidenceNote("agents_heard", (len(seen.heard), newest)))
    else:
        heard = [at for machine in seen.own if (at := seen.heard_before(machine)) is not None]
        newest_note = EvidenceNote("agents_silent", (max(heard),)) if heard else None
        notes.append(newest_note or EvidenceNote("agents_never_heard"))
    if answering:
        # What is there to answer is named before what only tells of itself.
        checked_at, target = max(answering, key=lambda one: (one[1] == item_of(one[1]), *one))
        item = item_of(target)
        code = "point_answers" if item == target else "device_answers"
        code = "target_answers" if target in looks else code
        notes.append(EvidenceNote(code, (item, checked_at)))
    else:
        silent = [look for look in looks.values() if look.answered is False]
        if silent:
            since = max(look.silent_since or 0.0 for look in silent)
            notes.append(EvidenceNote("target_silent", (len(silent), since)))
    return tuple(notes)
