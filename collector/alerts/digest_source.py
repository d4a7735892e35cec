"""Outages for the digest, from the verdicts alone: what is down now. Pure.

A collector that keeps outages gives those instead (`collector.verdict.outages`).
"""

from collector.alerts.digest import Known
from collector.verdict.outages.records import Outage, Phase
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import SiteVerdict, Verdicts


def from_verdicts(verdicts: Verdicts) -> list[Known]:
    """Return every site that is down, as an outage without a number."""
    return [Known(_outage(site)) for site in verdicts.sites.values() if site.status == "down"]


def _outage(site: SiteVerdict) -> Outage:
    phase = Phase(site.since, None, site.cause or "undetermined", site.evidence)
    return Outage(0, site.site, site.site, SpanKind.SITE, site.since, None, 1, (phase,))
