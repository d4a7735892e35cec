"""What sites that fell silent say about each other: shared causes, events, and who is held. Pure.

1. Silences whose onsets lie together form groups (`groups`).
2. Within a group the cause that they share is named where the company separates it (`causes`).
3. Many are one event (`events`).
4. A silence is held until its parent was seen alive, or its group is complete (`company`).

Nothing depends on the order of what is given, nor, once a group is complete, on how late it is
asked. So silences that have settled need not be asked about again (`Settled`): where something
fails every few minutes for weeks, only what is new costs anything.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from operator import attrgetter

import msgspec

from collector.verdict.shared.causes import GroupCauses, Key, Named
from collector.verdict.shared.company import Witnesses
from collector.verdict.shared.events import event_note, find_events
from collector.verdict.shared.feeders import Feeders
from collector.verdict.shared.groups import together, window_seconds
from collector.verdict.shared.records import Others, Shared, SharedCause, Silence


class Part(msgspec.Struct, frozen=True):
    """Silences that began near each other, and so far from all others that those say nothing.

    `groups` are of those that began together; `held` is until when each is held.
    """

    silences: tuple[Silence, ...]
    groups: list[Sequence[Silence]]
    named: dict[Key, Named]
    held: list[float]


class Settled:
    """Parts about which nothing new is to be learnt any more.

    That is `after_seconds` after the last of its silences was certain.
    """

    def __init__(self, after_seconds: float) -> None:
        self.after_seconds = after_seconds
        self._parts: dict[Key, Part] = {}
        # By the first silence of each.

    def get(self, silences: tuple[Silence, ...]) -> Part | None:
        """Return what was found of exactly these silences, None if it is to be found."""
        part = self._parts.get((silences[0].site, silences[0].onset))
        return part if part is not None and part.silences == silences else None

    def put(self, part: Part, now: float) -> None:
        """Remember a part, if it has settled."""
        if now > max([one.detected_at for one in part.silences]) + self.after_seconds:
            self._parts[part.silences[0].site, part.silences[0].onset] = part

    def keep(self, silences: Container[Key]) -> None:
        """Drop the parts whose first silence is none of these: there is none such any more."""
        self._parts = {key: part for key, part in self._parts.items() if key in silences}


def _nobody(_start: float, _end: float) -> Sequence[Others]:
    return ()


def share(
    silences: Sequence[Silence],
    alive_at: Callable[[float, float], Sequence[Others]],
    *,
    centre_silent_since: Callable[[float], float | None],
    interval_seconds: float,
    now: float,
    without_mains: Callable[[float, float], Sequence[Others]] = _nobody,
    watched: int = 0,
    settled: Settled | None = None,
) -> Shared:
    """Return what the company of others says about each silence, and the events.

    `silences` are those known at `now`, without the centre's own site; of one site at most one at
    a time. `alive_at(since, at)` gives the watched sites that were seen alive after `since` and up
    to `at`, and were not silent then. `centre_silent_since(at)`: since when the centre's own
    agent was cut off then, None if it was not. `without_mains(start, end)`: sites that live on
    battery and lost their mains from `start` to `end`. All moments are Unix seconds and never later
    than `now`, `end` aside. `watched` is how many sites are watched; 0 for a province of the usual
    size. `settled` is what was found before; what has settled now is put there.
    """
    if not silences:
        return Shared({}, ())
    window = window_seconds(interval_seconds)
    ordered = sorted(sorted(silences, key=attrgetter("site")), key=attrgetter("onset"))
    witnesses = Witnesses(alive_at, interval_seconds, now)
    parts: list[Part] = []
    for near in _near(ordered, window):
        part = None if settled is None else settled.get(near)
        if part is None:
            part = _part(near, witnesses, Feeders(near, window, without_mains), centre_silent_since)
            if settled is not None:
                settled.put(part, now)
        parts.append(part)
    named = {key: said for part in parts for key, said in part.named.items()}
    held = [at for part in parts for at in part.held]
    groups = (group for part in parts for group in part.groups)
    events = find_events(groups, named, watched)
    belongs = {
        (one.site, one.onset): said
        for event, own in events
        for said in ((event.id, (event_note(event),)),)
        for one in own
    }
    causes: dict[Key, SharedCause] = {}
    for one, held_until in zip(ordered, held, strict=True):
        key = (one.site, one.onset)
        cause, notes = named.get(key, (one.cause, ()))
        event_id, note = belongs.get(key, (None, ()))
        causes[key] = SharedCause(cause, notes + note, event_id, held_until, key in named)
    return Shared(causes, tuple([event for event, _ in events]))


def _near(ordered: Sequence[Silence], window: float) -> Iterator[tuple[Silence, ...]]:
    """Part silences, which ascend by onset, where nothing began within a window."""
    start = 0
    for index in range(1, len(ordered) + 1):
        if index == len(ordered) or ordered[index].onset - ordered[index - 1].onset > window:
            yield tuple(ordered[start:index])
            start = index


def _part(
    silences: tuple[Silence, ...],
    witnesses: Witnesses,
    feeders: Feeders,
    centre_silent_since: Callable[[float], float | None],
) -> Part:
    """Name the causes of silences that began near each other, and hold them."""
    groups = together(silences, feeders.window_seconds)
    named: dict[Key, Named] = {}
    held: list[float] = []
    for group in groups:
        settled_at = witnesses.settles(group)
        named.update(GroupCauses(group, settled_at, witnesses, feeders, centre_silent_since).name())
        peers = _with_peers(group)
        held += [witnesses.held_until(one, peers, settled_at) for one in group]
    return Part(silences, groups, named, held)


def _with_peers(group: Sequence[Silence]) -> set[str]:
    """Return the carriers of which several sites are in the group."""
    first: dict[str, str] = {}
    return {one.carrier for one in group if first.setdefault(one.carrier, one.site) != one.site}
