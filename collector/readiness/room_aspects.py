"""What stands behind a point: the PC of a software point, the platform, the people. Pure.

Each function returns one aspect, None where it does not apply.
"""

from typing import Final

from collector.readiness.records import Aspect, AspectKind, Meeting, Part, Room, Standing
from collector.readiness.sight import Sight
from collector.verdict.conditions import CLOCK_SECONDS
from collector.verdict.notes import EvidenceNote
from inventory.model import ConferencePoint, Lifecycle, PointKind, Service, Site, site_id

TICKS_SECONDS: Final = 26 * 3_600.0
"""A tick of the trial session of the day before counts; an older one does not."""
_PHASES: Final = ("dns", "connect", "tls", "first_byte")
"""Phases of using a service, in order; the first that is not told is where it failed."""


def of_machine(sight: Sight, point: ConferencePoint) -> Aspect | None:
    """Return whether the PC of a software point is on."""
    if point.machine is None:
        if point.kind is not PointKind.SOFTWARE:
            return None
        return _machine(Standing.UNCHECKED, "machine_not_declared")
    latest = sight.newest.machines.get(site_id(point.machine), {}).get(point.machine)
    if latest is None:
        return _machine(Standing.UNCHECKED, "machine_never_heard", point.machine)
    if not latest.fresh(sight.now) or latest.at <= sight.last_fault_at(point.machine):
        return _machine(Standing.BAD, "machine_silent", point.machine, latest.at, at=latest.at)
    return _machine(Standing.GOOD, "machine_on", point.machine, at=latest.at)


def of_clock(sight: Sight, point: ConferencePoint) -> Aspect | None:
    """Return whether the clock of a software point's PC is right: TLS and logons need it."""
    if point.machine is None:
        return None
    latest = sight.newest.machines.get(site_id(point.machine), {}).get(point.machine)
    if latest is None or not latest.fresh(sight.now):
        return _clock(Standing.UNCHECKED, "clock_unknown")
    skew = abs(latest.skew_seconds)
    if skew > CLOCK_SECONDS:
        return _clock(Standing.BAD, "clock_wrong", skew, at=latest.at)
    return _clock(Standing.GOOD, "clock_right", skew, at=latest.at)


def of_platform(
    sight: Sight, site: Site, point: ConferencePoint, meeting: Meeting
) -> Aspect | None:
    """Return whether what the point meets on works, seen from its own PC where that uses it.

    Not checked where nobody said on what the conference is held. None for an MCU: others meet on
    it.
    """
    own = sight.inventory.services.get(point.platform or "")
    if point.machine is not None and own is not None and own.lifecycle is Lifecycle.ACTIVE:
        return _of_service(sight, own, site.id, point.machine)
    service = sight.inventory.services.get(meeting.platform)
    if service is not None:
        return _of_service(sight, service, sight.inventory.province.centre, None)
    if meeting.platform:
        return _of_mcu(sight, meeting.platform)
    if point.kind is PointKind.MCU:
        return None
    return _platform(Standing.UNCHECKED, "platform_not_declared")


def _of_service(sight: Sight, service: Service, site: str, machine: str | None) -> Aspect:
    """Return how a service works, seen from one machine or from the machines of a site."""
    fresh = [
        one
        for one in sight.fresh("service", service.id, service.interval_seconds, site)
        if machine is None or one.machine == machine
    ]
    if not fresh:
        return _platform(Standing.UNCHECKED, "platform_stale", service.name)
    newest = max(fresh, key=lambda one: one.measured_at)
    works = newest.value("govnet_service_up")
    if works is None:
        return _platform(Standing.UNCHECKED, "platform_stale", service.name)
    if works != 1.0:
        done = newest.by_label("govnet_service_duration_seconds", "phase")
        phase = next((one for one in _PHASES if one not in done), "answer")
        code = f"platform_{'answer' if phase == 'first_byte' else phase}"
        return _platform(Standing.BAD, code, service.name, at=newest.measured_at)
    if service.verify_certificate and newest.value("govnet_service_certificate_verified") == 0.0:
        return _platform(Standing.BAD, "platform_tls", service.name, at=newest.measured_at)
    return _platform(Standing.GOOD, "platform_works", service.name, at=newest.measured_at)


def _of_mcu(sight: Sight, point: str) -> Aspect:
    """Return whether the MCU answers the centre."""
    interval = sight.inventory.report_interval_seconds
    fresh = sight.fresh("conference", point, interval)
    told = [one.by_label("govnet_point_reachable", "protocol") for one in fresh]
    if not any(told):
        return _platform(Standing.UNCHECKED, "mcu_stale", point)
    at = min(one.measured_at for one in fresh)
    if not any(value == 1.0 for one in told for value in one.values()):
        return _platform(Standing.BAD, "mcu_silent", point, at=at)
    return _platform(Standing.GOOD, "mcu_answers", point, at=at)


def of_room(sight: Sight, site: Site, room: Room, meeting: Meeting, *, is_needed: bool) -> Aspect:
    """Return what somebody in the room ticked: every part, after the last power cut of today.

    If it `is_needed`, a room that nobody answered for is not checked.
    """
    since = max(meeting.starts_at - TICKS_SECONDS, sight.power_failed_at(site.id))
    told = {part: tick for part, tick in room.ticks.items() if tick.at > since}
    broken = [part.value for part in Part if part in told and not told[part].is_good]
    if broken:
        at = max(told[Part(part)].at for part in broken)
        return _room(Standing.BAD, "room_broken", ",".join(broken), at=at)
    missing = [part.value for part in Part if part not in told]
    first_at = min((tick.at for tick in told.values()), default=None)
    if not missing:
        return _room(Standing.GOOD, "room_confirmed", at=first_at)
    standing = Standing.UNCHECKED if is_needed else Standing.GOOD
    if len(missing) == len(Part):
        return _room(standing, "room_unconfirmed")
    return _room(standing, "room_partly", ",".join(missing), at=first_at)


def _machine(standing: Standing, code: str, *args: str | float, at: float | None = None) -> Aspect:
    return Aspect(AspectKind.MACHINE, standing, EvidenceNote(code, args), at, "equipment")


def _clock(standing: Standing, code: str, *args: float, at: float | None = None) -> Aspect:
    return Aspect(AspectKind.CLOCK, standing, EvidenceNote(code, args), at, "equipment")


def _platform(standing: Standing, code: str, *args: str, at: float | None = None) -> Aspect:
    # Without a name, the office's own network is asked first; else the centre runs the platform.
    call = "lan" if code == "platform_dns" else "centre"
    return Aspect(AspectKind.PLATFORM, standing, EvidenceNote(code, args), at, call)


def _room(standing: Standing, code: str, *args: str, at: float | None = None) -> Aspect:
    return Aspect(AspectKind.ROOM, standing, EvidenceNote(code, args), at, "equipment")
