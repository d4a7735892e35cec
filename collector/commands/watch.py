"""`govnet watch`: on a second host, whether the watching itself still works."""

import argparse
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from collector.commands.arguments import Commands, add_command
from govnet.errors import ConfigError, GovnetError

if TYPE_CHECKING:
    from collector.alerts.watcher import News
    from collector.alerts.watcher_tell import Way
    from collector.http_access import SignIn

DEFAULT_STATE = "govnet-watch.json"
DEFAULT_PATIENCE_SECONDS = 120.0
DEFAULT_REPEAT_HOURS = 4.0
_HOUR_SECONDS = 3_600.0
_SERVER = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})")


def add(commands: Commands) -> None:
    """Add the command of this file."""
    command = add_command(
        commands,
        "watch",
        "On a second host: tell if the collector, Prometheus or Alertmanager is gone; for a timer.",
        watch,
    )
    command.add_argument(
        "--collector-url", metavar="URL", required=True, help="the collector (required)"
    )
    command.add_argument(
        "--ca-file",
        metavar="FILE",
        type=Path,
        help="the CA of collector and Alertmanager (default: the usual ones)",
    )
    command.add_argument(
        "--token-file",
        metavar="FILE",
        help="bearer token for its metrics (default: none, this host is in metrics_allow)",
    )
    command.add_argument(
        "--alertmanager-url", metavar="URL", help="Alertmanager (default: it is not asked)"
    )
    command.add_argument(
        "--alertmanager-user", metavar="NAME", help="who signs in there (default: nobody)"
    )
    command.add_argument(
        "--alertmanager-password-file",
        metavar="FILE",
        type=Path,
        help="its password; it goes over https only, or on this machine (default: none)",
    )
    command.add_argument(
        "--webhook", metavar="URL", help="where to post what is wrong (default: nowhere)"
    )
    command.add_argument(
        "--mail-to",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="who gets a mail; again for every further one (default: nobody)",
    )
    command.add_argument(
        "--mail-from", metavar="ADDRESS", help="from whom (default: the first of --mail-to)"
    )
    command.add_argument(
        "--smtp", metavar="HOST:PORT", default="localhost:25", help="(default: localhost:25)"
    )
    command.add_argument("--smtp-user", metavar="NAME", help="who signs in (default: nobody)")
    command.add_argument(
        "--smtp-password-file", metavar="FILE", type=Path, help="its password (default: none)"
    )
    command.add_argument(
        "--patience",
        metavar="SECONDS",
        type=float,
        default=DEFAULT_PATIENCE_SECONDS,
        help=f"what lasts less is not told (default: {DEFAULT_PATIENCE_SECONDS:g})",
    )
    command.add_argument(
        "--repeat-hours",
        metavar="HOURS",
        type=float,
        default=DEFAULT_REPEAT_HOURS,
        help=f"what lasts is told again after this time (default: {DEFAULT_REPEAT_HOURS:g})",
    )
    command.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        default=Path(DEFAULT_STATE),
        help=f"what is remembered between calls (default: {DEFAULT_STATE})",
    )


def watch(options: argparse.Namespace) -> int:
    """Look once; tell what is wrong. 0 all is well, 1 something is wrong or was not told."""
    from collector.alerts import watcher  # noqa: PLC0415
    from collector.config import read_token  # noqa: PLC0415
    from collector.http_access import Service  # noqa: PLC0415

    _check(options)
    (token,) = read_token(options.token_file) or (None,)
    alertmanager = None
    if options.alertmanager_url is not None:
        alertmanager = Service(options.alertmanager_url, _alertmanager_access(options))
    places = watcher.Places(options.collector_url, alertmanager, options.ca_file, token)
    ways = _ways(options)
    now = time.time()
    problems = watcher.look(places, now)
    for problem in problems:
        print(problem)
    try:
        before = watcher.load_state(options.state)
    except OSError as exc:
        raise GovnetError(f"{options.state}: cannot be read: {exc.strerror or exc}") from exc
    state, news = watcher.decide(
        before,
        problems,
        now,
        patience_seconds=options.patience,
        repeat_seconds=options.repeat_hours * _HOUR_SECONDS,
    )
    failures = [] if news is None else _told(ways, news)
    if failures and len(failures) == len(ways):
        raise GovnetError("; ".join(failures))  # Not told, so it is tried again next time.
    for failure in failures:
        print(failure)
    try:
        watcher.save_state(options.state, state)
    except OSError as exc:
        raise GovnetError(f"{options.state}: cannot be written: {exc.strerror or exc}") from exc
    return 1 if problems or failures else 0


def _told(ways: list["Way"], news: "News") -> list[str]:
    """Tell it by every way; return what failed."""
    failures = []
    for way in ways:
        try:
            way.tell(news)
        except GovnetError as exc:
            failures.append(str(exc))
    return failures


def _ways(options: argparse.Namespace) -> list["Way"]:
    from collector.alerts.watcher_tell import Mail, Webhook  # noqa: PLC0415

    ways: list[Way] = []
    if options.mail_to:
        host, port = _SERVER.fullmatch(options.smtp).groups()  # type: ignore[union-attr]
        password = None
        if options.smtp_password_file is not None:
            password = _password(options.smtp_password_file)
        sender = options.mail_from or options.mail_to[0]
        to = tuple(options.mail_to)
        ways.append(Mail(host.strip("[]"), int(port), sender, to, options.smtp_user, password))
    if options.webhook is not None:
        ways.append(Webhook(options.webhook))
    return ways


def _password(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except UnicodeDecodeError as exc:
        raise ConfigError([f"{file}: expected a password in UTF-8, got {exc.reason}"]) from exc


def _alertmanager_access(options: argparse.Namespace) -> "SignIn":
    from collector.http_access import SignIn  # noqa: PLC0415

    file = options.alertmanager_password_file
    return SignIn(options.alertmanager_user, None if file is None else str(file))


def _url_problems(options: argparse.Namespace) -> Iterator[str]:
    from collector.http_access import (  # noqa: PLC0415
        ANY_PLACE,
        MAYBE_BELOW,
        address_problem,
        url_problem,
    )

    instead = "; see --alertmanager-user and --alertmanager-password-file"
    found = {"--collector-url": url_problem(options.collector_url, MAYBE_BELOW)}
    if (url := options.alertmanager_url) is not None:
        access = _alertmanager_access(options)
        found["--alertmanager-url"] = address_problem(access, url, MAYBE_BELOW, instead)
    if options.webhook is not None:
        found["--webhook"] = url_problem(options.webhook, ANY_PLACE)
    yield from (f"{option}: {problem}" for option, problem in found.items() if problem is not None)


def _check(options: argparse.Namespace) -> None:
    """Raise ConfigError with everything that is wrong."""
    problems = list(_url_problems(options))
    if not options.mail_to and options.webhook is None:
        problems.append("expected --mail-to or --webhook: otherwise nobody hears of it")
    if not _SERVER.fullmatch(options.smtp):
        problems.append(f"--smtp: expected HOST:PORT, got {options.smtp!r}")
    for name in ("smtp", "alertmanager"):
        user, file = (getattr(options, f"{name}_{what}") for what in ("user", "password_file"))
        if (user is None) != (file is None):
            problems.append(f"--{name}-user: expected together with --{name}-password-file")
    problems += [
        f"--{name.replace('_', '-')}: cannot be read: {path}"
        for name in ("ca_file", "smtp_password_file", "alertmanager_password_file")
        if (path := getattr(options, name)) is not None and not path.is_file()
    ]
    if problems:
        raise ConfigError(problems)
