"""The queries of a dashboard as Grafana would send them: taken from its JSON, filled in. Pure.

Grafana's rules (https://grafana.com/docs/grafana/latest/dashboards/variables/): a choice of several
values stands in a query as a regular expression with all of them; «all» is `allValue`, or every
value that the variable has.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Json: TypeAlias = Mapping[str, Any]

_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*))")
"""`$1` is none: it is a group of label_replace."""
_LABEL_VALUES: Final = re.compile(r"label_values\((.*),\s*(\w+)\)", re.DOTALL)
_QUERY_RESULT: Final = re.compile(r"query_result\((.*)\)", re.DOTALL)
_SPECIAL: Final = re.compile(r"[\\^$*+?.()|\[\]{}]")
"""What Grafana escapes in a value that stands in a regular expression."""
_GROUP: Final = re.compile(r"\(\?<(\w+)>")
"""A named group of JavaScript, which Python writes (?P<name>...)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of a panel: where it stands, and how Grafana asks it."""

    board: str
    panel: str
    ref: str
    expr: str
    is_instant: bool

    @property
    def where(self) -> str:
        """Return what a person finds it by."""
        return f"{self.board} / {self.panel} / {self.ref}"


def panels(board: Json) -> Iterator[Json]:
    """Yield the panels that show something, those inside collapsed rows too."""
    for panel in board["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def queries(board: Json) -> Iterator[Asked]:
    """Yield the queries of all panels, variables not filled in."""
    for panel in panels(board):
        for target in panel.get("targets", []):
            yield Asked(
                board["title"],
                panel["title"],
                target["refId"],
                target["expr"],
                bool(target["instant"]),
            )


def variables(board: Json) -> Iterator[Json]:
    """Yield the variables in the order in which they are filled."""
    yield from board["templating"]["list"]


def parsed(query: str) -> tuple[str, str]:
    """Return (PromQL or selector, label) of a variable's query; no label: `query_result`.

    Raises ValueError for any other way to ask.
    """
    if (match := _LABEL_VALUES.fullmatch(query)) is not None:
        return match[1], match[2]
    if (match := _QUERY_RESULT.fullmatch(query)) is not None:
        return match[1], ""
    raise ValueError(f"expected label_values(...) or query_result(...), found {query!r}")


def values_of(variable: Json, answers: Sequence[str]) -> list[str]:
    """Return the values that a variable's regex takes out of the answers."""
    regex = variable.get("regex") or ""
    if not regex:
        return sorted(set(answers))
    pattern = re.compile(_GROUP.sub(r"(?P<\1>", regex.strip("/")))
    found = (pattern.search(answer) for answer in answers)
    return sorted({match["value"] for match in found if match is not None})


def everything(variable: Json, values: Sequence[str]) -> str:
    """Return what stands in a query when «all» is chosen."""
    if variable.get("allValue"):
        return str(variable["allValue"])
    return "(" + "|".join(_SPECIAL.sub(r"\\\g<0>", value) for value in values) + ")"


def as_text(labels: Mapping[str, str]) -> str:
    """Return a series as `query_result` gives it to the regex."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}"


def filled(expr: str, values: Mapping[str, str]) -> str:
    """Return the PromQL with every variable filled in. Raises KeyError for an unknown one.

    Inside quotes a backslash is written twice, as Grafana does for Prometheus.
    """

    def value(match: re.Match[str]) -> str:
        return values[match[1] or match[2]].replace("\\", "\\\\")

    return _VARIABLE.sub(value, expr)


def named(expr: str) -> set[str]:
    """Return the names of the variables in a text."""
    return {match[1] or match[2] for match in _VARIABLE.finditer(expr)}


def of_time(range_seconds: int, step_seconds: int, rate_seconds: int) -> dict[str, str]:
    """Return Grafana's own variables for a time range."""
    return {
        "__range": f"{range_seconds}s",
        "__range_s": str(range_seconds),
        "__interval": f"{step_seconds}s",
        "__rate_interval": f"{rate_seconds}s",
    }
