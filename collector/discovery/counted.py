"""Both lists by number, for the metrics. Pure.

A number that falls to zero stays as a zero as long as its site is in the inventory, so that a
graph shows the fall; sites times kinds is the most there can be. After a restart only what is
there has a number.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from collector.discovery import differences
from collector.discovery.differences import Differences

Numbers = Mapping[tuple[str, ...], float]
"""(site, kind) -> how many; the site is empty for what no site is known of."""


class Counted(msgspec.Struct, frozen=True):
    """The lists, and their numbers by site and kind."""

    lists: Differences
    undeclared: Numbers
    never_seen: Numbers


NOTHING: Final = Counted(differences.NOTHING, {}, {})
"""Nothing was compared yet."""


def counted(lists: Differences, sites: Collection[str], before: Counted = NOTHING) -> Counted:
    """Return the lists with their numbers; `sites` are those of the inventory."""
    undeclared = ((one.site, one.kind, one.number) for one in lists.undeclared)
    never_seen = ((one.site, one.kind, one.missing) for one in lists.never_seen)
    return Counted(
        lists,
        _numbers(undeclared, sites, before.undeclared),
        _numbers(never_seen, sites, before.never_seen),
    )


def _numbers(
    found: Iterable[tuple[str, str, int]], sites: Collection[str], before: Numbers
) -> Numbers:
    """Return the numbers; what is at no site of the inventory has none."""
    numbers: Counter[tuple[str, ...]] = Counter()
    for key in before:
        if not key[0] or key[0] in sites:
            numbers[key] = 0
    for site, kind, number in found:
        if not site or site in sites:
            numbers[site, kind] += number
    return {key: float(number) for key, number in sorted(numbers.items())}
