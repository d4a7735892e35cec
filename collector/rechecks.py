"""«Kiểm tra lại»: who asked for a site's checks once more, for when, and whether it was done.

In memory only: after a restart of the collector nobody waits any more. What agents are told of it
goes through `collector.derivation.derive`; how often an agent does it at most is its own decision
as well (`agent.measuring.again`). Reads no clock; times are Unix seconds.
"""

import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from prometheus_client import Counter

from collector.derivation.derive import Derivation
from collector.intake.limits import RateLimitedError
from collector.verdict.evidence.evidence import OWN_TRACK, Evidence
from collector.verdict.evidence.reading import view_of
from govnet.errors import WireError
from govnet.settings import CheckAgain, CheckSettings

log = logging.getLogger(__name__)

SITE_SECONDS: Final = 60.0
"""A site is checked again no more often than this; its agents would not do it either."""
MOST_PER_MINUTE: Final = 60
"""So many sites at most begin within a minute: all of them ask the centre's agent for more."""
MOST: Final = 2000
"""Requests that wait or stand, at most: 226 points of several conferences."""
AHEAD_SECONDS: Final = 2 * 86_400.0
"""How long beforehand one can be planned: conferences look a day ahead."""
STANDS_SECONDS: Final = 600.0
"""So long agents are told of a request; who comes back later has run everything anyway."""
ROUND_SECONDS: Final = 20.0
"""What an agent takes from when it learns of a request to its report on it."""
_ID_BYTES: Final = 6


class Asked(msgspec.Struct, frozen=True):
    """One request: the checks of `site` run once more from `at` on."""

    id: str
    site: str
    at: float

    @property
    def ends_at(self) -> float:
        """From when on nobody is told of it any more."""
        return self.at + STANDS_SECONDS


class Looker(msgspec.Struct, frozen=True):
    """A machine that looks at a site, and how new what it saw of it is, all of it (None: nothing).

    `is_heard` says whether it reports at present.
    """

    machine: str
    looked_at: float | None
    is_heard: bool


class Rechecks:
    """All requests; `counter` counts them by what became of them."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._asked: list[Asked] = []
        self._open: set[str] = set()
        """Ids of those that were not answered yet."""

    def ask(self, site: str, at: float, now: float, who: str) -> Asked:
        """Ask for a site's checks once more, at once or later; what is past is at once.

        Raises WireError (`bad_request`) for a time too far ahead, RateLimitedError if the site is
        asked too often, or too much is asked at all.
        """
        at = max(at, now)
        if not at <= now + AHEAD_SECONDS:
            raise WireError("bad_request", f"at: expected at most {AHEAD_SECONDS:g} s from now")
        self.expire(now)
        problem = self._problem(site, at, now)
        if problem is not None:
            self._counter.labels("refused").inc()
            raise problem
        asked = Asked(secrets.token_hex(_ID_BYTES), site, at)
        self._asked.append(asked)
        self._open.add(asked.id)
        self._counter.labels("asked").inc()
        log.info("check asked", extra={"site": site, "in_seconds": round(at - now), "who": who})
        return asked

    def _problem(self, site: str, at: float, now: float) -> RateLimitedError | None:
        same = [each.at for each in self._asked if each.site == site]
        if near := [each for each in same if abs(each - at) < SITE_SECONDS]:
            again_at = max(near) + SITE_SECONDS
            detail = f"{site} is checked at most once in {SITE_SECONDS:g} s"
            return RateLimitedError(detail, max(1.0, again_at - now))
        near_all = [each.at for each in self._asked if abs(each.at - at) < SITE_SECONDS / 2]
        if len(near_all) >= MOST_PER_MINUTE:
            detail = f"at most {MOST_PER_MINUTE} sites are checked again in a minute"
            return RateLimitedError(detail, SITE_SECONDS / 2)
        if len(self._asked) >= MOST:
            return RateLimitedError(f"at most {MOST} requests may wait", SITE_SECONDS)
        return None

    def current(self, now: float) -> tuple[CheckAgain, ...]:
        """Return what agents are to be told at that moment."""
        return tuple(
            CheckAgain(id=each.id, site=each.site)
            for each in self._asked
            if each.at <= now < each.ends_at
        )

    def newest(self, site: str, now: float) -> Asked | None:
        """Return the last request for a site that has begun, else its next one, None for none."""
        of_site = [each for each in self._asked if each.site == site and now < each.ends_at]
        begun = [each for each in of_site if each.at <= now]
        if begun:
            return max(begun, key=_at)
        return min(of_site, key=_at, default=None)

    def settle(self, now: float, is_answered: Callable[[Asked], bool]) -> None:
        """Note what was answered, and let what is over go."""
        for each in self._asked:
            if each.id in self._open and each.at <= now and is_answered(each):
                self._open.discard(each.id)
                self._counter.labels("answered").inc()
        self.expire(now)

    def expire(self, now: float) -> None:
        """Forget what stands no more."""
        for each in [each for each in self._asked if now >= each.ends_at]:
            self._asked.remove(each)
            if each.id in self._open:
                self._open.discard(each.id)
                self._counter.labels("expired").inc()


def _at(asked: Asked) -> float:
    return asked.at


def lookers(site: str, derivation: Derivation, evidence: Evidence, now: float) -> list[Looker]:
    """Return who looks at a site, and how new what each of them saw is."""
    return [
        Looker(
            identity.machine,
            _looked_at(evidence, identity.machine, checks),
            _is_heard(evidence, identity.site, identity.machine, now),
        )
        for identity, checks in derivation.looks(site).items()
    ]


def is_answered(asked: Asked, seen_by: Iterable[Looker]) -> bool:
    """Whether everybody who can be heard has looked since the request began, and anybody has."""
    heard = [each.looked_at for each in seen_by if each.is_heard]
    return bool(heard) and all(at is not None and at >= asked.at for at in heard)


def _looked_at(evidence: Evidence, machine: str, checks: Iterable[CheckSettings]) -> float | None:
    """Return how new the oldest is of what a machine saw by these checks.

    What it never told of does not count: its version may not know the check.
    """
    tracks = evidence.tracks.get(machine, {})
    views = {view_of(each.check, each.target) for each in checks} - {None}
    found = [tracks.get(view) for view in views or {OWN_TRACK} if view is not None]
    times = [track.newest.last_at for track in found if track is not None and track.newest]
    return min(times, default=None)


def _is_heard(evidence: Evidence, site: str, machine: str, now: float) -> bool:
    latest = evidence.newest.machines.get(site, {}).get(machine)
    return latest is not None and latest.fresh(now)
