"""Who is to be told that verdicts changed: every change once, by the sites that it is about.

One look at the verdicts serves all who listen, and costs nothing while nobody does. Does no I/O.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final, TypeVar

from collector.verdict.outages.records import Case
from collector.verdict.verdicts import SiteVerdict, Verdicts

KEPT: Final = 256
"""So many changes are kept; who has not looked for longer is told in any case."""

_Key = tuple[str, str | None, float]
_K = TypeVar("_K")


class Pulse:
    """Changes by a number that only grows."""

    def __init__(self) -> None:
        self._number = 0
        self._changes: deque[tuple[int, frozenset[str]]] = deque(maxlen=KEPT)
        self._judged_at: float | None = None
        self._sites: dict[str, _Key] = {}
        self._snapshot: tuple[Case, ...] | None = None
        self._cases: dict[int, Case] = {}

    def look(self, verdicts: Verdicts, cases: tuple[Case, ...]) -> int:
        """Note what changed since the last look; return the number of the newest change.

        `cases` are those of the outage book, the same tuple until one of them changes.
        """
        changed: set[str] = set()
        is_first = self._judged_at is None
        if verdicts.judged_at != self._judged_at:
            self._judged_at = verdicts.judged_at
            sites = {site: _key(one) for site, one in verdicts.sites.items()}
            changed |= _differing(self._sites, sites)
            self._sites = sites
        if cases is not self._snapshot:
            self._snapshot = cases
            opened = {case.outage.number: case for case in cases if case.outage.ended_at is None}
            for number in _differing(self._cases, opened):
                case = opened.get(number) or self._cases[number]
                changed.add(case.outage.site)
            self._cases = opened
        if changed and not is_first:
            self._number += 1
            self._changes.append((self._number, frozenset(changed)))
        return self._number

    def is_news(self, after: int, sites: frozenset[str] | None) -> bool:
        """Whether anything changed after that number; of these sites only, if there are any."""
        if after >= self._number:
            return False
        if sites is None or self._changes[0][0] > after + 1:
            return True
        return any(number > after and not sites.isdisjoint(of) for number, of in self._changes)


def _key(verdict: SiteVerdict) -> _Key:
    return verdict.status, verdict.cause, verdict.since


def _differing(before: Mapping[_K, object], after: Mapping[_K, object]) -> set[_K]:
    """Return the keys whose values are not the same in both."""
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
