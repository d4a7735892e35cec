"""`[alerts]` of `collector.toml`: Alertmanager, and when the digest is sent."""

import re
from typing import Annotated, Final

import msgspec

from collector.http_access import MAYBE_BELOW, Service, access_mistakes

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class Alerts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the collector itself tells Alertmanager."""

    alertmanager_url: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    """Where; None: the collector tells it nothing, alerts come from Prometheus alone."""
    token_file: str | None = None
    """A bearer token, for an Alertmanager behind a proxy."""
    username: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] | None = None
    """Basic authentication instead, with `password_file`."""
    password_file: str | None = None
    ca_file: str | None = None
    """Instead of the public authorities."""
    digest_enabled: bool = True
    """Whether the digest is sent, given an address."""
    digest_at: str = "07:00"
    """When, in the province's time."""

    @property
    def alertmanager(self) -> Service | None:
        """Alertmanager, and as whom it is asked."""
        return None if self.alertmanager_url is None else Service(self.alertmanager_url, self)


def mistakes(alerts: Alerts) -> list[tuple[str, str]]:
    """Return what types alone do not show, as (option, what)."""
    found = access_mistakes(alerts, alerts.alertmanager_url, MAYBE_BELOW, "alertmanager_url")
    if not _TIME.fullmatch(alerts.digest_at):
        found.append(
            ("digest_at", f'expected a time of day like "07:00", got {alerts.digest_at!r}')
        )
    return found
