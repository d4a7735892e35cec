"""What a conference point says of itself: reachable, callable, registered, its certificate. Pure.

Each function returns one aspect, None where it does not apply. The centre's word counts before the
site's own: the MCU stands where the centre is.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from collector.derivation.derive_points import protocols_of
from collector.readiness.readings import Reading
from collector.readiness.records import Aspect, AspectKind, Meeting, Standing
from collector.readiness.sight import Sight
from collector.verdict.conditions import CERTIFICATE_SECONDS
from collector.verdict.notes import EvidenceNote
from inventory.model import ConferencePoint, Lifecycle, PointProtocol, Service, site_id

CALLS: Final = (
    PointProtocol.SIP_UDP,
    PointProtocol.SIP_TCP,
    PointProtocol.SIP_TLS,
    PointProtocol.H323,
)
"""By what a point is called."""
_REACHABLE: Final = "govnet_point_reachable"


def of_reach(sight: Sight, point: ConferencePoint) -> Aspect | None:
    """Return whether the point answers by any of its protocols."""
    if not protocols_of(point):
        return None
    answers = _answers(sight, point)
    if answers is None:
        return _unheard(sight, point, AspectKind.REACHABLE)
    at, by_protocol = answers
    verdict = sight.verdicts.items.get(point.id)
    is_lost = verdict is not None and verdict.status in ("down", "unreachable")
    if is_lost or not any(by_protocol.values()):
        return _aspect(AspectKind.REACHABLE, Standing.BAD, "point_silent", at=at)
    return _aspect(AspectKind.REACHABLE, Standing.GOOD, "point_answers", at=at)


def of_calls(sight: Sight, point: ConferencePoint) -> Aspect | None:
    """Return whether the point can be called: SIP or H.323 answers, or it says it is registered."""
    protocols = protocols_of(point)
    if not protocols:
        return None
    answers = _answers(sight, point)
    if answers is None:
        return _unheard(sight, point, AspectKind.CALLABLE)
    at, by_protocol = answers
    wanted = [one.value for one in CALLS if one in protocols]
    if not wanted:
        if any(_own_registrations(sight, point).values()):
            return _aspect(AspectKind.CALLABLE, Standing.GOOD, "callable_registered", at=at)
        return _aspect(AspectKind.CALLABLE, Standing.UNCHECKED, "no_call_protocol", at=at)
    if any(protocol not in by_protocol for protocol in wanted):
        return _aspect(AspectKind.CALLABLE, Standing.UNCHECKED, "calls_not_measured", at=at)
    silent = [protocol for protocol in wanted if not by_protocol[protocol]]
    if not silent:
        return _aspect(AspectKind.CALLABLE, Standing.GOOD, "callable", ", ".join(wanted), at=at)
    code, standing = "calls_partly", Standing.RISK
    if len(silent) == len(wanted):
        code, standing = "calls_refused", Standing.BAD
    return _aspect(AspectKind.CALLABLE, standing, code, ", ".join(silent), at=at)


def of_registration(sight: Sight, point: ConferencePoint) -> Aspect | None:
    """Return whether the point is registered, by its own word or the registrar's.

    None where neither is ever asked. What was said once and is old now is no registration.
    """
    own = _own_registrations(sight, point)
    said = _registrar_says(sight, point)
    if said is not None and said.standing is Standing.BAD:
        return said
    if own:
        missing = sorted(protocol for protocol, value in own.items() if not value)
        at = _newest_at(sight, point)
        if len(missing) == len(own):
            return _aspect(AspectKind.REGISTERED, Standing.BAD, "not_registered", at=at)
        if missing:
            note = ("registered_partly", ", ".join(missing))
            return _aspect(AspectKind.REGISTERED, Standing.RISK, *note, at=at)
        return _aspect(AspectKind.REGISTERED, Standing.GOOD, "registered", at=at)
    if said is not None:
        return said
    if _once_said(sight, point):
        return _aspect(AspectKind.REGISTERED, Standing.UNCHECKED, "registration_stale")
    return None


def of_certificate(sight: Sight, point: ConferencePoint, meeting: Meeting) -> Aspect | None:
    """Return whether the point's certificate lasts; None where none is seen."""
    interval = sight.inventory.report_interval_seconds
    ends_at = sight.newest.earliest_end(point.id, sight.now, interval)
    if ends_at is None:
        return None
    standing = Standing.GOOD
    if ends_at < meeting.ends_at:
        standing = Standing.BAD
    elif ends_at < sight.now + CERTIFICATE_SECONDS:
        standing = Standing.RISK
    code = "certificate_lasts" if standing is Standing.GOOD else "certificate_ends"
    return _aspect(AspectKind.CERTIFICATE, standing, code, ends_at, at=sight.now)


