"""What the judge says: records only. Statuses, causes and conditions are the catalogue's words."""

from enum import StrEnum

import msgspec

from collector.verdict.notes import Argument, EvidenceNote
from collector.verdict.shared.records import Event

__all__ = [
    "Argument",
    "Condition",
    "EvidenceNote",
    "ItemKind",
    "ItemVerdict",
    "SiteVerdict",
    "Verdicts",
]


class SiteVerdict(msgspec.Struct, frozen=True):
    """Status of a site.

    `since` is when it took this status, `last_sign_at` when anything of it was last seen alive
    (None: never), `watched_since` from when silence counts against it; all Unix seconds.
    """

    site: str
    status: str
    cause: str | None
    since: float
    last_sign_at: float | None
    evidence: tuple[EvidenceNote, ...]
    watched_since: float


class ItemKind(StrEnum):
    """What an item is; decides which metric carries its status."""

    LINK = "link"
    POINT = "point"
    SERVICE = "service"
    MACHINE = "machine"


class ItemVerdict(msgspec.Struct, frozen=True):
    """Status of a link, point, service or machine; `since` is Unix seconds.

    `site` of a service is where its servers stand, or the centre.
    """

    item: str
    site: str
    status: str
    since: float
    kind: ItemKind


class Condition(msgspec.Struct, frozen=True, order=True):
    """What is wrong with an item that still works."""

    site: str
    item: str
    condition: str


class Verdicts(msgspec.Struct, frozen=True):
    """Everything judged at one moment (`judged_at`, Unix seconds)."""

    judged_at: float
    sites: dict[str, SiteVerdict]
    items: dict[str, ItemVerdict]
    conditions: frozenset[Condition]
    events: tuple[Event, ...] = ()
    """What befell many sites at once, and is not over or has only just ended."""
