"""One event instead of many sites. Pure.

1. What one cause in the centre or at a carrier took along is an event from three sites on; also
   where the two cannot be told apart. The next burst of the same within half an hour belongs to it.
2. Storms: at some moment at least five sites are silent that fell silent within the last half
   hour. All that belong to such a moment are in the storm, and moments that share a site are one
   storm: so a storm that builds up over an hour is one event, and those who fail by themselves
   now and then never add up to one. Of a very large province, five are nothing: there it takes a
   fiftieth of the sites.

An id is made of when the first of its silences became certain, and of that site: who joins becomes
certain later, even where it was cut off earlier. So the id stays, also when the cause changes.
"""

import bisect
import heapq
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from collector.verdict.notes import EvidenceNote
from collector.verdict.shared.causes import MANY_SITES, Key, Named
from collector.verdict.shared.records import Event, Silence

STORM_SITES: Final = 5
STORM_RATIO: Final = 0.02
STORM_SECONDS: Final = 1800.0
"""A storm goes on while the next site falls within this time."""

_ONE_AT_ALL: Final = ("many_at_once", "centre_silent_together", "centre_or_carrier", "carrier_down")


def find_events(
    groups: Iterable[Sequence[Silence]], named: Mapping[Key, Named], watched: int
) -> list[tuple[Event, Sequence[Silence]]]:
    """Return the events with their silences, the earliest first.

    `groups` ascend by onset; `named` is what company says about the cause; of `watched` sites.
    """
    bursts: dict[tuple[str, str], list[list[Silence]]] = {}
    rest: list[Silence] = []
    for group in groups:
        for kind, silences in _by_kind(group, named).items():
            before = bursts.setdefault(kind, []) if kind else []
            if kind is None or len({one.site for one in silences}) < MANY_SITES:
                rest += silences
            elif _goes_on(before, silences):
                before[-1] += silences
            else:
                before.append(silences)
    rest.sort(key=lambda one: (one.onset, one.site))
    found = [burst for same in bursts.values() for burst in same]
    found += storms(rest, max(STORM_SITES, math.ceil(STORM_RATIO * watched)))
    found.sort(key=lambda silences: (silences[0].onset, silences[0].site))
    return [(_event(silences, named), silences) for silences in found]


def storms(silences: Sequence[Silence], least: int) -> list[list[Silence]]:
    """Return the storms among silences that ascend by onset, each of `least` sites or more."""
    crowded = _crowded(silences, least)
    found: list[list[Silence]] = []
    last = -1
    for one in silences:
        first = bisect.bisect_left(crowded, one.onset)
        until = one.onset + STORM_SECONDS
        end = math.inf if one.ended_at is None else one.ended_at
        # Silent at a moment means: it began by then, ended later, and not long after its onset.
        beyond = min(bisect.bisect_left(crowded, end), bisect.bisect_right(crowded, until))
        if first >= beyond:
            continue
        if first > last:
            found.append([])
        found[-1].append(one)
        last = max(last, beyond - 1)
    return found


def _crowded(silences: Sequence[Silence], least: int) -> list[float]:
    """Return the onsets at which that many are silent that fell silent lately, ascending."""
    crowded: list[float] = []
    ends: list[float] = []
    for index, one in enumerate(silences):
        end = math.inf if one.ended_at is None else one.ended_at
        heapq.heappush(ends, min(end, math.nextafter(one.onset + STORM_SECONDS, math.inf)))
        if index + 1 < len(silences) and silences[index + 1].onset == one.onset:
            continue
        while ends and ends[0] <= one.onset:
            heapq.heappop(ends)
        if len(ends) >= least:
            crowded.append(one.onset)
    return crowded


def _by_kind(
    group: Sequence[Silence], named: Mapping[Key, Named]
) -> dict[tuple[str, str] | None, list[Silence]]:
    """Part a group by the one thing that took its sites along, None for nothing."""
    kinds: dict[tuple[str, str] | None, list[Silence]] = {}
    for one in group:
        _, notes = named.get((one.site, one.onset), ("", ()))
        kind = None
        if notes and notes[0].code in _ONE_AT_ALL:
            kind = ("carrier", one.carrier) if notes[0].code == "carrier_down" else ("centre", "")
        kinds.setdefault(kind, []).append(one)
    return kinds


def _goes_on(before: Sequence[Sequence[Silence]], silences: Sequence[Silence]) -> bool:
    return bool(before) and silences[0].onset - before[-1][-1].onset <= STORM_SECONDS


def _id(silences: Iterable[Silence]) -> str:
    detected_at, site = min((one.detected_at, one.site) for one in silences)
    minute = datetime.fromtimestamp(detected_at, UTC).strftime("%Y%m%dT%H%MZ")
    return f"{minute}-{zlib.crc32(site.encode()) & 0xFFFF:04x}"


def _event(silences: Sequence[Silence], named: Mapping[Key, Named]) -> Event:
    by_site = {one.site: _cause(one, named) for one in silences}
    causes = sorted(Counter(by_site.values()).items(), key=lambda item: (-item[1], item[0]))
    ends = [one.ended_at for one in silences if one.ended_at is not None]
    return Event(
        id=_id(silences),
        started_at=silences[0].onset,
        ended_at=max(ends) if len(ends) == len(silences) else None,
        cause=causes[0][0] if len(causes) == 1 else "undetermined",
        carrier=_common({one.carrier for one in silences}),
        power_area=_common({one.power_area for one in silences}),
        sites=tuple(sorted(by_site)),
        silent=tuple(sorted({one.site for one in silences if one.ended_at is None})),
        causes=tuple(causes),
    )


def _cause(silence: Silence, named: Mapping[Key, Named]) -> str:
    known = named.get((silence.site, silence.onset))
    return silence.cause if known is None else known[0]


def _common(values: set[str]) -> str:
    return next(iter(values)) if len(values) == 1 else ""


def event_note(event: Event) -> EvidenceNote:
    """Return what a site says of its event: not how many sites, which changes with each."""
    return EvidenceNote("in_event", (event.started_at,))
