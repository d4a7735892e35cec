"""Rows of the metrics about outages: the present belief, corrected history included. Pure.

Prometheus keeps what it was told at the time; these say what is known of that time now.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from collector.verdict.outages.records import Case
from collector.verdict.spans import SpanKind
from govnet.catalogue import CAUSES

RECENT_SECONDS: Final = 35 * 86_400.0
"""Outages that ended longer ago are not exposed: a month and some days can be looked back."""


def outage_rows(cases: Iterable[Case], now: float) -> dict[str, Mapping[tuple[str, ...], float]]:
    """Return the series by metric; withdrawn outages have none."""
    info: dict[tuple[str, ...], float] = {}
    starts: dict[tuple[str, ...], float] = {}
    ends: dict[tuple[str, ...], float] = {}
    lasting: dict[tuple[str, ...], float] = {(SpanKind.SITE.value, cause): 0.0 for cause in CAUSES}
    for case in cases:
        outage = case.outage
        if case.is_withdrawn:
            continue
        if outage.ended_at is not None and outage.ended_at < now - RECENT_SECONDS:
            continue
        key = (str(outage.number), outage.site, outage.item)
        confirmed = case.handling.cause or ""
        corrected = str(int(case.is_corrected))
        info[*key, outage.kind.value, outage.cause, confirmed, corrected] = 1.0
        starts[key] = outage.started_at
        if outage.ended_at is not None:
            ends[key] = outage.ended_at
        else:
            one = (outage.kind.value, case.cause)
            lasting[one] = lasting.get(one, 0.0) + 1.0
    return {
        "govnet_outage_info": info,
        "govnet_outage_start_timestamp_seconds": starts,
        "govnet_outage_end_timestamp_seconds": ends,
        "govnet_outages_open": lasting,
    }
