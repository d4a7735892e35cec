"""`[alerts]` of `collector.toml`: Alertmanager, and when the digest is sent."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class Alerts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the collector itself tells Alertmanager."""

    alertmanager_url: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    """Where; None: the collector tells it nothing, alerts come from Prometheus alone."""
    digest_enabled: bool = True
    """Whether the digest is sent, given an address."""
    digest_at: str = "07:00"
    """When, in the province's time."""


def mistakes(alerts: Alerts) -> list[tuple[str, str]]:
    """Return what types alone do not show, as (option, what)."""
    found = []
    if alerts.alertmanager_url is not None and not _is_usable(alerts.alertmanager_url):
        # Not repeated where a password may stand in it.
        told = "" if "@" in alerts.alertmanager_url else f", got {alerts.alertmanager_url!r}"
        found.append(("alertmanager_url", f"expected http(s)://HOST[:PORT]{told}"))
    if not _TIME.fullmatch(alerts.digest_at):
        found.append(
            ("digest_at", f'expected a time of day like "07:00", got {alerts.digest_at!r}')
        )
    return found


def _is_usable(url: str) -> bool:
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError:
        return False
    return address.scheme in {"http", "https"} and bool(address.hostname) and port != 0
