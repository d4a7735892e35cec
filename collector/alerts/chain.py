"""The way of a test alert, asked stage by stage: collector, Prometheus, Alertmanager, receivers.

Each stage says what it sees, or what is stuck there. Nothing here starts the alert.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
import yaml

from collector.alerts.alertmanager import asked, exposed, firing
from collector.http_access import Service
from govnet.errors import GovnetError

ALERT: Final = "GovnetAlertTest"
ASK_SECONDS: Final = 1.0
_REQUESTS: Final = re.compile(
    r'^alertmanager_notification_requests(_failed)?_total\{integration="(\w+)"\} (\S+)$',
    re.MULTILINE,
)

Sent: TypeAlias = Mapping[str, tuple[float, float]]
"""By kind of receiver: how many requests were made of it, and how many failed."""


class Stage(msgspec.Struct, frozen=True):
    """One part of the way.

    `ask` returns what is seen there when the alert has come so far, else None; it may raise
    GovnetError. `stuck` says what to look at if it does not come.
    """

    name: str
    ask: Callable[[], str | None]
    stuck: str


def follow(
    stages: tuple[Stage, ...],
    say: Callable[[str], None],
    within_seconds: float,
    clock: Callable[[], float] = time.monotonic,
    rest: Callable[[float], None] = time.sleep,
) -> bool:
    """Follow an alert through all stages; return whether it came to the end in time."""
    ends_at = clock() + within_seconds
    for number, stage in enumerate(stages, start=1):
        place = f"{number}/{len(stages)} {stage.name}"
        trouble = ""
        while True:
            try:
                seen = stage.ask()
                trouble = ""
            except GovnetError as exc:
                seen, trouble = None, f" ({exc})"
            if seen is not None:
                say(f"{place}: {seen}")
                break
            if clock() >= ends_at:
                say(f"{place}: STUCK: {stage.stuck}{trouble}")
                return False
            rest(ASK_SECONDS)
    return True


def stages(
    trial: str, metrics: Callable[[], str], prometheus: Service, alertmanager: Service, before: Sent
) -> tuple[Stage, ...]:
    """Return the way of that test alert; `before` is what was sent before it began."""
    return (
        Stage(
            "collector",
            lambda: _exposed(metrics(), trial),
            "the collector does not expose the test; is it the one of this --data?",
        ),
        Stage(
            "Prometheus",
            lambda: _fires(prometheus, trial),
            f"{prometheus.url} has no firing {ALERT}: does it scrape this collector (Status, "
            "Targets), and has it the rule file collector.yml (Status, Rules)?",
        ),
        Stage(
            "Alertmanager",
            lambda: _held(alertmanager, trial),
            f"{alertmanager.url} has not got it: see alerting.alertmanagers in prometheus.yml",
        ),
        Stage(
            "receivers",
            lambda: _delivered(alertmanager, trial, before),
            "a receiver did not take it: see the log of Alertmanager, and its smtp_smarthost and "
            "webhook addresses",
        ),
    )


def sent(alertmanager: Service) -> Sent:
    """Return what Alertmanager has sent since it started. Raises GovnetError."""
    found: dict[str, tuple[float, float]] = {}
    for failed, kind, value in _REQUESTS.findall(exposed(alertmanager)):
        all_of, failed_of = found.get(kind, (0.0, 0.0))
        found[kind] = (all_of, float(value)) if failed else (float(value), failed_of)
    return found


def _exposed(text: str, trial: str) -> str | None:
    return "exposes the test" if f'govnet_alerts_test{{id="{trial}"}} 1' in text else None


def _fires(prometheus: Service, trial: str) -> str | None:
    answer = asked(prometheus, "/api/v1/alerts")
    for alert in answer["data"]["alerts"]:
        if _is_ours(alert, trial) and alert["state"] == "firing":
            return "the rule fires"
    return None


def _held(alertmanager: Service, trial: str) -> str | None:
    receivers = _receivers(alertmanager, trial)
    return f"has it, for {', '.join(receivers)}" if receivers else None


def _delivered(alertmanager: Service, trial: str, before: Sent) -> str | None:
    """Tell when every kind of receiver that the test goes to took something since `before`."""
    now = sent(alertmanager)
    kinds = _kinds(alertmanager, _receivers(alertmanager, trial))
    told = []
    for kind in sorted(kinds):
        made = now.get(kind, (0.0, 0.0))
        former = before.get(kind, (0.0, 0.0))
        failed = made[1] - former[1]
        if made[0] - former[0] - failed < 1:
            if failed:
                raise GovnetError(f"{kind}: {failed:.0f} attempts failed")
            return None
        told.append(kind)
    return f"taken by {', '.join(told)}" if told else None


def _receivers(alertmanager: Service, trial: str) -> list[str]:
    return [
        receiver["name"]
        for alert in firing(alertmanager, ALERT)
        if _is_ours(alert, trial)
        for receiver in alert["receivers"]
    ]


def _kinds(alertmanager: Service, receivers: list[str]) -> set[str]:
    """Return by what means these receivers are told, as Alertmanager's metrics name it."""
    status = asked(alertmanager, "/api/v2/status")
    config = yaml.safe_load(status["config"]["original"])
    return {
        key.removesuffix("_configs")
        for receiver in config["receivers"]
        if receiver["name"] in receivers
        for key in receiver
        if key.endswith("_configs")
    }


def _is_ours(alert: Mapping[str, Any], trial: str) -> bool:
    labels = alert["labels"]
    return bool(labels.get("alertname") == ALERT and labels.get("id") == trial)
