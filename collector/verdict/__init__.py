"""From evidence to one status per site and item: pure, with every time given."""

from collector.verdict.evidence import Evidence
from collector.verdict.judge import judge
from collector.verdict.verdicts import (
    Condition,
    EvidenceNote,
    ItemKind,
    ItemVerdict,
    SiteVerdict,
    Verdicts,
)

__all__ = [
    "Condition",
    "Evidence",
    "EvidenceNote",
    "ItemKind",
    "ItemVerdict",
    "SiteVerdict",
    "Verdicts",
    "judge",
]
