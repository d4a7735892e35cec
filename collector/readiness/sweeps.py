"""When points are looked at before a conference, and how much that loads the way to the MCU. Pure.

1. At every sweep (T-24h, T-60, T-30, T-10) the result of every point is recorded.
2. Before it every site is asked again in turn, so that its results are new when they are recorded.
3. Turns are so far apart that the test packets of those under way stay below the budget.
"""

import logging
import math
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

import msgspec

from collector.readiness.options import ConferenceOptions
from collector.readiness.records import Meeting
from govnet.errors import WireError
from govnet.settings import PathSettings
from inventory.model import site_id

log = logging.getLogger(__name__)

PACKET_BYTES: Final = 80
"""A test packet on the wire: 52 bytes of STAMP with its mark (RFC 8762, RFC 8972), UDP, IPv4."""
MTU_SEARCH_BYTES: Final = 2 * 1500
"""Two packets of full size that every train is followed by, where the size is known already."""
SETTLE_SECONDS: Final = 90.0
"""So long before the sweep the last site is asked: its agent learns of it with its next report,
runs its checks, and reports again."""
SWEEP_WHO: Final = "sweep"
LATE_SECONDS: Final = 300.0
"""A sweep that could not be taken in time, as after a restart, is still taken within this time."""
_DEFAULTS: Final = PathSettings(target="-", interval_seconds=60.0, timeout_seconds=10.0)
TRAIN_SECONDS: Final = _DEFAULTS.packets * _DEFAULTS.spacing_seconds
TRAIN_BYTES: Final = _DEFAULTS.packets * PACKET_BYTES + MTU_SEARCH_BYTES
"""Of one train in one direction; what comes back takes as much the other way."""


_SLACK_SECONDS: Final = 0.001
"""Trains never touch: a moment of today is exact to a quarter of a microsecond only."""


class Again(Protocol):
    """Has a site's checks run once more."""

    def ask(self, site: str, at: float, who: str) -> object:
        """Let everybody who looks at that site do so at about that moment (Unix seconds).

        `who` is for the log. Raises WireError: RateLimitedError where too much is asked,
        `not_found` where nobody looks at the site.
        """


class Load(msgspec.Struct, frozen=True):
    """What checking many sites again costs the way to the MCU, one way.

    `sites` are asked `gap_seconds` apart, which takes `spread_seconds`; never more than
    `peak_bytes_per_second` are on the way, the budget being `budget_bytes_per_second`.
    """

    sites: int
    gap_seconds: float
    spread_seconds: float
    peak_bytes_per_second: float
    budget_bytes_per_second: float


class Sweep(msgspec.Struct, frozen=True):
    """One look at all points of a conference; `name` is like T-60."""

    conference: str
    name: str
    at: float


def load_of(sites: int, options: ConferenceOptions) -> Load:
    """Return how far apart that many sites are asked so that the budget holds."""
    budget = options.budget_kbit_per_second * 1000 / 8
    rate = TRAIN_BYTES / TRAIN_SECONDS
    together = math.floor(budget / rate)
    gap = max(TRAIN_SECONDS / together, options.least_gap_seconds) + _SLACK_SECONDS
    most = min(sites, math.ceil(TRAIN_SECONDS / gap))
    return Load(sites, gap, gap * max(0, sites - 1), most * rate, budget)


def sweeps_of(meeting: Meeting, options: ConferenceOptions) -> tuple[Sweep, ...]:
    """Return the sweeps of a conference, the first one first."""
    if meeting.is_cancelled:
        return ()
    return tuple(
        Sweep(meeting.id, name_of(minutes), meeting.starts_at - minutes * 60.0)
        for minutes in sorted(options.sweep_minutes, reverse=True)
    )


def name_of(minutes: float) -> str:
    """Return what a sweep is called: T-24h, T-60."""
    hours, rest = divmod(minutes, 60)
    if hours > 1 and not rest:
        return f"T-{hours:g}h"
    return f"T-{minutes:g}"


def due(sweeps: Iterable[Sweep], now: float) -> Iterator[Sweep]:
    """Yield the sweeps whose moment has come and is not long over."""
    return (one for one in sweeps if one.at <= now < one.at + LATE_SECONDS)


def turns(meeting: Meeting, sweep: Sweep, options: ConferenceOptions) -> list[tuple[str, float]]:
    """Return when every invited site is asked again before a sweep, in turn."""
    sites = list(dict.fromkeys(site_id(point) for point in meeting.points))
    load = load_of(len(sites), options)
    first = sweep.at - SETTLE_SECONDS - load.spread_seconds
    return [(site, first + number * load.gap_seconds) for number, site in enumerate(sites)]


class Turns:
    """Asks sites again at most once in a gap, whoever wants it: sweeps and persons."""

    def __init__(self, options: ConferenceOptions, again: Again) -> None:
        self._options = options
        self.again = again
        self._next_at = -math.inf
        self._planned: set[tuple[str, str]] = set()
        self._turn_at: dict[str, float] = {}

    def plan(self, meeting: Meeting, sweep: Sweep, now: float) -> int:
        """Ask all sites of a sweep in turn, once its time has come; return how many."""
        key = (sweep.conference, f"{sweep.name} {sweep.at}")
        asked = turns(meeting, sweep, self._options)
        if not asked or key in self._planned:
            return 0
        begins_at = min(at for _, at in asked)
        if not begins_at <= now < sweep.at:
            return 0
        self._planned.add(key)
        return sum(self._was_asked(site, now, SWEEP_WHO) for site, _ in asked)

    def _was_asked(self, site: str, now: float, who: str) -> bool:
        """Ask one site; who was asked just now is looked at anyway."""
        try:
            self.one(site, now, who)
        except WireError as exc:
            log.info("site is not checked again", extra={"site": site, "why": exc.detail})
            return False
        return True

    def all(self, sites: Iterable[str], now: float, who: str) -> float | None:
        """Ask these sites in turn; return when the last one is, None if none could be."""
        asked = [self._was_asked(site, now, who) for site in sites]
        return self._next_at - load_of(1, self._options).gap_seconds if any(asked) else None

    def one(self, site: str, now: float, who: str) -> float:
        """Ask one site as soon as the budget allows; return when. Raises what `Again` raises.

        One that still waits for its turn is not asked twice: whoever presses the button again and
        again would push the sweeps behind the conference.
        """
        if self._turn_at.get(site, now) > now:
            return self._turn_at[site]
        at = max(now, self._next_at)
        self.again.ask(site, at, who)
        self._turn_at[site] = at
        self._next_at = at + load_of(1, self._options).gap_seconds
        return at
