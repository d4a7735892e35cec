"""The text of `/metrics` (Prometheus text format 0.0.4), streamed family by family.

Measurements stand with their report's own time and only while fresh. Verdicts, coverage and the
collector's own metrics stand without a time: they are true when scraped. A family without series
prints nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from collector.alerts.told import NOTHING, Told
from collector.alerts.told import rows as told_rows
from collector.discovery import counted as counted_of
from collector.discovery.counted import Counted
from collector.metrics.declared import declared_rows
from collector.metrics.differences import difference_rows
from collector.metrics.events import Rows, event_rows
from collector.metrics.outages import outage_rows
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.columns import Table
from collector.series.state import State
from collector.verdict.coverage import Coverage
from collector.verdict.outages.records import Case
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import Verdicts
from govnet.catalogue import CAUSES, METRICS, STATUSES, Metric, Source
from inventory.coverage.separable import When

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PIECE_BYTES: Final = 64 * 1024
"""Pieces are at least this long, the last one aside."""

_HEALTH: Final = {
    SpanKind.LINK: "govnet_link_health_code",
    SpanKind.DEVICE: "govnet_device_health_code",
    SpanKind.POINT: "govnet_point_health_code",
    SpanKind.SERVICE: "govnet_service_health_code",
    SpanKind.MACHINE: "govnet_machine_health_code",
}
NO_CONFERENCES: Final[Mapping[str, Rows]] = {}
_OF_INVENTORY: Final = (
    "govnet_site_blind",
    "govnet_site_cause_separable",
    "govnet_site_kind_info",
    "govnet_machine_role_info",
    "govnet_link_info",
    "govnet_link_capacity_bytes_per_second",
    "govnet_link_agreed_availability_ratio",
    "govnet_device_kind_info",
)
"""Families that change with the inventory alone: made once for each."""
_WHEN: Final = {When.AT_ONCE: 1.0, When.AFTER: 0.5, When.NEVER: 0.0}
_CODES: Final = {status: float(index) for index, status in enumerate(STATUSES)}


@dataclass(frozen=True, slots=True)
class Part:
    """What of it a target gives: the measurements of one shard, the verdicts, or all."""

    shard: int | None = None
    measurements: bool = True
    verdicts: bool = True

    ALL: ClassVar["Part"]
    VERDICTS: ClassVar["Part"]

    @classmethod
    def of_shard(cls, shard: int) -> "Part":
        """Return the part with the measurements of one shard."""
        return cls(shard=shard, verdicts=False)


Part.ALL = Part()
Part.VERDICTS = Part(measurements=False)


class Exposition:
    """Everything that is exposed. Keeps the rendered names of verdicts and coverage."""

    def __init__(self, state: State, own: SelfMetrics) -> None:
        self._state = state
        self._own = own
        self._tables = {
            metric.name: Table(metric.name, metric.labels)
            for metric in METRICS
            if metric.source in (Source.VERDICT, Source.COVERAGE)
        }
        self._shown: tuple[Verdicts | None, Coverage | None, Told | None] = (None, None, None)
        self._shown_outages: tuple[Case, ...] | None = None
        self._shown_conferences: Mapping[str, Rows] = NO_CONFERENCES
        self._shown_differences: Counted | None = None
        self._texts: Mapping[str, bytes] = {}
        self._of_inventory: dict[str, bytes] = {}

    def stream(
        self,
        verdicts: Verdicts,
        coverage: Coverage,
        part: Part = Part.ALL,
        told: Told = NOTHING,
        outages: tuple[Case, ...] = (),
        *,
        conferences: Mapping[str, Rows] = NO_CONFERENCES,
        differences: Counted = counted_of.NOTHING,
    ) -> Iterator[bytes]:
        """Yield the text in pieces; the state may change between two pieces.

        `told` is what the verdicts are in words, `outages` is `OutageBook.cases()`, `conferences`
        are the series of those that are near. All that is given
        stays as it was then, and every family of a shard is of one moment.
        """
        tables: Mapping[str, bytes] = {}
        if part.verdicts:
            tables = self._show(
                verdicts,
                coverage,
                told,
                outages,
                conferences=conferences,
                differences=differences,
            )
        waiting: list[bytes] = []
        size = 0
        for text in self._families(part, tables):
            waiting.append(text)
            size += len(text)
            if size >= PIECE_BYTES:
                yield b"".join(waiting)
                waiting.clear()
                size = 0
        if waiting:
            yield b"".join(waiting)

    def _families(self, part: Part, tables: Mapping[str, bytes]) -> Iterator[bytes]:
        for metric in METRICS:
            if metric.source is Source.MEASUREMENT:
                if part.measurements:
                    yield from _headed(metric, self._state.render(metric.name, part.shard))
            elif tables.get(metric.name):
                yield from _headed(metric, iter((tables[metric.name],)))
        if part.verdicts:
            yield self._own.render()

    def _show(
        self,
        verdicts: Verdicts,
        coverage: Coverage,
        told: Told,
        outages: tuple[Case, ...],
        *,
        conferences: Mapping[str, Rows],
        differences: Counted,
    ) -> Mapping[str, bytes]:
        """Return the tables' text for what is given, by metric.

        Rendered once per judgement, and never changed: other streams may still be on their way.
        """
        shown = self._shown
        is_new = self._shown_outages is not outages
        if self._shown_conferences is not conferences:
            self._fill(conferences)
            self._shown_conferences = conferences
            self._texts = {**self._texts, **{name: self._text(name) for name in conferences}}
        is_compared = self._shown_differences is not differences
        is_judged = shown[0] is not verdicts or shown[1] is not coverage or shown[2] is not told
        if is_judged or is_new or is_compared:
            if is_compared:
                self._fill(difference_rows(differences))
                self._shown_differences = differences
            if is_new:
                self._fill(outage_rows(outages, verdicts.judged_at))
                self._shown_outages = outages
            if shown[0] is not verdicts:
                self._fill(_verdict_rows(verdicts))
            if shown[1] is not coverage:
                self._fill(_coverage_rows(coverage))
            if shown[1] is None or shown[1].causes is not coverage.causes:
                self._fill(_cause_rows(coverage))
                if coverage.inventory is not None:
                    self._fill(declared_rows(coverage.inventory))
                self._of_inventory = {name: self._text(name) for name in _OF_INVENTORY}
            if shown[2] is not told:
                self._fill(told_rows(told))
            self._shown = (verdicts, coverage, told)
            self._texts = self._of_inventory | {
                name: self._text(name) for name in self._tables if name not in _OF_INVENTORY
            }
        return self._texts

    def _text(self, name: str) -> bytes:
        return b"".join(self._tables[name].render())

    def _fill(self, tables: Mapping[str, Rows]) -> None:
        for name, rows in tables.items():
            self._tables[name].show(rows)


def _headed(metric: Metric, lines: Iterator[bytes]) -> Iterator[bytes]:
    """Put HELP and TYPE before a family's lines, if there are any."""
    first = next(lines, None)
    if first is None:
        return
    text = metric.help_en.replace("\\", r"\\").replace("\n", r"\n")
    yield f"# HELP {metric.name} {text}\n# TYPE {metric.name} {metric.kind}\n".encode()
    yield first
    yield from lines


