"""Asking and telling Alertmanager (API v2). Proxies of the environment are not asked."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import requests

from govnet.errors import GovnetError

REQUEST_SECONDS: Final = 10.0


class Alert(msgspec.Struct, frozen=True):
    """One alert; times are Unix seconds."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: float
    ends_at: float


def post_alerts(url: str, alerts: Sequence[Alert]) -> None:
    """Tell Alertmanager at `url` these alerts. Raises GovnetError if it does not take them."""
    body = [
        {
            "labels": dict(alert.labels),
            "annotations": dict(alert.annotations),
            "startsAt": _moment(alert.starts_at),
            "endsAt": _moment(alert.ends_at),
        }
        for alert in alerts
    ]
    _ask("POST", f"{url.rstrip('/')}/api/v2/alerts", {}, msgspec.json.encode(body))


def firing(url: str, name: str) -> list[dict[str, Any]]:
    """Return the alerts of that name that Alertmanager holds. Raises GovnetError."""
    address = f"{url.rstrip('/')}/api/v2/alerts"
    alerts: list[dict[str, Any]] = asked(address, {"filter": f'alertname="{name}"'})
    return alerts


def exposed(url: str) -> str:
    """Return a text of metrics. Raises GovnetError."""
    return _ask("GET", url, {}).text


def asked(url: str, parameters: Mapping[str, str]) -> Any:
    """Return the JSON that a path answers with. Raises GovnetError."""
    answer = _ask("GET", url, parameters)
    try:
        return answer.json()
    except ValueError as exc:
        raise GovnetError(f"{answer.url}: expected JSON: {exc}") from exc


def _ask(
    method: str, url: str, parameters: Mapping[str, str], body: bytes | None = None
) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(
                method,
                url,
                params=dict(parameters),
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else {},
                timeout=REQUEST_SECONDS,
            )
        except (requests.RequestException, OSError) as exc:
            raise GovnetError(f"{url}: nobody answers: {exc}") from exc
    if not answer.ok:
        raise GovnetError(f"{url}: answered {answer.status_code}: {answer.text[:200]}")
    return answer


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
