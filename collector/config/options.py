"""What a person wrote in `collector.toml`. Every option has a default; none is needed for a trial.

Every mistake is found in one reading. File names are relative to the file's folder.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Self, get_type_hints

import msgspec

from collector.alerts.options import Alerts
from collector.alerts.options import mistakes as alerts_mistakes
from collector.config.law import LawOptions
from collector.doctor.options import GrafanaOptions, PrometheusOptions
from collector.doctor.options import mistakes as doctor_mistakes
from collector.history.options import RemoteWrite
from collector.history.options import mistakes as receiver_mistakes
from collector.http_access import HOST_ALONE, beside, url_problem
from collector.logs.options import LogOptions
from collector.logs.options import mistakes as log_mistakes
from collector.readiness.options import ConferenceOptions
from collector.retention.options import Retention
from collector.toml_file import lines_of, place, read_toml
from govnet.errors import ConfigError

DEFAULT_LISTEN = "127.0.0.1:8470"
DEFAULT_FILE_OPTIONS = (
    "inventory",
    "data_dir",
    "api_token_file",
    "metrics_token_file",
    "tls_certificate_file",
    "tls_key_file",
    "tls_ca_file",
    "master_key_file",
)
MIN_TOKEN_CHARACTERS = 16
_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")
_OPTIONS = {"data_dir": "--data", "report_interval_seconds": "--report-interval"}
"""Options that the command line calls by another name."""

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Hours = Annotated[float, msgspec.Meta(gt=0, le=8_760)]
Days = Annotated[float, msgspec.Meta(gt=0, le=3_660)]


class CredentialsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[credentials]`: where secrets stand."""

    file: str | None = None
    """Accesses and accounts by the names that the inventory uses (`collector.credentials_file`)."""


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All options of the collector."""

    listen: str = DEFAULT_LISTEN
    """Address and port; port 0 takes a free one."""
    inventory: str = "inventory.yaml"
    data_dir: str = "govnet-data"
    url: str | None = None
    """How agents and browsers reach the collector, if not by `listen`."""
    metrics_allow: tuple[str, ...] | None = None
    """Networks that may read /metrics and the scrape targets without a token."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks of TLS proxies whose `X-Forwarded-For` says whom a request is from."""
    scrape_address: str | None = None
    """HOST:PORT at which Prometheus reaches the collector itself, if not as in `url`."""
    metrics_token_file: str | None = None
    api_token_file: str | None = None
    tls_certificate_file: str | None = None
    """The collector's certificate with its chain; None: that of `govnet tls init`, if any."""
    tls_key_file: str | None = None
    """Its key, if not in the same file."""
    tls_ca_file: str | None = None
    """The CA by which agents shall trust it; None: they have it already."""
    master_key_file: str | None = None
    """What the agents' keys are sealed with (`collector.store.vault`)."""
    key_days: Days = 365.0
    """Age at which an agent replaces its key."""
    report_interval_seconds: Seconds | None = None
    """Instead of the inventory's; for trials."""
    session_hours: Hours = 12.0
    session_idle_hours: Hours = 2.0
    """A browser that asks for nothing so long is signed out."""
    inbox_days: Days = 8.0
    """Longer than any agent's spool, so what comes late is still known."""
    evidence_days: Annotated[float, msgspec.Meta(ge=8, le=3_660)] = 40.0
    """So far back late evidence changes what was judged; longer than any agent's spool."""
    remote_write: tuple[RemoteWrite, ...] = ()
    """Where history goes, one table each."""
    alerts: Alerts = Alerts()
    """What the collector itself tells Alertmanager."""
    credentials: CredentialsOptions = CredentialsOptions()
    """With what devices and endpoints are asked."""
    conference: ConferenceOptions = ConferenceOptions()
    """When points are checked before a conference."""
    prometheus: PrometheusOptions = PrometheusOptions()
    """Where `govnet doctor` asks after the scrapes and rules."""
    grafana: GrafanaOptions = GrafanaOptions()
    """Where `govnet doctor` asks after the dashboards."""
    log: LogOptions = LogOptions()
    """How it logs."""
    law: LawOptions = LawOptions()
    """The legal basis that the pages name."""
    retention: Retention = Retention()
    """How long what happened is kept."""
    inbox_max_mib: Annotated[int, msgspec.Meta(ge=64, le=1 << 30)] = 131_072
    """Holds `inbox_days` of 6,000 agents; a disk with less room keeps fewer days."""
    body_seconds: Seconds = 60.0
    """Longest time for a request's body."""
    head_seconds: Seconds = 15.0
    """Longest time for a request's head, and for a new connection to say something."""
    stalled_seconds: Seconds = 30.0
    """Longest time for a client to read what waits for it."""
    max_connections: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] = 10_000
    """Most clients at once: every agent of a province keeps one connection."""
    max_in_flight: Annotated[int, msgspec.Meta(ge=1, le=1 << 16)] = 256
    """Most batches in work at once; beyond it new ones are asked to come later."""
    agent_batches_per_minute: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] = 120
    """What one agent may send in the long run; twice as many at once."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`metrics_allow` as networks; by default loopback.

        Behind a TLS proxy that is not among `trusted_proxies` every client comes from the proxy's
        address, often loopback: then nobody is listed by default.
        """
        if self.metrics_allow is not None:
            return tuple(ip_network(network) for network in self.metrics_allow)
        return () if self.is_https else LOOPBACK

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach `listen`."""
        return ip_address(self.address[0]).is_loopback

    @property
    def is_https(self) -> bool:
        """Whether clients see https at `url`, be it a TLS proxy's."""
        return (self.url or "").startswith("https:")

    def over(self, **given: Any) -> Self:
        """Return these options with those of the command line (not None) in front.

        Raises ConfigError for a value that cannot be used.
        """
        named = {name: value for name, value in given.items() if value is not None}
        values, mistakes = _convert(named)
        changed = msgspec.structs.replace(self, **values)
        mistakes += [mistake for mistake in _wrong_values(changed) if mistake[0] in named]
        if mistakes:
            raise ConfigError([f"{as_option(name)}: {what}" for name, what in mistakes])
        return changed


