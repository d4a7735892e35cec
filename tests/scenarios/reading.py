"""How a scenario reads what the collector says: metrics, API. What is not known elsewhere is here.

Nothing of the verdict is imported: statuses and causes come from `/metrics/verdicts`, evidence and
outages from the read API, as Prometheus and the pages get them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from collector.live import Live
from govnet.catalogue import STATUSES
from tests.scenarios.centre import Centre

RULES: Final = sorted((Path(__file__).parents[2] / "deploy" / "prometheus" / "rules").glob("*.yml"))
ALERTS: Final[Mapping[str, frozenset[str]]] = {
    "site": frozenset({"GovnetSiteSilent", "GovnetSiteDown"}),
    "degraded": frozenset({"GovnetSiteDegraded"}),
    "on_battery": frozenset({"GovnetUpsOnBattery"}),
    "event": frozenset({"GovnetEvent", "GovnetCentreSuspected"}),
    "link": frozenset({"GovnetLinkDown"}),
    "point": frozenset({"GovnetConferencePointUnreachable"}),
    "conference": frozenset({"GovnetConferencePointsNotReady"}),
    "service": frozenset({"GovnetServiceDown"}),
    "machine": frozenset({"GovnetMachineDown"}),
    "device": frozenset({"GovnetDeviceDown"}),
    "clock": frozenset({"GovnetClockWrong"}),
    "collector": frozenset({"GovnetCollectorDown", "GovnetVerdictsStale"}),
}
"""What alerts are about, with their names. Others must not fire in any scenario."""
ALWAYS: Final = frozenset({"GovnetWatchdog"})
"""Alerts that fire all the time, on purpose."""

_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_SHOWN: Final = re.compile(
    r"govnet_site_(status|cause)|govnet_(link|point|service|machine|device)_health_code"
)
_WITH_CAUSE: Final = frozenset({"down", "degraded"})
_NAME: Final = re.compile(r"(?<![:\w])govnet_[a-z0-9_]+(?![:\w])")


class Outage(msgspec.Struct, frozen=True):
    """An outage as the API tells it; times are Unix seconds."""

    item: str
    kind: str
    start: float
    end: float | None
    causes: tuple[str, ...]
    count: int
    is_corrected: bool


class Recording:
    """Everything that was said from one look to the next, kept where it changed."""

    def __init__(self) -> None:
        self.looks: list[float] = []
        self.statuses: dict[str, list[tuple[float, str]]] = {}
        """By site or item."""
        self.causes: dict[str, list[tuple[float, str]]] = {}
        """By site; "none" where there is none."""
        self.series: dict[str, list[tuple[int, float | None]]] = {}
        """Series that the rules ask for: number of the look and value, None where it is gone."""
        self.evidence: dict[tuple[str, float], list[str]] = {}
        """Codes of a site's evidence, by site and the moment it was asked for."""
        self.outages: list[Outage] | None = None
        """None: this collector does not tell outages."""
        self._lines: frozenset[str] = frozenset()
        self._sites: set[str] = set()
        self._causes: set[tuple[str, str]] = set()
        self._asked = _asked_by_rules()

    def look(self, centre: Centre, now: float) -> None:
        """Read what is said now; of a collector that does not run nothing can be read."""
        number = len(self.looks)
        self.looks.append(now)
        lines = _lines(centre.get("/metrics/verdicts")) if centre.is_running else frozenset()
        told = [_sample(line) for line in lines - self._lines]
        gone = {line.rpartition(" ")[0] for line in self._lines - lines}
        gone -= {series for series, _ in told}
        self._lines = lines
        for series in gone:
            if series in self.series:
                self.series[series].append((number, None))
        for series, value in told:
            if series.partition("{")[0] in self._asked:
                self.series.setdefault(series, []).append((number, value))
        if lines:
            self._note(told, gone, now)

    def _note(self, told: Iterable[tuple[str, float]], gone: Iterable[str], now: float) -> None:
        """Take in what changed of statuses and causes."""
        for series in gone:
            if series.startswith("govnet_site_cause{"):
                labels = dict(_LABEL.findall(series))
                self._causes.discard((labels["site"], labels["cause"]))
        for series, value in told:
            name, _, labels_text = series.partition("{")
            if not _SHOWN.fullmatch(name) or (not value and not name.endswith("_health_code")):
                continue
            labels = dict(_LABEL.findall(labels_text))
            if name == "govnet_site_status":
                self._sites.add(labels["site"])
                _change(self.statuses, labels["site"], now, labels["status"])
            elif name == "govnet_site_cause":
                self._causes.add((labels["site"], labels["cause"]))
            else:
                item = labels[name.split("_")[1]]
                _change(self.statuses, item, now, STATUSES[int(value)])
        causes = dict(self._causes)
        for site in self._sites:
            is_faulty = self.statuses[site][-1][1] in _WITH_CAUSE
            _change(self.causes, site, now, causes.get(site, "none") if is_faulty else "none")

    def note_evidence(self, centre: Centre, site: str, now: float) -> None:
        """Read the evidence that the API gives for a site now."""
        if centre.is_running:
            detail = msgspec.json.decode(centre.get(f"/v1/sites/{site}"))
            self.evidence[site, now] = [note["code"] for note in detail["evidence"]]

    def status_at(self, item: str, at: float) -> str:
        """Return the last status that was said of a site or item, "" for none."""
        return _last(self.statuses.get(item, []), at)

    def cause_at(self, site: str, at: float) -> str:
        """Return the last cause that was said of a site, "none" for none."""
        return _last(self.causes.get(site, []), at)

    def said(
        self, changes: list[tuple[float, str]], start: float, end: float
    ) -> Iterable[tuple[float, str]]:
        """Yield what was said between two moments, with when it began."""
        for index, (at, word) in enumerate(changes):
            until = changes[index + 1][0] if index + 1 < len(changes) else end
            if at <= end and until > start:
                yield max(at, start), word


