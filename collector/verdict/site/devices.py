"""What the devices of a site say of why it is cut off: its UPS, its router, its switches. Pure.

As measured by the site's own machines, whose reports may come late, and as they notified the
centre.
"""

from collections.abc import Iterator
from typing import Final

from collector.verdict.evidence.facts import Fact
from collector.verdict.evidence.runs import Track
from collector.verdict.site.seen import Seen
from collector.verdict.verdicts import EvidenceNote
from inventory.model import DeviceKind

TOGETHER_SECONDS: Final = 60.0
"""Clocks and schedules apart, what has one cause is noticed within two intervals and this."""
_AT_THE_LINE: Final = frozenset({DeviceKind.CPE, DeviceKind.ONT, DeviceKind.MEDIA_CONVERTER})
"""Devices between the office and its circuit."""
NOTIFIED: Final = (
    (Fact.MAINS, "notified_on_battery", "power"),
    (Fact.CABLE, "notified_link_down", "link"),
)
"""What a device may notify: the fact, the note, and the cause that it fits."""
BATTERY_SECONDS: Final = 4 * 3600.0
"""A site on a UPS falls silent so long after the mains failed, at most."""


def window(seen: Seen) -> float:
    """Return within how many seconds what has one cause is noticed, clocks and schedules apart."""
    return 2 * seen.interval_seconds + TOGETHER_SECONDS


def on_mains(seen: Seen, onset: float) -> Iterator[EvidenceNote]:
    """Yield that a UPS had mains after the silence began."""
    for device in seen.graph.site.devices:
        for track in seen.measured_within(device.id):
            said = _said_yes(track, Fact.MAINS, onset + seen.interval_seconds, seen.at)
            if device.kind is DeviceKind.UPS and said:
                yield EvidenceNote("ups_on_mains", (device.id,))
                return


def light_lost(seen: Seen, onset: float) -> EvidenceNote | None:
    """Return that a router's light went when the silence began, as seen from within.

    One whose unused module never had light tells nothing. From the centre's end nothing is told by
    light: it goes with the site's power too.
    """
    for device in seen.graph.site.devices:
        if device.kind not in _AT_THE_LINE:
            continue
        for track in seen.measured_within(device.id):
            since = _turned_off(track, Fact.LIGHT, seen.at, onset - window(seen))
            if since is not None:
                return EvidenceNote("light_lost", (device.id, since))
    return None


def _turned_off(track: Track, fact: Fact, at: float, earliest: float) -> float | None:
    """Return when a fact went from yes to no, no earlier than `earliest`; None if it did not.

    It must be no up to `at`, as far as anyone knows.
    """
    since = None
    for run in track.before(at):
        said = run.says(fact)
        if said is False:
            since = run.first_at
        elif said:
            return since if since is not None and since >= earliest else None
        if run.last_at < earliest:
            return None
    return None


def _said_yes(track: Track, fact: Fact, start: float, at: float) -> bool:
    """Whether a report between these moments says yes to a fact."""
    for run in track.before(at):
        if run.last_at < start:
            return False
        if run.says(fact):
            return min(run.last_at, at) >= start
    return False


def lan_device(seen: Seen, onset: float) -> str | None:
    """Return a device behind the router that answered the site's machines after the silence began.

    What was measured within an interval of it may be from before.
    """
    for device in seen.graph.site.devices:
        if device.kind in _AT_THE_LINE:
            continue
        for track in seen.measured_within(device.id):
            if _said_yes(track, Fact.ANSWERED, onset + seen.interval_seconds, seen.at):
                return device.id
    return None


def notified(seen: Seen, onset: float, cause: str) -> Iterator[EvidenceNote]:
    """Yield what devices of the site notified the centre of when the silence began.

    It stands beside a cause that it fits, and beside none. That a UPS went over to its battery may
    have been told before: the site lived on.
    """
    for device in seen.graph.site.devices:
        for fact, code, fitting in NOTIFIED:
            if cause not in (fitting, "undetermined"):
                continue
            for track in seen.notified(device.id):
                run = next(track.before(seen.at), None)
                if run is None or run.says(fact) is not False:
                    continue
                lived_on = BATTERY_SECONDS if fact is Fact.MAINS else 0.0
                if -lived_on <= run.first_at - onset + window(seen) <= 2 * window(seen):
                    yield EvidenceNote(code, (device.id, run.first_at))
