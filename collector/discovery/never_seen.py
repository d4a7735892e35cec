"""What is declared and never gave a sign of life, as far back as evidence is kept. Pure.

Who is silent now is no such thing: a PC that was on last week has been seen.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Final

from collector.verdict.evidence.evidence import Evidence
from collector.verdict.evidence.facts import Fact
from collector.verdict.evidence.reading import SAYING
from collector.verdict.evidence.runs import Run, Track
from collector.verdict.verdicts import Verdicts
from inventory.model import Inventory, Item, Lifecycle

_ALIVE: Final = ("up", "degraded")
_SIGNS: Final = (Fact.ANSWERED, Fact.FAR)
"""A target answered; through a circuit the other end did."""


def never_seen(inventory: Inventory, verdicts: Verdicts, evidence: Evidence) -> Iterator[str]:
    """Yield the full ids of active sites, their active items, and services without any sign."""
    heard = {machine for of_site in evidence.own.values() for machine in of_site}
    for site in inventory.sites.values():
        if site.lifecycle is not Lifecycle.ACTIVE:
            continue
        verdict = verdicts.sites.get(site.id)
        if verdict is None or verdict.last_sign_at is None:
            yield site.id
        for item in (*site.links, *site.devices, *site.machines):
            if _is_missing(item, verdicts, evidence, heard):
                yield item.id
        for point in site.conference_points:
            # A software point is alive where its PC is.
            if point.machine not in heard and _is_missing(point, verdicts, evidence, heard):
                yield point.id
    for service in inventory.services.values():
        if _is_missing(service, verdicts, evidence, heard):
            yield service.id


def _is_missing(item: Item, verdicts: Verdicts, evidence: Evidence, heard: set[str]) -> bool:
    verdict = verdicts.items.get(item.id)
    return (
        item.lifecycle is Lifecycle.ACTIVE
        and (verdict is None or verdict.status not in _ALIVE)
        and item.id not in heard
        and not any(_has_sign(track) for track in _tracks(item.id, evidence))
        and not any(run.word for track in _notices(item.id, evidence) for run in _runs(track))
    )


def _tracks(item: str, evidence: Evidence) -> Iterator[Track]:
    """Yield what anybody saw of it, and what it said of itself as a device."""
    for view in (item, f"{SAYING['device']}{item}"):
        yield from evidence.views.get(view, {}).values()


def _notices(item: str, evidence: Evidence) -> Iterable[Track]:
    """Return what it notified the centre of: who notifies is there."""
    return evidence.views.get(f"{SAYING['trap']}{item}", {}).values()


def _has_sign(track: Track) -> bool:
    return any(run.says(fact) for run in _runs(track) for fact in _SIGNS)


def _runs(track: Track) -> Iterator[Run]:
    return track.before(math.inf)
