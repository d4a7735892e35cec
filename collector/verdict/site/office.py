"""Whether an office fell silent as a whole: the quorum of a site, never a single PC. Pure."""

from typing import Final

import msgspec

from collector.verdict.site.causes import was_ended_in_order
from collector.verdict.site.devices import window
from collector.verdict.site.seen import Seen
from inventory.calendar import Schedule

QUORUM: Final = 3
"""Fewer machines than this may have been switched off one by one."""
QUORUM_RATIO: Final = 2 / 3
"""Of those that were on just before, so many must have fallen silent together."""
LEAVING_SECONDS: Final = 600.0
"""Who falls silent so shortly before a session ends has gone home."""
JUST_BEFORE_SECONDS: Final = 900.0


class SilentOffice(msgspec.Struct, frozen=True):
    """These machines fell silent together at `since` (Unix seconds), and none was heard again."""

    members: tuple[str, ...]
    since: float


def silent_office(seen: Seen, schedule: Schedule, calendar: str | None) -> SilentOffice | None:
    """Return that a quorum of the site fell silent within working hours, None if none did.

    The end of working hours changes nothing of it: only a machine that is heard again does. An
    office that vanished together with its whole site says nothing once the site is back: its
    people may have gone home meanwhile.
    """
    if calendar is None or seen.heard:
        return None
    always = {machine.id for machine in seen.graph.machines if machine.is_always}
    falls = {}
    for machine in seen.own:
        due = None if machine in always else seen.due(machine)
        if due is not None and not was_ended_in_order(seen, machine):
            falls[machine] = due
    if len(falls) < QUORUM:
        return None
    latest = max(falls.values())
    apart_seconds = window(seen)
    members = [machine for machine, due in falls.items() if due >= latest - apart_seconds]
    since = min(falls[machine] for machine in members)
    on_before = [due for due in falls.values() if due >= since - JUST_BEFORE_SECONDS]
    if len(members) < max(QUORUM, QUORUM_RATIO * len(on_before)):
        return None
    session = schedule.session_at(calendar, since)
    if session is None or latest > session[1] - LEAVING_SECONDS:
        return None
    if not _was_reached(seen, latest + 2 * seen.interval_seconds):
        return None
    return SilentOffice(tuple(sorted(members)), since)


def _was_reached(seen: Seen, at: float) -> bool:
    """Whether the centre reached the site just after, or could never look there at all."""
    sentinels = [target for target in seen.sentinels() if seen.was_looked_at(target)]
    at = min(at, seen.at)
    return not sentinels or any(seen.answered_at(target, at) for target in sentinels)
