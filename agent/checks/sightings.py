"""What is told of devices' surroundings, and when: a thin line is not for a table that churns.

Stations come and go with the working day, so what was seen within a day is one list; it is told
again at most every six hours, who the device is and its neighbours at most every hour, both only
if they changed. After a start all is told at once, and a day is gathered anew.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from agent.devices.around import Around
from govnet.surroundings import SeenNeighbour, SeenStation, Surroundings, pack

GATHERED_SECONDS = 86_400.0
STATIONS_SECONDS = 6 * 3600.0
NEIGHBOURS_SECONDS = 3600.0
MAX_GATHERED = 4_096
"""Stations remembered of one device: what a site has, many times over."""


@dataclass(slots=True)
class _Told:
    """What is told of one device, since when, and what was seen lately. Times are monotonic."""

    itself: Surroundings
    itself_at: float
    stations: tuple[SeenStation, ...]
    stations_at: float
    facts: Mapping[str, str] = field(default_factory=dict)
    seen: dict[str, tuple[SeenStation, float]] = field(default_factory=dict)


class Sightings:
    """Gathers by target; one instance serves several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, _Told] = {}
        self._wireless: dict[str, float] = {}
        """Hardware addresses that any device saw at a radio: no other tells them either."""

    def note(self, target: str, itself: Surroundings, around: Around, now: float) -> None:
        """Take in what a device said when it was learnt; `itself` is who it is."""
        with self._lock:
            self._wireless |= dict.fromkeys(around.wireless, now)
            self._wireless = _fresh(self._wireless, now)
            itself = replace(itself, neighbours=_sorted(around.neighbours))
            told = self._told.get(target)
            is_first = told is None
            if told is None:
                told = self._told[target] = _Told(itself, now, (), now)
            _gather(told.seen, around.stations, now)
            is_due = is_first or now - told.stations_at >= STATIONS_SECONDS
            stations = self._allowed(told.seen) if is_due else told.stations
            if now - told.itself_at < NEIGHBOURS_SECONDS:
                itself = told.itself
            if is_first or itself != told.itself:
                told.itself, told.itself_at = itself, now
            elif stations == told.stations:
                return
            if stations != told.stations:
                told.stations, told.stations_at = stations, now
            told.facts = pack(replace(told.itself, stations=told.stations))

    def facts(self, target: str) -> Mapping[str, str]:
        """Return what is to be told of a device now, nothing if it was not learnt yet."""
        with self._lock:
            told = self._told.get(target)
            return {} if told is None else told.facts

    def _allowed(self, seen: Mapping[str, tuple[SeenStation, float]]) -> tuple[SeenStation, ...]:
        return tuple(
            sorted(station for station, _ in seen.values() if station.mac not in self._wireless)
        )


def _gather(
    seen: dict[str, tuple[SeenStation, float]], stations: tuple[SeenStation, ...], now: float
) -> None:
    """Join what is seen now with what was: a table that lacks a station now says nothing."""
    for station in stations:
        who = station.item or station.mac
        before = seen.get(who)
        if before is None and len(seen) >= MAX_GATHERED:
            continue
        if before is not None:
            station = replace(  # noqa: PLW2901 - the same station, better known
                station,
                port=station.port or before[0].port,
                address=station.address or before[0].address,
            )
        seen[who] = station, now
    for who in [who for who, (_, at) in seen.items() if now - at >= GATHERED_SECONDS]:
        del seen[who]


def _fresh(wireless: dict[str, float], now: float) -> dict[str, float]:
    kept = {one: at for one, at in wireless.items() if now - at < GATHERED_SECONDS}
    # Beyond any honest number the oldest go.
    newest = sorted(kept, key=kept.__getitem__, reverse=True)[: 4 * MAX_GATHERED]
    return kept if len(newest) == len(kept) else {one: kept[one] for one in newest}


def _sorted(neighbours: tuple[SeenNeighbour, ...]) -> tuple[SeenNeighbour, ...]:
    return tuple(sorted(set(neighbours)))
