"""What sites that fell silent say about each other: shared causes, events, and who is held. Pure.

1. Silences whose onsets lie together form groups (`groups`).
2. Within a group the cause that they share is named where the company separates it (`causes`).
3. Many are one event (`events`).
4. A silence is held until its parent was seen alive, or its group is complete (`company`).

Nothing depends on the order of what is given, nor, once a group is complete, on how late it is
asked.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter

from collector.verdict.shared.causes import GroupCauses, Key, Named
from collector.verdict.shared.company import Witnesses
from collector.verdict.shared.events import event_note, find_events
from collector.verdict.shared.feeders import Feeders
from collector.verdict.shared.groups import together, window_seconds
from collector.verdict.shared.records import Others, Shared, SharedCause, Silence


def _nobody(_start: float, _end: float) -> Sequence[Others]:
    return ()


def share(
    silences: Sequence[Silence],
    alive_at: Callable[[float, float], Sequence[Others]],
    *,
    centre_silent: Callable[[float], bool],
    interval_seconds: float,
    now: float,
    without_mains: Callable[[float, float], Sequence[Others]] = _nobody,
    watched: int = 0,
) -> Shared:
    """Return what the company of others says about each silence, and the events.

    `silences` are those known at `now`, without the centre's own site; of one site at most one at
    a time. `alive_at(since, at)` gives the watched sites that were seen alive after `since` and up
    to `at`, and were not silent then. `centre_silent(at)`: whether the centre's own agent was cut
    off then. `without_mains(start, end)`: sites that live on battery and lost their mains from
    `start` to `end`. All moments are Unix seconds and never later than `now`, `end` aside.
    `watched` is how many sites are watched; 0 for a province of the usual size.
    """
    if not silences:
        return Shared({}, ())
    window = window_seconds(interval_seconds)
    ordered = sorted(sorted(silences, key=attrgetter("site")), key=attrgetter("onset"))
    witnesses = Witnesses(alive_at, interval_seconds, now)
    feeders = Feeders(ordered, window, without_mains)
    groups = together(ordered, window)
    named: dict[Key, Named] = {}
    held: list[float] = []
    for group in groups:
        settled_at = witnesses.settles(group)
        named.update(GroupCauses(group, settled_at, witnesses, feeders, centre_silent).name())
        peers = _with_peers(group)
        held += [witnesses.held_until(one, peers, settled_at) for one in group]
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


def _with_peers(group: Sequence[Silence]) -> set[str]:
    """Return the carriers of which several sites are in the group."""
    first: dict[str, str] = {}
    return {one.carrier for one in group if first.setdefault(one.carrier, one.site) != one.site}
