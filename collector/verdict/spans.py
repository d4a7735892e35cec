"""What was so from when to when: the status of an item over time, as it is believed now. Records.

Spans of an item follow each other without a gap; a later one replaces what it contradicts when
evidence arrives late. Outages and availability are made from them and from nothing else.
"""

from enum import StrEnum

import msgspec

from collector.verdict.notes import EvidenceNote


class SpanKind(StrEnum):
    """What kind of item a span is about."""

    SITE = "site"
    LINK = "link"
    DEVICE = "device"
    POINT = "point"
    SERVICE = "service"
    MACHINE = "machine"


class Span(msgspec.Struct, frozen=True):
    """An item had that status from `start` up to `end` (Unix seconds; None: it still has).

    `cause` is one of `govnet.catalogue.CAUSES` where the status is a fault, else None; `notes` is
    the evidence for it.
    """

    item: str
    site: str
    kind: SpanKind
    status: str
    cause: str | None
    start: float
    end: float | None
    notes: tuple[EvidenceNote, ...] = ()


class SpansChanged(msgspec.Struct, frozen=True):
    """The spans of an item from `since` on (Unix seconds), which replace what is saved."""

    item: str
    since: float
    spans: tuple[Span, ...]
