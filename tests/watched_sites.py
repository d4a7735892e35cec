"""Sites that are heard in turn once an interval, and cuts: what a collector knows of them."""

import math
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from collector.verdict.shared.records import Others, Shared, Silence
from collector.verdict.shared.share import share

START = 1_790_000_000.0
INTERVAL = 60.0
LATE_SECONDS = 12.0
"""How late a report is at most."""
SECONDS = 3
"""How often it is judged."""


@dataclass(frozen=True)
class Cut:
    """A site was not heard from `start` to `end`, both Unix seconds."""

    site: str
    start: float
    end: float = math.inf
    cause: str = "undetermined"
    is_proven: bool = False


def sites(number: int, carriers: str = "vnpt viettel", areas: str = "") -> list[Others]:
    """Return sites whose carriers, and areas if there are any, take turns."""
    names, places = carriers.split(), areas.split() or [""]
    return [
        Others(f"xa-{index:03}", names[index % len(names)], places[index % len(places)])
        for index in range(number)
    ]


class Watched:
    """What was heard of the sites, given their cuts. Everyone signs once an interval."""

    def __init__(self, sites: Iterable[Others], cuts: Iterable[Cut]) -> None:
        self.sites = {site.site: site for site in sites}
        self.cuts = list(cuts)
        self.centre_cut: tuple[float, float] | None = None
        self.on_battery: dict[str, float] = {}
        phases = enumerate(self.sites)
        self._phase = {site: (index * 0.618 % 1) * INTERVAL for index, site in phases}
        self.order: Callable[[list[Silence]], list[Silence]] = list

    def _signs(self, site: str, at: float) -> Iterator[float]:
        """Yield when the site had its turns up to that moment, the last first; often a bit late."""
        phase = self._phase[site]
        turn = math.floor((at - phase) / INTERVAL)
        while True:
            late = zlib.crc32(f"{site} {turn}".encode()) % 1000 / 1000 * LATE_SECONDS
            sign = phase + turn * INTERVAL + late
            if sign <= at:
                yield sign
            turn -= 1

    def _back(self, cut: Cut) -> float:
        """Return when the site is heard again."""
        if cut.end == math.inf:
            return math.inf
        signs = self._signs(cut.site, cut.end + 2 * INTERVAL)
        return min(takewhile(lambda sign: sign > cut.end, signs))

    def silence(self, cut: Cut, now: float) -> Silence | None:
        """Return the silence that the cut makes, None while nobody can know."""
        last = next(self._signs(cut.site, cut.start))
        detected = last + 3 * INTERVAL
        back = self._back(cut)
        if detected > min(now, back):
            return None
        of = self.sites[cut.site]
        return Silence(
            cut.site,
            of.carrier,
            of.power_area,
            last,
            last,
            detected,
            back if back <= now else None,
            cut.cause,
            cut.is_proven,
        )

    def silences(self, now: float) -> list[Silence]:
        """Return what is known at that moment."""
        return [one for cut in self.cuts if (one := self.silence(cut, now)) is not None]

    def alive_at(self, since: float, at: float) -> list[Others]:
        """Return who was heard after `since` and up to `at`, and is not silent at `at`."""
        silent = {one.site for one in self.silences(at) if one.ended_at is None}
        return [
            other
            for site, other in self.sites.items()
            if site not in silent and self._last_heard(site, at) > since
        ]

    def _last_heard(self, site: str, at: float) -> float:
        cuts = [cut for cut in self.cuts if cut.site == site]
        signs = self._signs(site, at)
        return next(s for s in signs if not any(cut.start < s <= cut.end for cut in cuts))

    def centre_silent_since(self, at: float) -> float | None:
        start, end = self.centre_cut or (math.inf, math.inf)
        return start if start <= at < end else None

    def without_mains(self, start: float, end: float) -> list[Others]:
        lost = self.on_battery.items()
        return [self.sites[site] for site, at in lost if start <= at <= end]

    def say(self, now: float) -> Shared:
        """Return what is said at that moment."""
        return share(
            self.order(self.silences(now)),
            self.alive_at,
            centre_silent_since=self.centre_silent_since,
            interval_seconds=INTERVAL,
            now=now,
            without_mains=self.without_mains,
        )

    def causes(self, now: float) -> dict[str, str]:
        """Return the cause of each silent site at that moment."""
        return {site: said.cause for (site, _), said in self.say(now).causes.items()}

    def codes(self, now: float) -> set[str]:
        """Return the codes of all that is noted at that moment."""
        said = self.say(now).causes.values()
        return {note.code for one in said for note in one.notes}

    def published(self, start: float, end: float) -> list[tuple[float, str, str]]:
        """Return when which site was first said to be silent, and with which cause."""
        first: dict[str, tuple[float, str, str]] = {}
        for now in range(int(start), int(end), SECONDS):
            for (site, _), said in self.say(float(now)).causes.items():
                if said.held_until <= now:
                    first.setdefault(site, (float(now), site, said.cause))
        return sorted(first.values())


def cut_all(
    sites: Iterable[Others], start: float = START, end: float = math.inf, **more: object
) -> list[Cut]:
    """Return cuts of all these sites at once."""
    return [Cut(site.site, start, end, **more) for site in sites]  # type: ignore[arg-type]
