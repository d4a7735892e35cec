"""Why a site is cut off, or its office silent: only what evidence separates from its rivals. Pure.

A site that vanishes whole looks the same for a cut fiber and a power cut. Something independent
must speak: a machine that stayed on and reports later, a machine or UPS that ran on its battery, a
router whose light was gone, a machine that boots again without having been stopped in order. What a
device only notified (a trap) is told beside it and proves nothing.
"""

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Final

import msgspec

from collector.verdict.evidence.evidence import Start
from collector.verdict.evidence.facts import Fact
from collector.verdict.evidence.runs import Run, Track
from collector.verdict.site.devices import lan_device, light_lost, notified, on_mains, window
from collector.verdict.site.seen import Seen
from collector.verdict.verdicts import EvidenceNote

BATTERY_LOOKBACK: Final = 4
"""Runs to look back for when a machine was on the mains before it ran on its battery."""
SEVERAL: Final = 2
"""Several machines must say that the whole LAN is gone: one may have lost its own cable."""


class Reason(msgspec.Struct, frozen=True):
    """A cause with its evidence; proven if no rival explains that evidence."""

    cause: str
    is_proven: bool = False
    notes: tuple[EvidenceNote, ...] = ()


UNDETERMINED: Final = Reason("undetermined")


def of_cut(seen: Seen, onset: float) -> Reason:
    """Return why the centre sees nothing of the site, silent since `onset` (Unix seconds)."""
    reason = _of_cut(seen, onset)
    notes = (*reason.notes, *notified(seen, onset, reason.cause))
    return msgspec.structs.replace(reason, notes=notes)


def _of_cut(seen: Seen, onset: float) -> Reason:
    alive = seen.alive
    # What a machine measured is known from before its first late report on: it lived by then.
    powered = EvidenceNote("machines_stayed_on", (max(len(alive), 1),))
    on_battery = _on_battery(seen, onset)
    if _any(alive, Fact.GATEWAY) or any(_link_facts(seen, Fact.GATEWAY)):
        if on_battery is not None and _began_about(on_battery, onset, window(seen)):
            # The router has a battery too; what the carrier put there has none.
            return on_battery
        return _beyond_gateway(seen, onset, (powered, *on_mains(seen, onset)))
    if on_battery is not None:
        return on_battery
    if not alive:
        return _stopped(seen, onset) or UNDETERMINED
    if _none(alive, Fact.GATEWAY) or _none(alive, Fact.CABLE):
        return _within(alive, powered, lan_device(seen, onset))
    return Reason("undetermined", notes=(powered,))


def of_silent_office(seen: Seen, members: Iterable[str], since: float) -> Reason:
    """Return why these machines fell silent at `since` while the centre reaches the site."""
    alive = {machine: seen.alive[machine] for machine in members if machine in seen.alive}
    on_battery = _on_battery(seen, since)
    if on_battery is not None:
        return on_battery
    if not alive:
        return _stopped(seen, since) or _silent_switch(seen) or UNDETERMINED
    powered = EvidenceNote("machines_stayed_on", (len(alive),))
    if _none(alive, Fact.GATEWAY):
        notes = (powered, EvidenceNote("gateway_silent"), *_cable(alive))
        return Reason("lan", is_proven=True, notes=notes)
    if _none(alive, Fact.RESOLVERS):
        return Reason("undetermined", notes=(powered, EvidenceNote("resolvers_silent")))
    if _any(alive, Fact.GATEWAY) and any(_link_facts(seen, Fact.FAR)):
        note = EvidenceNote("reports_held_back")
        return Reason("agent", is_proven=True, notes=(powered, note))
    return Reason("undetermined", notes=(powered,))


