"""Settings as they travel: canonical JSON out, checked records in."""

import dataclasses
import hashlib
import json
import types
from reprlib import repr as shown
from typing import Any, Union, get_args, get_origin, get_type_hints

from govnet.errors import WireError
from govnet.report import is_text
from govnet.settings.access import Secret
from govnet.settings.whole import CHECK_SETTINGS, Settings

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
    "test_bytes_per_day": (1, 1 << 40),
    "packets": (1, 1000),
    "dscp": (0, 63),
}


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
        "check_again": [dataclasses.asdict(asked) for asked in settings.check_again],
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
    if isinstance(plain, str) and not is_text(plain):
        raise WireError("bad_schema", f"{where}: expected text, got {shown(plain)}")
    if hint is Secret and isinstance(plain, str):
        return Secret(plain)
    accepted = (int, float) if hint is float else hint
    if not isinstance(plain, accepted) or (isinstance(plain, bool) and hint is not bool):
        raise WireError("bad_schema", f"{where}: expected {hint.__name__}, got {shown(plain)}")
    return plain


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
