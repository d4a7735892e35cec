"""What the judge says: records only. Statuses, causes and conditions are the catalogue's words."""

import msgspec

from collector.verdict.notes import Argument, EvidenceNote
from collector.verdict.shared.records import Event
from collector.verdict.spans import SpanKind

__all__ = [
    "Argument",
    "Condition",
    "EvidenceNote",
    "ItemVerdict",
    "SiteVerdict",
    "Verdicts",
]


class SiteVerdict(msgspec.Struct, frozen=True):
    """Status of a site.

    `since` is when it took this status, `last_sign_at` when anything of it was last seen alive
    (None: never); both Unix seconds. `event` is the event that it is part of, None for none.
    """

    site: str
    status: str
    cause: str | None
    since: float
    last_sign_at: float | None
    evidence: tuple[EvidenceNote, ...]
    event: str | None = None


class ItemVerdict(msgspec.Struct, frozen=True):
    """Status of a link, device, point, service or machine; `since` is Unix seconds.

    `site` of a service is where its servers stand, or the centre.
    """

    item: str
    site: str
    status: str
    since: float
    kind: SpanKind


class Condition(msgspec.Struct, frozen=True, order=True):
    """What is wrong with an item that still works."""

    site: str
    item: str
    condition: str


class Verdicts(msgspec.Struct, frozen=True):
    """Everything judged at one moment (`judged_at`, Unix seconds).

    `sites` and `items` are the judge's own tables, which go on with its next call: read at once.
    `events` are what many sites share; those that have ended may be among them.
    """

    judged_at: float
    sites: dict[str, SiteVerdict]
    items: dict[str, ItemVerdict]
    conditions: frozenset[Condition]
    events: tuple[Event, ...] = ()
    """What befell many sites at once, and is not over or has only just ended."""