def of_silent_target(seen: Seen, since: float) -> Reason:
    """Return why machines are heard while nothing always on has answered since that moment."""
    facts = [run.says(Fact.DEDICATED) for run in seen.heard.values()]
    if True in facts or False not in facts:
        return UNDETERMINED  # Its circuit works: only what the centre asks there is silent.
    relay = EvidenceNote("heard_by_relay")
    heard = seen.heard
    if _none(heard, Fact.GATEWAY):
        return Reason("equipment", is_proven=True, notes=(relay, EvidenceNote("gateway_silent")))
    if any(_link_facts(seen, Fact.NEXT_HOP)) and not any(_link_facts(seen, Fact.FAR)):
        notes = (relay, EvidenceNote("next_hop_answers_far_not"))
        return Reason("carrier", notes=notes)
    dark = light_lost(seen, since)
    if dark is not None:
        return Reason("link", is_proven=True, notes=(relay, dark))
    return Reason("link", is_proven=_any(heard, Fact.GATEWAY), notes=(relay,))


def _beyond_gateway(seen: Seen, onset: float, powered: tuple[EvidenceNote, ...]) -> Reason:
    """Judge the path beyond the site's router, which answers."""
    far = _link_facts(seen, Fact.FAR)
    next_hop = _link_facts(seen, Fact.NEXT_HOP)
    if any(far):
        return Reason("undetermined", notes=(*powered, EvidenceNote("far_answers")))
    if any(next_hop):
        # Beyond the carrier's network is the centre: whether that lives, only others can tell.
        return Reason("carrier", notes=(*powered, EvidenceNote("next_hop_answers_far_not")))
    dark = light_lost(seen, onset)
    if dark is not None:
        return Reason("link", True, (*powered, dark))
    if next_hop:
        return Reason("link", True, (*powered, EvidenceNote("gateway_answers_next_hop_not")))
    # Without a hop in between the circuit and the carrier's network are one.
    return Reason("link", notes=(*powered, EvidenceNote("gateway_answers_far_not")))


def _within(alive: dict[str, Run], powered: EvidenceNote, answering: str | None) -> Reason:
    """Judge a site whose own router answers none of its machines, or whose cables are all dark.

    `answering` is a device behind that router which answered them. A machine alone tells only where
    to look. With a signal on its cable, what is plugged in there lives. Without one: the plug, what
    it is plugged into, or a media converter in front of it, which puts out the copper when its
    fiber goes dark (link-fault pass-through).
    """
    silent = (EvidenceNote("gateway_silent"),) if _none(alive, Fact.GATEWAY) else ()
    if _any(alive, Fact.PEERS):
        return Reason("equipment", True, (powered, *silent, EvidenceNote("peers_seen")))
    if answering is not None:
        note = EvidenceNote("device_answered_within", (answering,))
        return Reason("equipment", True, (powered, *silent, note))
    cable = _cable(alive)
    if len(alive) >= SEVERAL:
        return Reason("lan", True, (powered, *silent, EvidenceNote("peers_silent"), *cable))
    return Reason("undetermined", notes=(powered, *silent, *cable))


def _cable(alive: dict[str, Run]) -> tuple[EvidenceNote, ...]:
    """Return what the machines' own network cables say: a signal at one is a signal."""
    if _any(alive, Fact.CABLE):
        return (EvidenceNote("cable_up"),)
    return (EvidenceNote("cable_down", (len(alive),)),) if _none(alive, Fact.CABLE) else ()


def _on_battery(seen: Seen, onset: float) -> Reason | None:
    """Return that the mains failed, if a machine or UPS went over to its battery then or since.

    One that is always on its battery, or back on the mains, tells nothing. A machine that stayed on
    without a battery tells that the mains did not fail, but against a UPS, which may feed it; one
    that says that it has mains contradicts both.
    """
    earliest = onset - window(seen)
    said = [run.says(Fact.MAINS) for run in seen.alive.values()]
    if any(said):
        return None
    stayed_on = any(one is None for one in said)
    for witness, track in sorted(_witnesses(seen), key=itemgetter(0)):
        if stayed_on and witness in seen.own:
            continue
        runs = list(_latest(track, seen.at, earliest))
        if not runs or runs[0].says(Fact.MAINS) is not False or runs[0].last_at < earliest:
            continue
        began = next((run for run in runs if run.says(Fact.MAINS)), None)
        if began is None:
            continue
        since = min(run.first_at for run in runs if run.first_at > began.last_at)
        if began.last_at >= earliest or _fell_silent_with(seen, witness, since):
            return Reason("power", True, (EvidenceNote("on_battery", (witness, since)),))
    return None


