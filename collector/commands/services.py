"""Which Alertmanager and Prometheus a command asks, and as whom.

Those of `collector.toml`, unless its line names another: to that one nobody signs in.
"""

import argparse
from typing import TYPE_CHECKING, Final

from collector.commands.lookup import find_config

if TYPE_CHECKING:
    from collector.config import Config
    from collector.http_access import Service

DEFAULT_ALERTMANAGER: Final = "http://127.0.0.1:9093"
DEFAULT_PROMETHEUS: Final = "http://127.0.0.1:9090"


def add_alertmanager(command: argparse.ArgumentParser) -> None:
    """Add `--alertmanager-url`."""
    command.add_argument(
        "--alertmanager-url",
        metavar="URL",
        help="where Alertmanager listens, without a sign-in (default: [alerts] of collector.toml"
        f" with its sign-in, else {DEFAULT_ALERTMANAGER})",
    )


def add_prometheus(command: argparse.ArgumentParser) -> None:
    """Add `--prometheus-url`."""
    command.add_argument(
        "--prometheus-url",
        metavar="URL",
        help="where Prometheus listens, without a sign-in (default: [prometheus] of collector.toml"
        f" with its sign-in, else {DEFAULT_PROMETHEUS})",
    )


def alertmanager(options: argparse.Namespace) -> "Service":
    """Return the Alertmanager to ask. Raises ConfigError."""
    from collector.http_access import Service  # noqa: PLC0415

    if (url := options.alertmanager_url) is not None:
        return _named("--alertmanager-url", url)
    return _config(options).alerts.alertmanager or Service(DEFAULT_ALERTMANAGER)


def prometheus(options: argparse.Namespace) -> "Service":
    """Return the Prometheus to ask. Raises ConfigError."""
    from collector.http_access import Service  # noqa: PLC0415

    if (url := options.prometheus_url) is not None:
        return _named("--prometheus-url", url)
    access = _config(options).prometheus
    return Service(DEFAULT_PROMETHEUS) if access.url is None else Service(access.url, access)


def _named(option: str, url: str) -> "Service":
    """Return the service that an option of the line names. Raises ConfigError."""
    from collector.http_access import MAYBE_BELOW, Service, check_url  # noqa: PLC0415

    check_url(option, url, MAYBE_BELOW)
    return Service(url)


def _config(options: argparse.Namespace) -> "Config":
    from collector.config import Config, load_config  # noqa: PLC0415 - loads much

    file = find_config(options.config)
    return Config() if file is None else load_config(file)