def read_outages(centre: Centre) -> list[Outage] | None:
    """Return every outage of the last weeks; None if this collector does not tell any."""
    operations = msgspec.json.decode(centre.get("/v1/openapi.json"))["paths"]
    if "/v1/outages" not in operations:
        return None
    found = msgspec.json.decode(centre.get("/v1/outages?limit=1000"))["outages"]
    return [_outage(plain) for plain in found if not plain["is_withdrawn"]]


def _outage(plain: dict[str, Any]) -> Outage:
    return Outage(
        item=plain["item"],
        kind=plain["kind"],
        start=plain["started_at"],
        end=plain["ended_at"],
        causes=tuple(phase["cause"] for phase in plain["phases"]),
        count=plain["count"],
        is_corrected=plain["is_corrected"],
    )


def believed(live: Live) -> list[tuple[object, ...]]:
    """Return what a live view believes: the outages, numbers aside, and every status."""
    statuses = [
        (item, verdict.status)
        for item, verdict in (*live.verdicts.sites.items(), *live.verdicts.items.items())
    ]
    judgement = getattr(live, "judgement", None)
    cases = judgement.record.book.cases() if judgement is not None else ()
    outages = [
        (one.item, one.started_at, one.ended_at, one.count, *(phase.cause for phase in one.phases))
        for one in (case.outage for case in cases if not case.is_withdrawn)
    ]
    return sorted([*statuses, *outages], key=repr)


def plan_work(centre: Centre, kind: str, item: str, start: float, end: float) -> None:
    """Enter planned work, or an announced power cut that somebody confirmed."""
    plain = {"kind": kind, "item": item, "start": start, "end": end, "reason": "kế hoạch"}
    centre.post("/v1/maintenance", plain)


def can_plan_work(centre: Centre) -> bool:
    """Whether this collector knows of planned work."""
    return "/v1/maintenance" in msgspec.json.decode(centre.get("/v1/openapi.json"))["paths"]


def _asked_by_rules() -> frozenset[str]:
    """Return the metrics that the alert rules ask for."""
    return frozenset(
        name
        for file in RULES
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
        for rule in group["rules"]
        if "alert" in rule
        for name in _NAME.findall(rule["expr"])
    )


def _lines(text: bytes) -> frozenset[str]:
    return frozenset(line for line in text.decode().splitlines() if not line.startswith("#"))


def _sample(line: str) -> tuple[str, float]:
    series, _, value = line.rpartition(" ")
    return series, float(value)


def _change(by_item: dict[str, list[tuple[float, str]]], item: str, at: float, word: str) -> None:
    changes = by_item.setdefault(item, [])
    if not changes or changes[-1][1] != word:
        changes.append((at, word))


def _last(changes: list[tuple[float, str]], at: float) -> str:
    index = bisect_right(changes, at, key=lambda change: change[0]) - 1
    return changes[index][1] if index >= 0 else ""
