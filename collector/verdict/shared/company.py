"""Who else was seen alive, asked once per question; and until when a silence is held for it.

Parents first: before the parent of a site (the carrier's network, the centre) was itself seen
alive after the site fell silent, the site's silence says nothing about the site. The parent shows
itself by any other site that is reached through it.
"""

import math
from collections.abc import Callable, Container, Sequence
from functools import cached_property
from typing import Final

from collector.verdict.shared.records import Others, Silence

MISSED_INTERVALS: Final = 1.5
"""A site that was last heard at some moment was cut off at any time within an interval after it.
Only a sign of another one that is later than this, with half an interval for late reports, was
given after the cut."""
AROUND_INTERVALS: Final = 2.5
"""Who was seen since this long before that, lived when the site vanished, or is vanishing too."""
STEPS: Final = 4
"""Moments are looked at in steps of this part of an interval, so that few questions are asked."""
HOLD_SECONDS: Final = 60.0
"""Nobody is held longer, where reports come at least this often."""


def hold_seconds(interval_seconds: float) -> float:
    """Return how long a silence is held at most after it is certain.

    One interval: within it, all that vanished together became certain. Where reports come very
    often two of them, as one is soon late.
    """
    return max(interval_seconds, min(HOLD_SECONDS, 2 * interval_seconds))


class Company:
    """Sites that were seen alive within some time, by what they share."""

    def __init__(self, others: Sequence[Others]) -> None:
        self._others = others

    @cached_property
    def sites(self) -> set[str]:
        """All of them."""
        return {other.site for other in self._others}

    @cached_property
    def by_carrier(self) -> dict[str, set[str]]:
        """By carrier: its sites."""
        carriers: dict[str, set[str]] = {}
        for other in self._others:
            carriers.setdefault(other.carrier, set()).add(other.site)
        return carriers

    @cached_property
    def by_area(self) -> dict[str, dict[str, str]]:
        """By power area, then site: its carrier."""
        areas: dict[str, dict[str, str]] = {}
        for other in self._others:
            areas.setdefault(other.power_area, {})[other.site] = other.carrier
        return areas

    def of_carrier(self, carrier: str, without: Container[str] = ()) -> int:
        """Return how many sites of the carrier are among them, without some."""
        return sum(site not in without for site in self.by_carrier.get(carrier, ()))

    def has(self, carrier: str) -> bool:
        """Whether a site of the carrier is among them; "" is any site at all."""
        if not carrier:
            return bool(self._others)
        return any(other.carrier == carrier for other in self._others)


class Witnesses:
    """What the living say, as `collector.verdict.shared.share` was given it."""

    def __init__(
        self,
        alive_at: Callable[[float, float], Sequence[Others]],
        interval_seconds: float,
        now: float,
    ) -> None:
        self.interval_seconds = interval_seconds
        self.now = now
        self._alive_at = alive_at
        self._step = interval_seconds / STEPS
        self._known: dict[tuple[float, float], Company] = {}
        self._first: dict[tuple[str, int, int, float], float | None] = {}

    def after(self, since: float, at: float) -> Company:
        """Return who was seen alive after `since` and up to `at`, and was not silent then."""
        key = (since, at)
        company = self._known.get(key)
        if company is None:
            company = self._known[key] = Company(self._alive_at(since, at))
        return company

    def cut_by(self, last_sign_at: float) -> float:
        """Return by when a site with that last sign was cut off: who signs later outlived it."""
        return last_sign_at + MISSED_INTERVALS * self.interval_seconds

    def settles(self, group: Sequence[Silence]) -> float:
        """Return when no silence of the group is held any longer, whoever may be silent."""
        certain = min([silence.detected_at for silence in group])
        first_cut = self.cut_by(min([silence.last_sign_at for silence in group]))
        return max(certain + hold_seconds(self.interval_seconds), first_cut + self.interval_seconds)

    def held_until(self, silence: Silence, peers: Container[str], settled_at: float) -> float:
        """Return from when on the silence may be published; `settled_at` is `settles(group)`.

        `peers` are the carriers of which several sites are in its group.

        1. One whose cause is proven waits for nobody.
        2. Another site of its carrier, or any site if that carrier has no other that lived lately,
           was seen alive after the cut: from then on, looked at in steps.
        3. Nobody was: from when its group is complete.
        """
        if silence.is_proven:
            return silence.detected_at
        since = math.ceil(self.cut_by(silence.last_sign_at) / self._step)
        first = math.floor(silence.detected_at / self._step)
        until = min(self.now, settled_at)
        carrier = silence.carrier
        seen_at = self._first_seen(carrier, since, first, until)
        if seen_at is None and carrier not in peers and not self._has_peer(silence, since, first):
            seen_at = self._first_seen("", since, first, until)
        return max(silence.detected_at, settled_at if seen_at is None else seen_at)

    def _has_peer(self, silence: Silence, since: int, at: int) -> bool:
        """Whether the carrier has another site that lived about when this one vanished."""
        around = since * self._step - AROUND_INTERVALS * self.interval_seconds
        return self.after(around, at * self._step).of_carrier(silence.carrier, {silence.site}) > 0

    def _first_seen(self, carrier: str, since: int, first: int, until: float) -> float | None:
        """Return when anyone of the carrier ("": anyone) was first known to live after the cut."""
        key = (carrier, since, first, until)
        if key not in self._first:
            steps = range(first, math.floor(until / self._step) + 1)
            moments = (step * self._step for step in steps)
            self._first[key] = next(
                (at for at in moments if self.after(since * self._step, at).has(carrier)), None
            )
        return self._first[key]