def load_config(path: Path) -> Config:
    """Read and check `collector.toml`.

    Raises ConfigError with every mistake as `file:line:column: option: expected, found`.
    """
    config, problems, _ = read_config(path)
    if problems:
        raise ConfigError(problems)
    return config


def read_config(path: Path) -> tuple[Config, list[str], list[str]]:
    """Return the options that can be read, every mistake in its place, and the file's lines.

    Raises ConfigError for a file that is no TOML.
    """
    text, plain = read_toml(path)
    values, mistakes = _convert(plain)
    for name in set(DEFAULT_FILE_OPTIONS).intersection(values):
        values[name] = str(path.parent / values[name])
    if (file := values.get("credentials", CredentialsOptions()).file) is not None:
        values["credentials"] = CredentialsOptions(file=str(path.parent / file))
    if (log := values.get("log", LogOptions())).syslog_ca_file is not None:
        ca_file = str(path.parent / log.syslog_ca_file)
        values["log"] = msgspec.structs.replace(log, syslog_ca_file=ca_file)
    values["remote_write"] = tuple(
        beside(receiver, path.parent) for receiver in values.get("remote_write", ())
    )
    for name in {"alerts", "prometheus", "grafana"}.intersection(values):
        values[name] = beside(values[name], path.parent)
    config, lines = Config(**values), lines_of(text)
    mistakes += _wrong_values(config)
    placed = sorted((*place(lines, name), f"{name}: {what}") for name, what in mistakes)
    return config, [f"{path}:{line}:{column}: {what}" for line, column, what in placed], lines


def tables(config: Config) -> Iterator[tuple[str, msgspec.Struct]]:
    """Yield the tables of the file by their names, such as `log` and `remote_write[0]`."""
    for name in config.__struct_fields__:
        value = getattr(config, name)
        if isinstance(value, msgspec.Struct):
            yield name, value
        elif isinstance(value, tuple):
            for number, one in enumerate(value):
                if isinstance(one, msgspec.Struct):
                    yield f"{name}[{number}]", one


def read_token(path: str | None) -> tuple[str, ...]:
    """Return the token in that file; raises ConfigError if it is missing or too short."""
    if path is None:
        return ()
    try:
        token = Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError([f"{path}: cannot be read as token: {exc}"]) from exc
    if not token.isprintable():
        # No request can carry it: it would let nobody in.
        raise ConfigError([f"{path}: expected a token of one line, found more"])
    if len(token) < MIN_TOKEN_CHARACTERS:
        raise ConfigError(
            [f"{path}: expected a token of {MIN_TOKEN_CHARACTERS} characters or more"]
        )
    return (token,)


Mistakes = list[tuple[str, str]]


def _nothing_more(_: msgspec.Struct) -> Mistakes:
    """Return what types alone do not show, where they show everything."""
    return []