def _verdict_rows(verdicts: Verdicts) -> dict[str, Rows]:
    health: dict[SpanKind, dict[tuple[str, ...], float]] = {kind: {} for kind in _HEALTH}
    for item in verdicts.items.values():
        key = (item.item,) if item.kind is SpanKind.SERVICE else (item.site, item.item)
        health[item.kind][key] = _CODES[item.status]
    sites = verdicts.sites.values()
    causes = Counter(site.cause for site in sites)
    return {
        "govnet_site_status": {
            (site.site, status): float(status == site.status)
            for site in sites
            for status in STATUSES
        },
        "govnet_site_cause": {(site.site, site.cause): 1.0 for site in sites if site.cause},
        "govnet_cause_sites": {(cause,): float(causes[cause]) for cause in CAUSES},
        "govnet_site_status_since_timestamp_seconds": {(site.site,): site.since for site in sites},
        "govnet_item_condition": {
            (fault.site, fault.item, fault.condition): 1.0 for fault in sorted(verdicts.conditions)
        },
        **{name: health[kind] for kind, name in _HEALTH.items()},
        **event_rows(verdicts.events),
    }


def _coverage_rows(coverage: Coverage) -> dict[str, Rows]:
    sites = coverage.sites.items()
    agents = coverage.agents.values()
    heard = [((agent.site, agent.machine), agent.live) for agent in agents if agent.live]
    degrees: dict[tuple[str, ...], float] = {}
    for fact in coverage.facts:
        if fact.latitude is not None and fact.longitude is not None:
            degrees[fact.site, "latitude"] = fact.latitude
            degrees[fact.site, "longitude"] = fact.longitude
    return {
        "govnet_site_info": {
            (
                fact.site,
                fact.site_name,
                fact.unit,
                fact.unit_name,
                fact.unit_kind,
                fact.carrier,
                fact.cluster,
                fact.power_area,
            ): 1.0
            for fact in coverage.facts
        },
        "govnet_site_location_degrees": degrees,
        "govnet_site_machines_declared": {(site,): float(c.declared) for site, c in sites},
        "govnet_site_machines_exempt": {(site,): float(c.exempt) for site, c in sites},
        "govnet_site_machines_enrolled": {(site,): float(c.enrolled) for site, c in sites},
        "govnet_site_machines_reporting": {(site,): float(c.reporting) for site, c in sites},
        "govnet_unit_machines": _unit_rows(coverage),
        "govnet_agent_up": {(a.site, a.machine): float(a.up) for a in agents},
        "govnet_agent_last_received_timestamp_seconds": {
            key: live.received_at for key, live in heard
        },
        "govnet_agent_clock_skew_seconds": {key: live.skew_seconds for key, live in heard},
    }


def _unit_rows(coverage: Coverage) -> Rows:
    """Return how many machines the sites of every unit have by state."""
    units = {fact.site: fact.unit for fact in coverage.facts}
    found: Counter[tuple[str, ...]] = Counter()
    for site, counts in coverage.sites.items():
        unit = units.get(site, "")
        found[unit, "declared"] += counts.declared
        found[unit, "exempt"] += counts.exempt
        found[unit, "enrolled"] += counts.enrolled
        found[unit, "reporting"] += counts.reporting
    return {key: float(number) for key, number in found.items()}


def _cause_rows(coverage: Coverage) -> dict[str, Rows]:
    sites = coverage.causes.values()
    return {
        "govnet_site_blind": {(one.site,): float(one.is_blind) for one in sites},
        "govnet_site_cause_separable": {
            (one.site, cause, hours.value): _WHEN[when]
            for one in sites
            for (cause, hours), when in one.when.items()
        },
    }
