"""Alertmanager as its own API tells it: whether it is there, and whom its routes reach."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import yaml

from collector.doctor.looking.asking import GARBAGE, Asking
from collector.http_access import Access
from govnet.errors import GovnetError

_MATCHER: Final = re.compile(
    r'\s*"?([\w.]+)"?\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^,"]*))\s*'
)
ROLES: Final = {
    "trực tỉnh, khẩn": {"role": "duty", "severity": "critical"},
    "trực tỉnh": {"role": "duty", "severity": "warning"},
    "quản trị, khẩn": {"role": "admin", "severity": "critical"},
    "quản trị": {"role": "admin", "severity": "warning"},
    "bản tin": {"role": "digest", "severity": "none"},
    "thử": {"role": "test", "severity": "none"},
}
"""Whom our alerts are for, and the labels by which they are routed there."""


class Alertmanager(msgspec.Struct, frozen=True, kw_only=True):
    """What it told; `trouble` says why it tells nothing."""

    url: str
    trouble: str = ""
    reached: Mapping[str, tuple[str, ...]] = {}
    """By whom our alerts are for (`ROLES`): the receivers that tell somebody, by any means."""
    has_examples: bool = False
    """Whether it still has the addresses of the shipped example."""


def look(url: str, access: Access | None = None) -> Alertmanager:
    """Ask it; nothing is sent to anybody."""
    try:
        with Asking(url, access) as asking:
            asking.require_ready()
            original = asking.json("/api/v2/status")["config"]["original"]
        return configured(url, original)
    except GovnetError as exc:
        return Alertmanager(url=url, trouble=str(exc))
    except (*GARBAGE, re.error, yaml.YAMLError) as exc:
        why = f"trả lời không phải của Alertmanager: {type(exc).__name__}"
        return Alertmanager(url=url, trouble=why)


def configured(url: str, original: str) -> Alertmanager:
    """Return what its configuration says. Raises as YAML and look-ups do."""
    config = yaml.safe_load(original)
    telling = {
        one["name"]
        for one in config["receivers"]
        if any(key.endswith("_configs") and value for key, value in one.items())
    }
    return Alertmanager(
        url=url,
        reached={
            who: tuple(name for name in receivers(config["route"], labels) if name in telling)
            for who, labels in ROLES.items()
        },
        has_examples="lamdong.example" in original,
    )


def receivers(route: Mapping[str, Any], labels: Mapping[str, str], above: str = "") -> list[str]:
    """Return who is told of an alert with these labels, as Alertmanager's routing tree says."""
    here = str(route.get("receiver") or above)
    found: list[str] = []
    for child in route.get("routes") or ():
        if all(_matches(labels, one) for one in _matchers(child)):
            found += receivers(child, labels, here)
            if not child.get("continue"):
                break
    return found or [here]


_Matcher = tuple[str, str, str]


def _matchers(route: Mapping[str, Any]) -> Iterable[_Matcher]:
    for name, value in (route.get("match") or {}).items():
        yield name, "=", str(value)
    for name, value in (route.get("match_re") or {}).items():
        yield name, "=~", str(value)
    for text in route.get("matchers") or ():
        for name, operator, quoted, bare in _MATCHER.findall(text.strip().strip("{}")):
            yield name, operator, re.sub(r"\\(.)", r"\1", quoted) if quoted else bare.strip()


def _matches(labels: Mapping[str, str], matcher: _Matcher) -> bool:
    name, operator, wanted = matcher
    value = labels.get(name, "")
    holds = re.fullmatch(wanted, value) is not None if "~" in operator else value == wanted
    return holds is not operator.startswith("!")
