"""When boots of this machine began, by the collector's clock, learnt from answers, kept on disk.

With it the collector times a report right however wrong the wall clock was when it was made, even
if it is sent two boots later. `Boots` is pure; nothing here asks a clock.
"""

import json
import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from govnet.disk import replace_file
from govnet.report import Boot

FILE_NAME = "boots.json"
MOST_BOOTS = 16
STEP_SECONDS = 1.0
"""A disagreement beyond what the exchanges' lengths explain: one of the clocks runs wrong."""

_BOOT_FIELD = b'"boot_id":"'


@dataclass(frozen=True, slots=True)
class Known:
    """A boot's beginning by the collector's clock, and the round trip it was learnt in."""

    boot: Boot
    round_trip_seconds: float


class Boots:
    """The newest boots of which the beginning is known, oldest first."""

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self._known = {one.boot.boot_id: one for one in known}

    @property
    def known(self) -> tuple[Known, ...]:
        """All that is known."""
        return tuple(self._known.values())

    def learn(
        self, boot_id: str, sent_monotonic: float, round_trip_seconds: float, collector_time: float
    ) -> bool:
        """Take in one exchange of the present boot; return whether it taught something.

        The collector's time is taken to be that of the middle of the round trip. The shortest
        round trip knows best. A longer one counts only when it contradicts that by more than
        both can be wrong, as after a day of a clock that runs fast.
        """
        started_at = collector_time - sent_monotonic - round_trip_seconds / 2
        old = self._known.get(boot_id)
        if old is not None and round_trip_seconds >= old.round_trip_seconds:
            doubt_seconds = (round_trip_seconds + old.round_trip_seconds) / 2 + STEP_SECONDS
            if abs(started_at - old.boot.started_at) <= doubt_seconds:
                return False
        if not 0 <= started_at < 1e11:  # noqa: PLR2004 - what the protocol takes for a time
            return False
        self._known[boot_id] = Known(Boot(boot_id, started_at), round_trip_seconds)
        while len(self._known) > MOST_BOOTS:
            del self._known[next(iter(self._known))]
        return True

    def offset_seconds(self, boot_id: str, wall: float, monotonic: float) -> float | None:
        """Return by how much this machine's wall clock is ahead of the collector's.

        `wall` and `monotonic` were read together. From the best exchange of this boot: the newest
        one may have taken seconds on a slow line, most of them one way.
        """
        one = self._known.get(boot_id)
        return None if one is None else wall - (one.boot.started_at + monotonic)

    def all(self) -> tuple[Boot, ...]:
        """Return every known boot."""
        return tuple(one.boot for one in self._known.values())

    def of(self, reports: Iterable[bytes], present: str) -> tuple[Boot, ...]:
        """Return the known boots of these encoded reports, without the present one.

        Of that the collector learns the time from the batch itself.
        """
        wanted = {boot_of(report) for report in reports} - {present}
        return tuple(boot for boot in self.all() if boot.boot_id in wanted)


class KeptBoots:
    """The boots of a running agent: learnt from its answers, on disk as soon as it takes them."""

    def __init__(self, state_dir: Path, present: str) -> None:
        self._state_dir = state_dir
        self._present = present
        self._boots = read_boots(state_dir)
        self._is_kept = True

    def answered(
        self,
        sent_at: float,
        sent_monotonic: float,
        round_trip_seconds: float,
        collector_time: float,
    ) -> float | None:
        """Learn from an exchange; return the wall clock's offset as it is known now."""
        boots = self._boots
        if boots.learn(self._present, sent_monotonic, round_trip_seconds, collector_time):
            self._is_kept = False
        if not self._is_kept:
            # A disk that is full now may take it with the next answer.
            with suppress(OSError):
                keep_boots(self._state_dir, boots)
                self._is_kept = True
        return boots.offset_seconds(self._present, sent_at, sent_monotonic)

    def of(self, reports: Iterable[bytes]) -> tuple[Boot, ...]:
        """Return the known boots of these encoded reports, without the present one."""
        return self._boots.of(reports, self._present)


def boot_of(report: bytes) -> str:
    """Return the boot id of a report as `govnet.report.encode_report` writes it, else "".

    It stands before anything that a check says, so its first occurrence is the report's own.
    """
    _, found, rest = report.partition(_BOOT_FIELD)
    return rest.partition(b'"')[0].decode(errors="replace") if found else ""


def read_boots(state_dir: Path) -> Boots:
    """Return what was kept; nothing where there is no file that can be believed."""
    try:
        plain = json.loads((state_dir / FILE_NAME).read_bytes())
        known = [
            Known(
                Boot(str(one["boot_id"])[:64], float(one["started_at"])),
                float(one["round_trip_seconds"]),
            )
            for one in plain["boots"][-MOST_BOOTS:]
        ]
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return Boots()
    return Boots(one for one in known if _is_usable(one))


def keep_boots(state_dir: Path, boots: Boots) -> None:
    """Keep what is known for later boots. Raises OSError if the disk refuses it."""
    plain = [
        {
            "boot_id": one.boot.boot_id,
            "started_at": round(one.boot.started_at, 3),
            "round_trip_seconds": round(one.round_trip_seconds, 6),
        }
        for one in boots.known
    ]
    replace_file(state_dir / FILE_NAME, json.dumps({"boots": plain}).encode())


def _is_usable(one: Known) -> bool:
    numbers = (one.boot.started_at, one.round_trip_seconds)
    return all(map(math.isfinite, numbers)) and 0 <= one.boot.started_at < 1e11  # noqa: PLR2004 - what the protocol takes for a time