def _views(sight: Sight, point: ConferencePoint) -> list[Reading]:
    """Return the fresh looks at a point, those of the centre if there are any."""
    interval = sight.inventory.report_interval_seconds
    fresh = sight.fresh("conference", point.id, interval)
    centre = sight.inventory.province.centre
    return [one for one in fresh if site_id(one.machine) == centre] or fresh


def _answers(sight: Sight, point: ConferencePoint) -> tuple[float, Mapping[str, bool]] | None:
    """Return what answers, and when that was seen: of several looks each must have had one."""
    views = _views(sight, point)
    seen: dict[str, bool] = {}
    for one in views:
        for protocol, value in one.by_label(_REACHABLE, "protocol").items():
            seen[protocol] = seen.get(protocol, True) and value == 1.0
    return (min(one.measured_at for one in views), seen) if seen else None


def _own_registrations(sight: Sight, point: ConferencePoint) -> Mapping[str, bool]:
    """Return what the point itself says now, by protocol; empty where it says nothing."""
    said: dict[str, bool] = {}
    for one in _views(sight, point):
        for protocol, value in one.by_label("govnet_point_registered", "protocol").items():
            said[protocol] = said.get(protocol, True) and value == 1.0
    return said


def _newest_at(sight: Sight, point: ConferencePoint) -> float | None:
    return max((one.measured_at for one in _views(sight, point)), default=None)


def _once_said(sight: Sight, point: ConferencePoint) -> bool:
    """Whether the point said at its last look that it was registered, be it long ago."""
    return any(
        one.by_label("govnet_point_registered", "protocol")
        for one in sight.readings.of("conference", point.id)
    )


def _registrar_says(sight: Sight, point: ConferencePoint) -> Aspect | None:
    """Return what registrars say of the point, None where none is asked.

    One that is in use and has an account is expected to answer: its silence is no registration.
    """
    asked = [one for one in sight.inventory.services.values() if _is_asked(one)]
    if not asked:
        return None
    answers = [
        (one.by_label("govnet_registrar_endpoint_registered", "endpoint"), one.measured_at)
        for service in asked
        for one in sight.fresh("registrar", service.id, service.interval_seconds)
        if one.value("govnet_registrar_reachable") == 1.0
    ]
    values = [(told[point.id], at) for told, at in answers if point.id in told]
    if values:
        is_known = any(value == 1.0 for value, _ in values)
        code = "registered" if is_known else "not_registered"
        standing = Standing.GOOD if is_known else Standing.BAD
        return _aspect(AspectKind.REGISTERED, standing, code, at=max(at for _, at in values))
    return _aspect(AspectKind.REGISTERED, Standing.UNCHECKED, "registrar_silent")


def _is_asked(service: Service) -> bool:
    return service.registrar and service.login is not None and service.lifecycle is Lifecycle.ACTIVE


def _unheard(sight: Sight, point: ConferencePoint, kind: AspectKind) -> Aspect:
    at = sight.last_measured_at("conference", point.id)
    if at is None:
        return _aspect(kind, Standing.UNCHECKED, "point_never_asked")
    return _aspect(kind, Standing.UNCHECKED, "point_stale", at, at=at)


def _aspect(
    kind: AspectKind,
    standing: Standing,
    code: str,
    *args: str | float,
    at: float | None = None,
) -> Aspect:
    return Aspect(kind, standing, EvidenceNote(code, args), at, "equipment")


def worst(aspects: Sequence[Aspect]) -> Standing:
    """Return the worst standing of several aspects; nothing looked at is nothing checked."""
    for standing in (Standing.BAD, Standing.UNCHECKED, Standing.RISK):
        if any(one.standing is standing for one in aspects):
            return standing
    return Standing.GOOD if aspects else Standing.UNCHECKED
