"""Records of planned work and of announced power cuts. Times are Unix seconds.

What a verdict gets of them is `collector.maintenance.windows`.
"""

from enum import StrEnum
from typing import Annotated

import msgspec


class Kind(StrEnum):
    """Why an item is not expected to work."""

    MAINTENANCE = "maintenance"
    POWER_CUT = "power_cut"


class State(StrEnum):
    """What became of an entry.

    proposed -> confirmed or rejected; rejected -> confirmed (somebody thought better of it);
    confirmed -> ended, by a person before its time.
    """

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    ENDED = "ended"
    REJECTED = "rejected"


class Phase(StrEnum):
    """Where a moment lies, seen from a window."""

    COMING = "coming"
    RUNNING = "running"
    OVER = "over"


class Match(StrEnum):
    """Why a site may be meant by the text of a notice, the nearest first."""

    CHOSEN = "chosen"
    """A person named it."""
    HAMLET = "hamlet"
    """Its postal address is in a hamlet or street that the text names."""
    FORMER_SEAT = "former_seat"
    """Its name holds the former commune that the text names."""
    UNIT = "unit"
    """Its commune is named, as a commune."""
    FORMER_UNIT = "former_unit"
    """Its commune came from one that is named."""
    NAME_ALIKE = "name_alike"
    """Its own name holds the commune that is named."""
    UNIT_ALIKE = "unit_alike"
    """The text holds the commune's name, which may be that of something else."""
    POWER_AREA = "power_area"
    """Its power area is named."""


Moment = Annotated[float, msgspec.Meta(ge=0, le=4_102_444_800)]
"""Unix seconds up to the year 2100."""


class Planned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody enters: one item, from `start` up to `end`."""

    item: str
    start: Moment
    end: Moment
    reason: str
    kind: Kind = Kind.MAINTENANCE


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One item and one span of time.

    `item` is a site with everything in it, one item of it, or a service; empty for a proposal of
    which nobody knows the site yet. `source` says where it was learnt. `notice` and `match` are
    those of a proposal, 0 and empty otherwise. `ended_at` is when it was ended or rejected.
    """

    id: int
    kind: Kind
    item: str
    start: float
    end: float
    reason: str
    source: str
    state: State
    created_at: float
    created_by: str
    confirmed_at: float | None = None
    confirmed_by: str | None = None
    ended_at: float | None = None
    notice: int = 0
    match: str = ""

    def phase(self, at: float) -> Phase:
        """Return whether it is to come, lasts or is over at that moment."""
        if at < self.start:
            return Phase.COMING if self.start < self.end else Phase.OVER
        return Phase.RUNNING if at < self.end else Phase.OVER


class Candidate(msgspec.Struct, frozen=True):
    """A site that a notice may reach, and why."""

    site: str
    match: Match


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the utility's list: `area` in its own words, never the name of an office."""

    area: str
    start: float
    end: float
    reason: str


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """An announced power cut as it is kept. Its proposals are entries."""

    id: int
    area: str
    start: float
    end: float
    reason: str
    source: str
    created_at: float
    created_by: str

    @property
    def name(self) -> str:
        """Return how people and paths name it; numbers alone are entries."""
        return f"n{self.id}"


class Book(msgspec.Struct, frozen=True):
    """Everything that is kept; `version` grows with every change."""

    version: int = 0
    entries: tuple[Entry, ...] = ()
    notices: tuple[Notice, ...] = ()

    def of_notice(self, notice: int) -> tuple[Entry, ...]:
        """Return the proposals of a notice and what became of them, the nearest first."""
        return tuple(entry for entry in self.entries if entry.notice == notice)

    def open_notices(self, since: float) -> tuple[Notice, ...]:
        """Return notices that wait for somebody and end after `since`, by their start."""
        waiting = {one.notice for one in self.entries if one.state is State.PROPOSED}
        found = [one for one in self.notices if one.id in waiting and one.end > since]
        return tuple(sorted(found, key=lambda one: (one.start, one.id)))

    def confirmed(self, since: float) -> tuple[Entry, ...]:
        """Return confirmed entries that end after `since`, by their start."""
        found = [one for one in self.entries if one.state is State.CONFIRMED and one.end > since]
        return tuple(sorted(found, key=lambda one: (one.start, one.id)))


OPEN_SECONDS = 7 * 86_400.0
"""So long after its end a notice still waits for somebody: a cut can be confirmed afterwards."""


def notice_id(name: str) -> int | None:
    """Return the number of a notice's name (`n12`), None for anything else."""
    digits = name.removeprefix("n")
    return int(digits) if name != digits and _is_number(digits) else None


def entry_id(name: str) -> int | None:
    """Return the number of an entry, None for anything else."""
    return int(name) if _is_number(name) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len(str(1 << 62))
