"""`[prometheus]` and `[grafana]` of `collector.toml`: where `govnet doctor` asks after them."""

from typing import Annotated

import msgspec

from collector.http_access import MAYBE_BELOW, access_mistakes

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class PrometheusOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[prometheus]`: the one that scrapes the collector."""

    url: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    """Where it listens; None: it is not asked."""
    job: Word = "govnet"
    """The job under which it scrapes the collector."""
    token_file: str | None = None
    username: Word | None = None
    password_file: str | None = None
    ca_file: str | None = None
    """Instead of the public authorities."""


class GrafanaOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[grafana]`: the one that shows the dashboards."""

    url: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    """Where it listens; None: it is not asked."""
    token_file: str | None = None
    """The token of a service account that may view dashboards."""
    username: Word | None = None
    password_file: str | None = None
    ca_file: str | None = None
    """Instead of the public authorities."""


def mistakes(options: PrometheusOptions | GrafanaOptions) -> list[tuple[str, str]]:
    """Return what types alone do not show, as (option, what)."""
    return access_mistakes(options, options.url, MAYBE_BELOW)
