"""Asking and telling Alertmanager (API v2). Proxies of the environment are not asked."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec
import requests

from collector.http_access import Service
from collector.http_auth import auth_of, without_secrets
from govnet.errors import GovnetError

REQUEST_SECONDS: Final = 10.0
_SAID_CHARACTERS: Final = 200
_GOOD: Final = range(200, 300)


class Alert(msgspec.Struct, frozen=True):
    """One alert; times are Unix seconds."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: float
    ends_at: float


def post_alerts(alertmanager: Service, alerts: Sequence[Alert]) -> None:
    """Tell Alertmanager these alerts. Raises GovnetError if it does not take them."""
    body = [
        {
            "labels": dict(alert.labels),
            "annotations": dict(alert.annotations),
            "startsAt": _moment(alert.starts_at),
            "endsAt": _moment(alert.ends_at),
        }
        for alert in alerts
    ]
    _ask("POST", alertmanager, "/api/v2/alerts", {}, msgspec.json.encode(body))


def firing(alertmanager: Service, name: str) -> list[dict[str, Any]]:
    """Return the alerts of that name that Alertmanager holds. Raises GovnetError."""
    wanted = {"filter": f'alertname="{name}"'}
    alerts: list[dict[str, Any]] = asked(alertmanager, "/api/v2/alerts", wanted)
    return alerts


def exposed(service: Service) -> str:
    """Return the text of its metrics. Raises GovnetError."""
    return _ask("GET", service, "/metrics", {}).text


def asked(service: Service, path: str, parameters: Mapping[str, str] = MappingProxyType({})) -> Any:
    """Return the JSON that a path answers with. Raises GovnetError."""
    answer = _ask("GET", service, path, parameters)
    try:
        return answer.json()
    except ValueError as exc:
        raise GovnetError(f"{answer.url}: expected JSON: {exc}") from exc


def _ask(
    method: str,
    service: Service,
    path: str,
    parameters: Mapping[str, str],
    body: bytes | None = None,
) -> requests.Response:
    url = service.at(path)
    try:
        auth = auth_of(service.access)
    except (OSError, ValueError) as exc:
        raise GovnetError(f"{url}: token or password cannot be used: {exc}") from exc
    with requests.Session() as session:
        session.trust_env = False
        if service.access is not None and service.access.ca_file is not None:
            session.verify = service.access.ca_file
        try:
            answer = session.request(
                method,
                url,
                params=dict(parameters),
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else {},
                auth=auth,
                timeout=REQUEST_SECONDS,
                # A page to sign in at is no answer, and no secret goes to another place.
                allow_redirects=False,
            )
        except (requests.RequestException, OSError) as exc:
            raise GovnetError(f"{url}: nobody answers: {exc}") from exc
    if answer.status_code not in _GOOD:
        said = without_secrets(answer.text, answer.request.headers)[:_SAID_CHARACTERS]
        raise GovnetError(f"{url}: answered {answer.status_code}: {said}")
    return answer


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
