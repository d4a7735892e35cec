"""What is found of a site and its items at one moment. Records."""

from typing import Final

import msgspec

from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import EvidenceNote

UNDETERMINED: Final = "undetermined"
OF_THE_LINE: Final = ("link", "carrier", UNDETERMINED)
"""Causes of a site's outage with which its circuit counts as down; else it was only not reached."""


class Finding(msgspec.Struct, frozen=True):
    """Status of an item, with the cause of a fault and the evidence.

    `onset` is since when the fault lasts, where that is before the moment it was certain (Unix
    seconds). `is_proven` if the item's own evidence separates the cause from its rivals. `is_held`
    if a fault is not said yet because what the item depends on has not been looked at since.
    """

    status: str
    cause: str | None = None
    onset: float | None = None
    is_proven: bool = False
    is_held: bool = False
    notes: tuple[EvidenceNote, ...] = ()

    def same(self, other: "Finding") -> bool:
        """Whether two findings say the same, whatever their notes."""
        return (
            self.status == other.status
            and self.cause == other.cause
            and self.onset == other.onset
            and self.is_proven == other.is_proven
            and self.is_held == other.is_held
        )


class Assessment(msgspec.Struct, frozen=True):
    """Everything found of a site at `at`; `last_sign_at` is its last sign of life (Unix seconds).

    `items` has every item of the site with its kind. Of a service that is judged by itself there
    is no `site`.
    """

    at: float
    site: Finding | None
    last_sign_at: float | None
    items: dict[str, tuple[SpanKind, Finding]]
