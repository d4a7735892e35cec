"""Prometheus as its own API tells it: targets, rules, the window for late samples, Alertmanager."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
import yaml

from collector.doctor.looking.asking import GARBAGE, Asking
from collector.doctor.looking.shipped import rule_names
from collector.doctor.options import PrometheusOptions
from govnet.errors import GovnetError

_UNIT_SECONDS: Final = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3_600.0,
    "d": 86_400.0,
    "w": 7 * 86_400.0,
    "y": 365 * 86_400.0,
}


class Target(msgspec.Struct, frozen=True):
    """One address that is scraped; `scraped_at` in Unix seconds, None for never."""

    url: str
    is_up: bool
    scraped_at: float | None = None
    error: str = ""


class Prometheus(msgspec.Struct, frozen=True, kw_only=True):
    """What it told; `trouble` says why it tells nothing, `job` which targets are ours."""

    url: str
    job: str = "govnet"
    trouble: str = ""
    is_ready: bool = False
    targets: tuple[Target, ...] = ()
    discovery_jobs: tuple[str, ...] = ()
    """All jobs that have targets, to find a job that is called otherwise."""
    rules: tuple[str, ...] = ()
    rule_errors: tuple[str, ...] = ()
    window_seconds: float = 0.0
    """`out_of_order_time_window`."""
    alertmanagers: tuple[str, ...] = ()


def look(options: PrometheusOptions) -> Prometheus | None:
    """Ask it, None if it is not known where."""
    if options.url is None:
        return None
    nothing = Prometheus(url=options.url, job=options.job)
    try:
        with Asking(options.url, options) as asking:
            asking.require_ready()
            return _asked(asking, nothing)
    except GovnetError as exc:
        return msgspec.structs.replace(nothing, trouble=str(exc))
    except (*GARBAGE, yaml.YAMLError) as exc:
        why = f"trả lời không phải của Prometheus: {type(exc).__name__}"
        return msgspec.structs.replace(nothing, trouble=why)


def _asked(asking: Asking, nothing: Prometheus) -> Prometheus:
    active = asking.json("/api/v1/targets", {"state": "active"})["data"]["activeTargets"]
    groups = asking.json("/api/v1/rules")["data"]
    config = yaml.safe_load(asking.json("/api/v1/status/config")["data"]["yaml"]) or {}
    alertmanagers = asking.json("/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    return msgspec.structs.replace(
        nothing,
        is_ready=True,
        targets=tuple(_target(one) for one in active if one["labels"].get("job") == nothing.job),
        discovery_jobs=tuple(sorted({str(one["labels"].get("job")) for one in active})),
        rules=tuple(rule_names(groups)),
        rule_errors=tuple(_errors(groups)),
        window_seconds=_window(config),
        alertmanagers=tuple(one["url"].partition("/api/")[0] for one in alertmanagers),
    )


def _target(plain: Mapping[str, Any]) -> Target:
    # Go writes nine digits of a second, datetime reads six; the year 1 is "never".
    text = re.sub(r"(\.\d{6})\d+", r"\1", plain["lastScrape"]).replace("Z", "+00:00")
    at = datetime.fromisoformat(text)
    return Target(
        url=plain["scrapeUrl"],
        is_up=plain["health"] == "up",
        scraped_at=at.timestamp() if at.year > 1 else None,
        error=plain["lastError"],
    )


def _errors(groups: Mapping[str, Any]) -> list[str]:
    return [
        f"{group['name']}: {rule['name']}: {rule.get('lastError', '')}"
        for group in groups["groups"]
        for rule in group["rules"]
        if rule.get("health") == "err"
    ]


def _window(config: Mapping[str, Any]) -> float:
    tsdb = (config.get("storage") or {}).get("tsdb") or {}
    return duration_seconds(str(tsdb.get("out_of_order_time_window", "0s")))


def duration_seconds(text: str) -> float:
    """Read a duration as Prometheus writes it, such as `1d12h`."""
    parts = re.findall(r"(\d+)(ms|[smhdwy])", text)
    return sum(int(number) * _UNIT_SECONDS[unit] for number, unit in parts)
