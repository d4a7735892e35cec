"""States of machines: what is always on must be, a PC only in its working hours. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from collector.verdict.site.findings import Finding
from collector.verdict.site.graph import MachineNode
from collector.verdict.site.seen import PROBES_MISSED, Seen
from inventory.calendar import EXPECTED, Expectation, Schedule, Window

GRACE_SECONDS: Final = 3600.0
"""Until so long after a session began nobody asks why a PC is not on."""
ABSENT_DAYS: Final = 3
LOST_DAYS: Final = 10
"""Working days without a sign of life."""
_UP: Final = Finding("up")
"""Nothing more is to be said."""


class Hours:
    """What a site's calendar says at one moment."""

    def __init__(
        self, schedule: Schedule, zone: ZoneInfo, at: float, windows: tuple[Window, ...]
    ) -> None:
        self.schedule = schedule
        self.at = at
        self.windows = windows
        self.day = datetime.fromtimestamp(at, UTC).astimezone(zone).date()

    def expectation(self, item: str) -> Expectation:
        """Return what is expected of an item."""
        return self.schedule.expectation(item, self.at, self.windows)


def judge_machines(seen: Seen, hours: Hours, site: Finding) -> Iterator[tuple[str, Finding]]:
    """Yield the finding of every machine declared one by one, and of those heard beside them."""
    declared = {machine.id: machine for machine in seen.graph.machines}
    for machine in declared.values():
        yield machine.id, _machine(seen, hours, site, machine)
    retired = {machine.id for machine in seen.graph.site.machines} - declared.keys()
    for machine_id in seen.own:
        if machine_id not in declared and machine_id not in retired:
            node = MachineNode(machine_id, is_exempt=False, is_always=False, is_designated=False)
            yield machine_id, _machine(seen, hours, site, node)


def _machine(seen: Seen, hours: Hours, site: Finding, machine: MachineNode) -> Finding:
    if machine.is_exempt:
        return Finding("exempt")
    if machine.id in seen.heard:
        return _UP
    if machine.is_always:
        return _always(seen, site, machine.id)
    if machine.id in seen.alive:
        return Finding("unreachable", site.cause) if site.status == "down" else _UP
    return _pc(seen, hours, site, machine)


def _always(seen: Seen, site: Finding, machine: str) -> Finding:
    """Judge what is never rightly off, by its own reports and by what the centre sees."""
    look = seen.by_centre(machine)
    if look.answered or (machine in seen.alive and site.status != "down"):
        return _UP
    due = seen.due(machine)
    is_silent = seen.is_confirmed(look) if look.answered is False else due is not None
    if not is_silent:
        return Finding("unknown" if seen.was_looked_at(machine) else "never_seen")
    if site.status == "down":
        return Finding("unreachable", site.cause)
    return Finding("down", "undetermined", look.silent_since or due)


def _pc(seen: Seen, hours: Hours, site: Finding, machine: MachineNode) -> Finding:
    """Judge a PC that is silent: grey, unless it is designated and was on in this session."""
    last_at = seen.alive_before(machine.id)
    calendar = hours.schedule.calendar_of(machine.id, hours.day)
    if hours.expectation(machine.id) is Expectation.NOT_IN_USE:
        return Finding("unknown")
    if last_at is None:
        return Finding("never_seen")
    if calendar is None:
        return Finding("unknown")
    missed = hours.schedule.worked_days_since(calendar, last_at, hours.at)
    if missed >= LOST_DAYS:
        return Finding("lost")
    if missed >= ABSENT_DAYS:
        return Finding("absent")
    session = hours.schedule.session_at(calendar, hours.at)
    if session is None or hours.expectation(machine.id) not in EXPECTED:
        return Finding("off_hours")
    if last_at >= session[0]:
        return _gone(seen, site, machine)
    return Finding("not_yet_on" if hours.at >= session[0] + GRACE_SECONDS else "off_hours")


def _gone(seen: Seen, site: Finding, machine: MachineNode) -> Finding:
    """Judge a PC that was on in this session and fell silent."""
    if site.status == "down":
        return Finding("unreachable", site.cause)
    if not machine.is_designated or site.status == "unknown":
        return Finding("unknown")
    due = seen.due(machine.id)
    return Finding("down", "undetermined", due, is_held=_waits(seen, due))


def _waits(seen: Seen, due: float | None) -> bool:
    """Whether the site itself was not seen alive since, and may yet turn out to be."""
    if due is None:
        return False
    signs = [seen.answered_before(target, by_centre=True) for target in seen.sentinels()]
    signs += [seen.heard_before(machine) for machine in seen.own]
    newest = max((sign for sign in signs if sign is not None), default=None)
    bound = due + (PROBES_MISSED + 1) * seen.interval_seconds
    return (newest is None or newest < due) and seen.at < bound
