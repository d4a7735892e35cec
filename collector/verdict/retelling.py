"""From the marks of a timeline to spans: faults from their onset on, causes over a whole outage.

A fault is certain only after some probes, and was there from the first one on. What is held was not
said yet. A cause that was found stands for the rest of the outage, until evidence says another.
"""

import math
from collections.abc import Callable, Iterable

import msgspec

from collector.verdict.shared.records import SharedCause, Silence
from collector.verdict.site.findings import OF_THE_LINE, UNDETERMINED, Finding
from collector.verdict.site.graph import SiteGraph
from collector.verdict.spans import Span, SpanKind
from collector.verdict.timeline import CLOSING, Mark

_OF_A_SITE = (SpanKind.SITE, SpanKind.LINK)

Company = Callable[[float], SharedCause | None]
"""What the company of others says about a silence of the site with that onset (Unix seconds)."""


def silences_of(graph: SiteGraph, marks: Iterable[Mark], interval_seconds: float) -> list[Silence]:
    """Return when a site was cut off, by its own marks; probed every `interval_seconds`."""
    link = graph.main_link
    found: list[Silence] = []
    for mark in marks:
        finding = mark.finding
        is_open = bool(found) and found[-1].ended_at is None
        if finding.status == "down" and not is_open:
            onset = mark.at if finding.onset is None else finding.onset
            found.append(
                Silence(
                    site=graph.site.id,
                    carrier=link.carrier if link is not None else "",
                    power_area=graph.site.power_area or "",
                    last_sign_at=onset - interval_seconds,
                    onset=onset,
                    detected_at=mark.at,
                    ended_at=None,
                    cause=finding.cause or UNDETERMINED,
                    is_proven=finding.is_proven,
                )
            )
        elif finding.status in CLOSING and is_open:
            found[-1] = msgspec.structs.replace(found[-1], ended_at=mark.at)
    return found


def spans_of(
    item: str,
    site: str,
    kind: SpanKind,
    marks: Iterable[Mark],
    company: Company,
    *,
    now: float = math.inf,
) -> list[Span]:
    """Return what was so of an item, without gaps from its first mark on.

    What others hold back at `now` (Unix seconds) is not said yet.
    """
    spans: list[Span] = []
    for mark in marks:
        if spans and (mark.finding.is_held or _is_held(mark.finding, kind, company, now)):
            continue
        finding = _in_company(mark.finding, kind, company)
        cause = finding.cause
        if finding.status == "down" and cause == UNDETERMINED:
            cause = _cause_so_far(spans)
        start = _start(mark, spans)
        while spans and spans[-1].start >= start:
            spans.pop()
        if spans:
            former = spans[-1]
            if former.status == finding.status and former.cause == cause:
                spans[-1] = msgspec.structs.replace(former, end=None)
                continue
            spans[-1] = msgspec.structs.replace(former, end=start)
        spans.append(Span(item, site, kind, finding.status, cause, start, None, finding.notes))
    return spans


def _is_held(finding: Finding, kind: SpanKind, company: Company, now: float) -> bool:
    if finding.onset is None or finding.status != "down" or kind not in _OF_A_SITE:
        return False
    shared = company(finding.onset)
    return shared is not None and now < shared.held_until


def _in_company(finding: Finding, kind: SpanKind, company: Company) -> Finding:
    """Let others' silence name the cause that the site's own evidence leaves open."""
    if finding.is_proven or finding.onset is None or finding.status != "down":
        return finding
    if kind not in _OF_A_SITE:
        return finding
    shared = company(finding.onset)
    if shared is None:
        return finding
    notes = (*finding.notes, *shared.notes)
    if not shared.is_named:
        return msgspec.structs.replace(finding, notes=notes)
    status = finding.status
    if kind is SpanKind.LINK and shared.cause not in OF_THE_LINE:
        status = "unreachable"
    return msgspec.structs.replace(finding, status=status, cause=shared.cause, notes=notes)


def _cause_so_far(spans: list[Span]) -> str:
    """Return the cause of the outage that lasts, if one was found."""
    for span in reversed(spans):
        if span.status in CLOSING:
            break
        if span.status == "down" and span.cause not in (None, UNDETERMINED):
            return str(span.cause)
    return UNDETERMINED


def _start(mark: Mark, spans: list[Span]) -> float:
    """Return from when on a finding holds: a fault from its onset.

    But not into another fault, nor into a time in which nobody could look.
    """
    onset = mark.finding.onset
    if onset is None or onset >= mark.at:
        return mark.at
    for index in range(len(spans) - 1, -1, -1):
        span = spans[index]
        end = mark.at if span.end is None else span.end
        if end <= onset:
            break
        if span.status in ("down", "unreachable", "maintenance"):
            return end
        if span.status == "unknown" and any(one.status in CLOSING for one in spans[:index]):
            return end
    return onset
