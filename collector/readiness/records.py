"""Records of conferences, of what is known of a point before one, and of what people ticked.

Times are Unix seconds.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from collector.verdict.notes import EvidenceNote

MAX_TITLE: Final = 300
MAX_MINUTES: Final = 7 * 24 * 60
MAX_POINTS: Final = 5_000


class PointState(StrEnum):
    """Whether a point can take part; the order is that of urgency."""

    NOT_READY = "not_ready"
    NOT_CHECKED = "not_checked"
    AT_RISK = "at_risk"
    READY = "ready"


STATE_CODES: Final = {
    PointState.READY: 0.0,
    PointState.AT_RISK: 1.0,
    PointState.NOT_READY: 2.0,
    PointState.NOT_CHECKED: 3.0,
}
"""Values of `govnet_point_ready_code`."""


class Standing(StrEnum):
    """What one aspect of a point says."""

    GOOD = "good"
    RISK = "risk"
    BAD = "bad"
    UNCHECKED = "unchecked"
    """Nobody looked, or too long ago: it never counts as good."""


class AspectKind(StrEnum):
    """What is looked at before a conference, in the order of the page."""

    SITE = "site"
    PATH = "path"
    REACHABLE = "reachable"
    CALLABLE = "callable"
    REGISTERED = "registered"
    MACHINE = "machine"
    CLOCK = "clock"
    PLATFORM = "platform"
    CERTIFICATE = "certificate"
    POWER = "power"
    PLANNED = "planned"
    ROOM = "room"


class Part(StrEnum):
    """What only somebody in the room can see."""

    TV = "tv"
    CAMERA = "camera"
    MICROPHONE = "microphone"
    SPEAKERS = "speakers"
    OPERATOR = "operator"


class Aspect(msgspec.Struct, frozen=True):
    """One thing about a point: how it stands, why, and when that was seen (None: never).

    `call` says whose contacts are told: a cause as `collector.alerts.contacts` knows it.
    """

    kind: AspectKind
    standing: Standing
    note: EvidenceNote
    at: float | None = None
    call: str = "undetermined"


class Judged(msgspec.Struct, frozen=True):
    """A point before one conference, as of `at`; what is worst stands first in `reasons`."""

    point: str
    site: str
    state: PointState
    aspects: tuple[Aspect, ...]
    at: float

    @property
    def reasons(self) -> tuple[Aspect, ...]:
        """Return what is not good, the worst first."""
        order = (Standing.BAD, Standing.UNCHECKED, Standing.RISK)
        found = [one for one in self.aspects if one.standing is not Standing.GOOD]
        return tuple(sorted(found, key=lambda one: order.index(one.standing)))

    @property
    def main_reasons(self) -> tuple[Aspect, ...]:
        """Return the reasons without those that only follow from another one."""
        found = self.reasons
        standing = {one.kind: one.standing for one in found}
        dropped: set[AspectKind] = set()
        if standing.get(AspectKind.SITE) is Standing.BAD:
            dropped = set(AspectKind) - {AspectKind.SITE, AspectKind.ROOM, AspectKind.PLANNED}
        elif standing.get(AspectKind.MACHINE) is Standing.BAD:
            dropped = {AspectKind.CLOCK, AspectKind.PLATFORM, AspectKind.PATH}
        if AspectKind.REACHABLE in standing:
            dropped.add(AspectKind.CALLABLE)
        return tuple(one for one in found if one.kind not in dropped)

    @property
    def waits_for_room(self) -> bool:
        """Whether everything that is measured is good, and only the room has not answered."""
        return [one.kind for one in self.reasons] == [AspectKind.ROOM]


class Tick(msgspec.Struct, frozen=True):
    """What somebody in the room said of one part."""

    is_good: bool
    at: float


class Room(msgspec.Struct, frozen=True):
    """Everything that the room said, and how to call it."""

    ticks: Mapping[Part, Tick] = {}
    telephone: str = ""
    telephone_at: float = 0.0


class Source(StrEnum):
    """Where a conference was entered."""

    INVENTORY = "inventory"
    CALENDAR = "calendar"
    OPERATOR = "operator"


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """A conference from anywhere: `points` are full ids, each once.

    `platform` is a service or the MCU's point, "" if nobody said. `recurrence` tells occurrences
    of one calendar entry apart.
    """

    id: str
    title: str
    starts_at: float
    ends_at: float
    points: tuple[str, ...]
    platform: str = ""
    source: Source = Source.OPERATOR
    uid: str = ""
    recurrence: str = ""
    cancelled_at: float | None = None
    all_points: bool = False

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody called it off."""
        return self.cancelled_at is not None


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody enters: points are ids (site/point), ids or names of sites and units, or all.

    `starts_at` is Unix seconds; `platform` a service or the MCU's point.
    """

    title: str
    starts_at: Annotated[float, msgspec.Meta(ge=0, le=4_102_444_800)]
    duration_minutes: int
    points: tuple[str, ...] = ()
    all_points: bool = False
    platform: str = ""


class SweepResult(msgspec.Struct, frozen=True):
    """What a sweep found of one point."""

    sweep: str
    at: float
    point: str
    state: PointState
    reasons: str


class RoomTick(msgspec.Struct, frozen=True):
    """One thing that a room said, as it is kept."""

    point: str
    part: str
    is_good: bool
    at: float
    who: str