_TABLES: Mapping[str, tuple[type[msgspec.Struct], Callable[[Any], Mistakes]]] = {
    "alerts": (Alerts, alerts_mistakes),
    "credentials": (CredentialsOptions, _nothing_more),
    "conference": (ConferenceOptions, _nothing_more),
    "law": (LawOptions, _nothing_more),
    "log": (LogOptions, log_mistakes),
    "prometheus": (PrometheusOptions, doctor_mistakes),
    "grafana": (GrafanaOptions, doctor_mistakes),
    "retention": (Retention, _nothing_more),
}
"""Tables of the file, each with what checks its values beyond their types."""
_REQUIRED = ("name", "url")
"""Options of a receiver without a default."""


def as_option(name: str) -> str:
    """Return how the command line calls an option of the file."""
    return _OPTIONS.get(name, f"--{name.replace('_', '-')}")


def _convert(plain: Mapping[str, Any]) -> tuple[dict[str, Any], Mistakes]:
    """Convert option by option, so that one mistake hides no other."""
    plain = dict(plain)
    values: dict[str, Any] = {}
    mistakes: Mistakes = []
    if _are_tables(plain.get("remote_write")):
        values["remote_write"], mistakes = _receivers(plain.pop("remote_write"))
    for table, (struct, checked) in _TABLES.items():
        if not isinstance(plain.get(table), dict):
            continue
        found, wrong = _converted(struct, plain.pop(table))
        values[table] = struct(**found)
        wrong += checked(values[table])
        mistakes += [(f"{table}.{name}", what) for name, what in wrong]
    others, wrong = _converted(Config, plain)
    return others | values, wrong + mistakes


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(table, dict) for table in value)


def _receivers(tables: list[dict[str, Any]]) -> tuple[tuple[RemoteWrite, ...], Mistakes]:
    receivers: list[RemoteWrite] = []
    mistakes: Mistakes = []
    for number, table in enumerate(tables):
        found, wrong = _converted(RemoteWrite, table)
        wrong += [(name, "expected, it is missing") for name in _REQUIRED if name not in table]
        if not wrong:
            receivers.append(RemoteWrite(**found))
            wrong = receiver_mistakes(receivers[-1])
            if found["name"] in (one.name for one in receivers[:-1]):
                wrong.append(("name", f"expected a name of its own, got {found['name']!r} again"))
        mistakes += [(f"remote_write[{number}].{name}", what) for name, what in wrong]
    return tuple(receivers), mistakes


def _converted(
    struct: type[msgspec.Struct], plain: Mapping[str, Any]
) -> tuple[dict[str, Any], Mistakes]:
    hints = get_type_hints(struct, include_extras=True)
    values: dict[str, Any] = {}
    mistakes: Mistakes = []
    for name, value in plain.items():
        if name not in struct.__struct_fields__:
            near = difflib.get_close_matches(name, struct.__struct_fields__, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            mistakes.append((name, f"unknown option{hint}"))
            continue
        try:
            values[name] = msgspec.convert(value, hints[name])
        except msgspec.ValidationError as exc:
            expected = str(exc).partition(", got ")[0].replace("Expected", "expected")
            mistakes.append((name, f"{expected}, got {_told(value)}"))
            continue
        if isinstance(value, str) and "\0" in value:
            # No name of a file or a host has one: the system's calls would fail for it.
            mistakes.append((name, f"expected text without NUL, got {value!r}"))
            del values[name]
    return values, mistakes


def _told(value: object) -> str:
    try:
        return repr(value)
    except ValueError:
        # Python writes no number of thousands of digits; hexadecimal ones it reads.
        return "a number that is too long"


def _wrong_values(config: Config) -> Mistakes:
    """Return what types alone do not show."""
    mistakes: Mistakes = []
    if config.scrape_address is not None and not _HOST_PORT.fullmatch(config.scrape_address):
        mistakes.append(("scrape_address", f"expected HOST:PORT, got {config.scrape_address!r}"))
    host, colon, port = config.listen.rpartition(":")
    try:
        ip_address(host.strip("[]"))
        usable = bool(colon) and port.isdigit() and int(port) <= 65535  # noqa: PLR2004 - the largest port there is
    except ValueError:
        usable = False
    if not usable:
        mistakes.append(("listen", f"expected ADDRESS:PORT, got {config.listen!r}"))
    if config.tls_certificate_file is None:
        mistakes += [
            (name, "expected together with tls_certificate_file, which is not given")
            for name in ("tls_key_file", "tls_ca_file")
            if getattr(config, name) is not None
        ]
    for name in ("metrics_allow", "trusted_proxies"):
        for network in getattr(config, name) or ():
            try:
                ip_network(network)
            except ValueError as exc:
                mistakes.append((name, f"expected a network like 198.18.0.0/24: {exc}"))
    if config.url is not None and (problem := url_problem(config.url, HOST_ALONE)) is not None:
        mistakes.append(("url", problem))
    return mistakes
