"""Where the mains are known to have failed, by power area. Pure."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from collector.verdict.shared.records import Others, Silence


class Feeders:
    """What the sites of a power area prove about their mains.

    Two sorts of sites prove it: one that is silent for want of power by its own evidence, and one
    that lives on a battery (`without_mains`: which ones did so at some time from one moment to
    another).
    """

    def __init__(
        self,
        silences: Iterable[Silence],
        window_seconds: float,
        without_mains: Callable[[float, float], Sequence[Others]],
    ) -> None:
        self.window_seconds = window_seconds
        self._without_mains = without_mains
        self._proven: defaultdict[str, list[Silence]] = defaultdict(list)
        self._on_battery: dict[tuple[float, float], dict[str, set[str]]] = {}
        for one in silences:
            if one.is_proven and one.cause == "power" and one.power_area:
                self._proven[one.power_area].append(one)

    def dark_neighbour(self, silence: Silence) -> str | None:
        """Return a site of the same power area that is proven to have lost its mains about then.

        Both fell silent within the window and were silent at one time, or the neighbour lived on
        battery. Of several the first by name, so that the answer stays.
        """
        found = {
            one.site
            for one in self._proven.get(silence.power_area, ())
            if abs(one.onset - silence.onset) <= self.window_seconds
            and max(one.onset, silence.onset) < min(_end(one), _end(silence))
        }
        found |= self._battery(silence, silence.power_area) - {silence.site}
        return min(found, default=None)

    def is_dark(self, site: str, area: str, silence: Silence) -> bool:
        """Whether that site of the area, which lives, lives on a battery since about then."""
        return site in self._battery(silence, area)

    def _battery(self, silence: Silence, area: str) -> set[str]:
        key = (silence.onset - self.window_seconds, silence.onset + self.window_seconds)
        areas = self._on_battery.get(key)
        if areas is None:
            areas = self._on_battery[key] = {}
            for other in self._without_mains(*key):
                areas.setdefault(other.power_area, set()).add(other.site)
        return areas.get(area, set())


def _end(silence: Silence) -> float:
    return math.inf if silence.ended_at is None else silence.ended_at