def _began_about(on_battery: Reason, onset: float, apart_seconds: float) -> bool:
    """Whether the mains failed when the silence began, and not long after."""
    (note,) = on_battery.notes
    return abs(float(note.args[1]) - onset) <= apart_seconds


def _witnesses(seen: Seen) -> Iterator[tuple[str, Track]]:
    """Yield what can say something of the mains: the machines, and what is seen of devices."""
    yield from seen.own.items()
    for device in seen.graph.site.devices:
        for track in seen.measured(device.id):
            yield device.id, track


def _fell_silent_with(seen: Seen, machine: str, since: float) -> bool:
    """Whether several others fell silent when that machine went over to its battery.

    What vanished later (a router on a UPS) went with the same mains.
    """
    dues = [
        due
        for other in seen.own
        if other not in seen.heard and other != machine
        if (due := seen.due(other)) is not None and not was_ended_in_order(seen, other)
    ]
    return sum(abs(due - since) <= window(seen) for due in dues) >= SEVERAL


def _latest(track: Track, at: float, earliest: float) -> Iterator[Run]:
    """Yield the last runs up to a moment that say something of the mains, the newest first.

    None if nothing says that since `earliest`: most machines never do, and have long pasts.
    """
    number = 0
    for run in track.before(at):
        if number == 0 and run.last_at < earliest:
            return
        if run.says(Fact.MAINS) is not None:
            number += 1
            yield run
        if number == BATTERY_LOOKBACK:
            return


def _stopped(seen: Seen, onset: float) -> Reason | None:
    """Return that the power failed, if a machine was stopped by that: not in order, at that time.

    It must have been off at this moment, and have stopped no earlier than the silence began.
    """
    earliest = onset - window(seen)
    for machine in sorted(seen.own):
        for start in seen.evidence.starts.get(machine, ()):
            if _covers(start, seen.at) and start.last_alive_at is not None:
                fits = start.last_alive_at >= earliest and start.is_clean is False
                if fits:
                    args = (machine, start.last_alive_at, start.booted_at)
                    return Reason("power", True, (EvidenceNote("stopped_by_power", args),))
    return None


def was_ended_in_order(seen: Seen, machine: str) -> bool:
    """Whether a silent machine was shut down by somebody when it was last alive.

    That it runs again changes nothing before it is heard.
    """
    alive_at = seen.alive_before(machine)
    return alive_at is not None and any(
        start.is_clean is True
        and start.last_alive_at is not None
        and alive_at - seen.interval_seconds <= start.last_alive_at <= seen.at
        for start in seen.evidence.starts.get(machine, ())
    )


def _covers(start: Start, at: float) -> bool:
    """Whether the machine was off at that moment, before this start of it."""
    stopped_at = start.last_alive_at
    return stopped_at is not None and stopped_at <= at < start.booted_at


def _silent_switch(seen: Seen) -> Reason | None:
    """Return that the LAN failed, if the centre reaches the router and not the switch behind it."""
    graph = seen.graph
    for device in graph.devices:
        above = graph.parents.get(device.id, ())
        look = seen.by_centre(device.id)
        if above and seen.is_confirmed(look) and seen.by_centre(above[0]).answered:
            return Reason("lan", True, (EvidenceNote("switch_silent", (device.id,)),))
    return None


def _link_facts(seen: Seen, fact: Fact) -> list[bool]:
    link = seen.graph.main_link
    return [] if link is None else seen.facts_of_link(link.id, fact)


def _any(runs: dict[str, Run], fact: Fact) -> bool:
    return any(run.says(fact) for run in runs.values())


def _none(runs: dict[str, Run], fact: Fact) -> bool:
    """Whether those that say anything of a fact all say no."""
    said = [value for run in runs.values() if (value := run.says(fact)) is not None]
    return bool(said) and not any(said)
