"""What comes with this version beside the programs: rules and dashboards, as files."""

import json
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

_CHECKOUT: Final = Path(__file__).parents[3]
_PLACES: Final = {
    "rules": (_CHECKOUT / "deploy/prometheus/rules", Path("/usr/share/govnet/prometheus/rules")),
    "dashboards": (_CHECKOUT / "dashboards", Path("/usr/share/govnet/dashboards")),
}
"""Where they are: in a checkout, else where the packages put them."""


class Board(msgspec.Struct, frozen=True):
    """A dashboard; `asks` are its panels' titles and queries, whatever Grafana adds to them."""

    uid: str
    title: str
    asks: tuple[str, ...]


class Shipped(msgspec.Struct, frozen=True):
    """What was found; `problems` are files that cannot be read."""

    rules: tuple[str, ...] = ()
    """Each as `group: alert or recorded name`."""
    boards: tuple[Board, ...] = ()
    problems: tuple[str, ...] = ()


def look() -> Shipped:
    """Return what is there, nothing where it is not installed."""
    rules: list[str] = []
    boards: list[Board] = []
    problems: list[str] = []
    for file in sorted(_folder("rules").glob("*.yml")):
        try:
            rules += rule_names(yaml.safe_load(file.read_text("utf-8")))
        except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as exc:
            problems.append(f"{file}: {exc}")
    for file in sorted(_folder("dashboards").glob("*/*.json")):
        try:
            boards.append(board_of(json.loads(file.read_text("utf-8"))))
        except (OSError, ValueError, TypeError, KeyError) as exc:
            problems.append(f"{file}: {type(exc).__name__}: {exc}")
    return Shipped(tuple(rules), tuple(boards), tuple(problems))


def _folder(kind: str) -> Path:
    return next((place for place in _PLACES[kind] if place.is_dir()), _PLACES[kind][0])


def rule_names(plain: Any) -> list[str]:
    """Return the names of a rule file or of Prometheus' own answer, in order."""
    return [
        f"{group['name']}: {rule.get('alert') or rule.get('record') or rule['name']}"
        for group in plain["groups"]
        for rule in group["rules"]
    ]


def board_of(plain: Any) -> Board:
    """Return a dashboard from its JSON. Raises KeyError or TypeError for what is none."""
    return Board(str(plain["uid"]), str(plain["title"]), tuple(_asks(plain["panels"])))


def _asks(panels: Any) -> list[str]:
    found = []
    for panel in panels:
        queries = [str(target.get("expr", "")) for target in panel.get("targets", ())]
        found.append(" | ".join([str(panel.get("title", "")), *queries]))
        found += _asks(panel.get("panels", ()))
    return found
