"""Whether a point is ready for a conference: never on evidence that is old or missing. Pure.

1. Every aspect that applies to the point is looked at.
2. One that is bad makes it not ready; else one that nobody checked makes it not checked; else one
   that may go wrong puts it at risk.
3. Only a point of which every aspect was looked at lately and is good is ready.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from collector.readiness import point_aspects, room_aspects, site_aspects
from collector.readiness.records import (
    Aspect,
    AspectKind,
    Judged,
    Meeting,
    PointState,
    Room,
    Standing,
)
from collector.readiness.sight import Sight
from collector.verdict.notes import EvidenceNote
from inventory.model import ConferencePoint, Lifecycle, PointKind, Site, site_id

_STATES: Final = {
    Standing.BAD: PointState.NOT_READY,
    Standing.UNCHECKED: PointState.NOT_CHECKED,
    Standing.RISK: PointState.AT_RISK,
    Standing.GOOD: PointState.READY,
}
_EMPTY: Final = Room()


def judge(
    sight: Sight, meeting: Meeting, rooms: Mapping[str, Room], *, room_is_needed: bool = True
) -> tuple[Judged, ...]:
    """Return how every invited point stands, in the order of the invitation."""
    return tuple(
        judge_point(sight, meeting, point, rooms.get(point, _EMPTY), room_is_needed=room_is_needed)
        for point in meeting.points
    )


def judge_point(
    sight: Sight, meeting: Meeting, point_id: str, room: Room, *, room_is_needed: bool = True
) -> Judged:
    """Return how one point stands."""
    site = sight.inventory.sites.get(site_id(point_id))
    found = None
    if site is not None:
        found = next((one for one in site.conference_points if one.id == point_id), None)
    if site is None or found is None or found.lifecycle is not Lifecycle.ACTIVE:
        note = EvidenceNote("point_not_in_use")
        aspects: tuple[Aspect, ...] = (Aspect(AspectKind.SITE, Standing.UNCHECKED, note),)
    else:
        aspects = tuple(_aspects(sight, site, found, meeting, room, room_is_needed=room_is_needed))
    state = _STATES[point_aspects.worst(aspects)]
    return Judged(point_id, site_id(point_id), state, aspects, sight.now)


def _aspects(
    sight: Sight,
    site: Site,
    point: ConferencePoint,
    meeting: Meeting,
    room: Room,
    *,
    room_is_needed: bool,
) -> Iterator[Aspect]:
    """Yield every aspect that applies."""
    looked_at = (
        site_aspects.of_site(sight, site),
        site_aspects.of_path(sight, site),
        point_aspects.of_reach(sight, point),
        point_aspects.of_calls(sight, point),
        point_aspects.of_registration(sight, point),
        room_aspects.of_machine(sight, point),
        room_aspects.of_clock(sight, point),
        room_aspects.of_platform(sight, site, point, meeting),
        point_aspects.of_certificate(sight, point, meeting),
        site_aspects.of_power(sight, site),
        site_aspects.of_plans(sight, site, point, meeting),
    )
    yield from (one for one in looked_at if one is not None)
    is_needed = room_is_needed and point.kind is not PointKind.MCU
    yield room_aspects.of_room(sight, site, room, meeting, is_needed=is_needed)
