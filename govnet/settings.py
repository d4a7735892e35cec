"""What an agent is told to do: one record per check, derived by the collector, run by the agent.

An agent knows nothing of the inventory. It gets the addresses to ask and the ids under which to
answer, for its own site and the services it may test; it can choose nothing else. The digest of
the settings travels in every answer; the agent keeps the newest settings on disk and works with
them while the line is down.

On the wire: JSON, `{"v": 1, ..., "checks": [{"check": "link", "target": ..., ...}]}`. Unknown
fields and unknown checks are skipped, so a newer collector can serve an older agent.
"""

import dataclasses
import hashlib
import json
import types
from collections.abc import Iterable
from dataclasses import dataclass
from reprlib import repr as shown
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

from govnet.errors import WireError

VERSION = 1

MAX_CHECKS = 10_000
"""Most checks of one agent: the centre's has one or two per site, device and service."""
SECONDS_BOUNDS = (1e-6, 86400.0)
"""Least and most of every interval, timeout and spacing, in seconds; NaN is outside too."""
_BOUNDS = {
    "probes": (1, 100),
    "port": (1, 65535),
    "tcp_ports": (1, 65535),
    "read_bytes": (1, 64 << 20),
    "send_bytes_per_hour": (1, 1 << 40),
}
MAX_WORKERS = 128
"""Threads in which an agent runs its checks, at most.

Settings must not need more (`workers_needed`): when a whole district is cut, every check takes all
of its time, and that is when what the agent says must be fresh.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """What every check is told.

    `target` is the inventory id of the item measured; `interval_seconds` the time between starts;
    `timeout_seconds` the deadline of one run.
    """

    check: ClassVar[str]
    target: str
    interval_seconds: float = 60.0
    timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSettings(CheckSettings):
    """Measure the machine itself; `target` is its machine id."""

    check: ClassVar[str] = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A machine or device of the same office that is looked for: id and address."""

    id: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanSettings(CheckSettings):
    """Measure the office's LAN around the machine; `target` is the machine id.

    `gateway` overrides the default gateway that the machine knows. `resolver_name` is a name that
    every given resolver is asked for.
    """

    check: ClassVar[str] = "lan"
    gateway: str | None = None
    peers: tuple[Peer, ...] = ()
    resolver_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PathEnd:
    """One end of a path: `end` is a word of `govnet.catalogue.LINK_ENDS`.

    `address` None means that the agent finds it (its default gateway, the hop beyond it).
    `tcp_ports` are tried where no kind of ICMP is allowed here or answered there.
    """

    end: str
    address: str | None = None
    tcp_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings(CheckSettings):
    """Measure a link's path; `target` is the link id.

    Each end gets `probes` echo requests, `spacing_seconds` apart.
    """

    check: ClassVar[str] = "link"
    ends: tuple[PathEnd, ...] = ()
    probes: int = 10
    spacing_seconds: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysOnSettings(CheckSettings):
    """Ask from the centre whether a device or machine that is always on is there.

    `target` is its full id. It gets `probes` echo requests, `spacing_seconds` apart; `tcp_ports`
    are tried where no kind of ICMP is allowed here or answered there.
    """

    check: ClassVar[str] = "always_on"
    address: str = ""
    tcp_ports: tuple[int, ...] = ()
    probes: int = 3
    spacing_seconds: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceProtocol:
    """How to ask an endpoint: `name` is sip_udp, sip_tcp, sip_tls, h323 or https."""

    name: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceSettings(CheckSettings):
    """Ask a conference endpoint whether it is there; `target` is the point id. Nothing rings."""

    check: ClassVar[str] = "conference"
    address: str = ""
    protocols: tuple[ConferenceProtocol, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings(CheckSettings):
    """Use a service as an office would; `target` is the service id.

    `url` schemes: http, https, smtp, imap, imaps, dns, tcp. For dns the host is the resolver
    and the path the name to ask for. `expect_status` None means any code below 400 for HTTP.
    `expect_content` is text that must occur in the first `read_bytes` of the body. `address` is
    connected to instead of the URL's host. With `verify_certificate` an untrusted certificate
    means that the service is not up.
    """

    check: ClassVar[str] = "service"
    url: str = ""
    address: str | None = None
    expect_status: int | None = None
    expect_content: str | None = None
    read_bytes: int = 262144
    verify_certificate: bool = True


CHECK_SETTINGS: tuple[type[CheckSettings], ...] = (
    MachineSettings,
    LanSettings,
    LinkSettings,
    AlwaysOnSettings,
    ConferenceSettings,
    ServiceSettings,
)
"""Every check that can be ordered. The agent's table of checks has exactly these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that one agent is told. `site` and `machine` are its inventory ids.

    `send_bytes_per_hour` is this agent's share of what its site's line may carry (None: no limit).
    `renew_key` is the id of a key that the agent shall replace by a new one, "" for none.
    `ca_pem` are the certificates (PEM) by which the agent shall trust collectors from now on, ""
    for those it has.
    """

    agent: str
    site: str
    machine: str
    report_interval_seconds: float = 60.0
    send_bytes_per_hour: int | None = None
    renew_key: str = ""
    ca_pem: str = ""
    checks: tuple[CheckSettings, ...] = ()


def workers_needed(checks: Iterable[CheckSettings]) -> float:
    """Return how many threads keep up even if every check takes all of its time.

    With that many a check waits for one interval at most, whatever the others do.
    """
    return sum(check.timeout_seconds / check.interval_seconds for check in checks)


def encode(settings: Settings) -> bytes:
    """Return the canonical JSON of the settings: equal settings give equal bytes."""
    plain = {
        "v": VERSION,
        "agent": settings.agent,
        "site": settings.site,
        "machine": settings.machine,
        "report_interval_seconds": settings.report_interval_seconds,
        "send_bytes_per_hour": settings.send_bytes_per_hour,
        "renew_key": settings.renew_key,
        "ca_pem": settings.ca_pem,
        "checks": [{"check": check.check} | dataclasses.asdict(check) for check in settings.checks],
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def digest(encoded: bytes) -> str:
    """Return the digest under which encoded settings are known: 16 hex digits of SHA-256."""
    return hashlib.sha256(encoded).hexdigest()[:16]


def decode(encoded: bytes) -> Settings:
    """Read settings as the collector sends them.

    Raises WireError (`bad_json`, `wrong_version`, `bad_schema`) if they cannot be used, be it for
    one number with which nothing can be run (`SECONDS_BOUNDS`). Checks of a kind that this version
    does not know are left out.
    """
    try:
        plain = json.loads(encoded, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise WireError("bad_json", f"settings are not JSON: {exc}") from exc
    if not isinstance(plain, dict):
        raise WireError("bad_schema", "settings: expected an object")
    if plain.get("v") != VERSION:
        raise WireError(
            "wrong_version", f"settings: expected v {VERSION}, got {shown(plain.get('v'))}"
        )
    kinds = {kind.check: kind for kind in CHECK_SETTINGS}
    records = plain.get("checks", [])
    if not isinstance(records, list):
        raise WireError("bad_schema", "checks: expected a list")
    if len(records) > MAX_CHECKS:
        raise WireError("bad_schema", f"checks: at most {MAX_CHECKS}, got {len(records)}")
    checks = tuple(
        _record(kinds[record["check"]], record, f"checks[{index}]")
        for index, record in enumerate(records)
        if isinstance(record, dict) and _kind(record) in kinds
    )
    known = {key: plain[key] for key in plain if key != "checks"}
    settings: Settings = _record(Settings, known, "settings")
    return dataclasses.replace(settings, checks=checks)


def _no_constant(name: str) -> float:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is no number")


def _kind(record: dict[str, Any]) -> str:
    kind = record.get("check")
    return kind if isinstance(kind, str) else ""


def _record(cls: type[Any], plain: dict[str, Any], where: str) -> Any:
    """Build the dataclass `cls` from decoded JSON; unknown fields are skipped."""
    hints = get_type_hints(cls)
    given = {
        field.name: _bounded(
            field.name, _value(hints[field.name], plain[field.name], f"{where}.{field.name}"), where
        )
        for field in dataclasses.fields(cls)
        if field.name in plain
    }
    try:
        return cls(**given)
    except TypeError as exc:
        raise WireError("bad_schema", f"{where}: {exc}") from exc


def _value(hint: Any, plain: Any, where: str) -> Any:
    """Check and convert one decoded JSON value against the field's type."""
    origin = get_origin(hint)
    if origin in (types.UnionType, Union):
        if plain is None:
            return None
        hint = next(arm for arm in get_args(hint) if arm is not type(None))
        return _value(hint, plain, where)
    if origin is tuple:
        if not isinstance(plain, list):
            raise WireError("bad_schema", f"{where}: expected a list, got {shown(plain)}")
        element = get_args(hint)[0]
        return tuple(_value(element, item, f"{where}[{index}]") for index, item in enumerate(plain))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(plain, dict):
            raise WireError("bad_schema", f"{where}: expected an object, got {shown(plain)}")
        return _record(hint, plain, where)
    if isinstance(plain, str) and not _is_text(plain):
        raise WireError("bad_schema", f"{where}: expected text, got {shown(plain)}")
    accepted = (int, float) if hint is float else hint
    if not isinstance(plain, accepted) or (isinstance(plain, bool) and hint is not bool):
        raise WireError("bad_schema", f"{where}: expected {hint.__name__}, got {shown(plain)}")
    return plain


def _is_text(text: str) -> bool:
    """Whether the text can be written at all: JSON can hold half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bounded(name: str, value: Any, where: str) -> Any:
    """Return the value of the field `name`, a number or a tuple of them only if within bounds."""
    bounds = SECONDS_BOUNDS if name.endswith("_seconds") else _BOUNDS.get(name)
    if bounds is None or value is None:
        return value
    least, most = bounds
    for number in value if isinstance(value, tuple) else (value,):
        if not least <= number <= most:
            problem = f"{where}.{name}: expected {least} to {most}, got {shown(number)}"
            raise WireError("bad_schema", problem)
    return value
