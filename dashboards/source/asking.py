"""Every query of every dashboard, asked of a real Prometheus as Grafana would ask it."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import requests

from dashboards.source.queries import (
    Asked,
    Json,
    as_text,
    everything,
    filled,
    of_time,
    parsed,
    queries,
    values_of,
    variables,
)

ASK_SECONDS: Final = 60.0
MOST_POINTS: Final = 240
"""About as many as a panel is wide; the step follows."""
RANGE_SECONDS: Final = 3600
RATE_SECONDS: Final = 240
"""`$__rate_interval` of a source whose `timeInterval` is 60 s: four of them."""


class PromError(Exception):
    """Prometheus gave no answer, or refused; the text says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one query. `problem` is empty where there is something to see."""

    asked: Asked
    problem: str
    series: int
    seconds: float


class Prometheus:
    """A Prometheus' query API at `url`; `ca` is a file that says whom to trust."""

    def __init__(self, url: str, ca: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        # A proxy of the environment has no way into the province's own network.
        self._session.trust_env = False
        self._session.verify = ca or True

    def instant(self, expr: str, at: float) -> list[Json]:
        """Return the series of an instant query. Raises PromError."""
        found = self._asked("query", {"query": expr, "time": f"{at:.3f}"})
        if found["resultType"] == "scalar":
            return [{"metric": {}, "value": found["result"]}]
        return list(found["result"])

    def over(self, expr: str, start: float, end: float, step: float) -> list[Json]:
        """Return the series of a range query. Raises PromError."""
        data = {
            "query": expr,
            "start": f"{start:.3f}",
            "end": f"{end:.3f}",
            "step": f"{step:g}",
        }
        return list(self._asked("query_range", data)["result"])

    def label_values(self, selector: str, label: str, start: float, end: float) -> list[str]:
        """Return the values that a label has in a selection of series. Raises PromError."""
        data = {"match[]": selector, "start": f"{start:.3f}", "end": f"{end:.3f}"}
        # Values of a label can only be asked with GET, and a long selection has no room there.
        found = self._asked("series", data)
        return sorted({series[label] for series in found if label in series})

    def _asked(self, path: str, data: Mapping[str, str]) -> Any:
        try:
            answer = self._session.post(
                f"{self._url}/api/v1/{path}", data=dict(data), timeout=ASK_SECONDS
            )
            said = answer.json()
        except requests.JSONDecodeError as exc:
            found = answer.status_code
            raise PromError(
                f"{self._url}: expected Prometheus' JSON, found status {found}"
            ) from exc
        except requests.RequestException as exc:
            raise PromError(f"{self._url}: {exc}") from exc
        if said.get("status") != "success":
            raise PromError(f"{said.get('errorType')}: {said.get('error')}")
        return said["data"]


@dataclass(frozen=True, slots=True)
class Span:
    """A time range in Unix seconds as a dashboard shows it."""

    end: float
    range_seconds: int = RANGE_SECONDS
    rate_seconds: int = RATE_SECONDS

    @property
    def start(self) -> float:
        """Return when it begins."""
        return self.end - self.range_seconds

    @property
    def step(self) -> int:
        """Return the seconds between two points."""
        return max(15, math.ceil(self.range_seconds / MOST_POINTS))

    def values(self) -> dict[str, str]:
        """Return Grafana's own variables."""
        return of_time(self.range_seconds, self.step, self.rate_seconds)


def last_hour() -> Span:
    """Return the hour up to now."""
    return Span(end=time.time())


def chosen(prometheus: Prometheus, board: Json, span: Span) -> tuple[dict[str, str], list[Answer]]:
    """Fill every variable with «all»; return the values and what came of their queries.

    A variable without any value is a problem: nothing can be chosen.
    """
    values = span.values()
    answers: list[Answer] = []
    for variable in variables(board):
        name = variable["name"]
        if variable["type"] != "query":
            values[name] = str(variable.get("allValue") or variable["query"])
            continue
        expr, label = parsed(variable["query"]["query"])
        expr = filled(expr, values)
        asked = Asked(board["title"], f"biến {name}", "variable", expr, is_instant=True)
        began, problem = time.monotonic(), ""
        found: list[str] = []
        try:
            found = values_of(variable, list(_texts(prometheus, expr, label, span)))
            problem = "" if found else "no value"
        except PromError as exc:
            problem = str(exc)
        answers.append(Answer(asked, problem, len(found), time.monotonic() - began))
        values[name] = everything(variable, found)
    return values, answers


def _texts(prometheus: Prometheus, expr: str, label: str, span: Span) -> Iterator[str]:
    if label:
        yield from prometheus.label_values(expr, label, span.start, span.end)
    else:
        for series in prometheus.instant(expr, span.end):
            yield as_text(series["metric"])


def answers(prometheus: Prometheus, board: Json, span: Span) -> list[Answer]:
    """Ask every query of a dashboard, its variables first; return what came."""
    values, found = chosen(prometheus, board, span)
    for asked in queries(board):
        began = time.monotonic()
        try:
            series = series_of(prometheus, asked, filled(asked.expr, values), span)
            problem = _judged(series)
        except PromError as exc:
            series, problem = [], str(exc)
        except KeyError as exc:
            series, problem = [], f"unknown variable {exc}"
        found.append(Answer(asked, problem, len(series), time.monotonic() - began))
    return found


def series_of(prometheus: Prometheus, asked: Asked, expr: str, span: Span) -> list[Json]:
    """Ask one query with its variables filled in; return its series. Raises PromError."""
    if asked.is_instant:
        return prometheus.instant(expr, span.end)
    return prometheus.over(expr, span.start, span.end, span.step)


def _judged(series: Sequence[Json]) -> str:
    """Return what is wrong with the answer to a query; "" if there is something to see."""
    if not series:
        return "no series"
    numbers = [
        float(value)
        for one in series
        for _, value in (one["values"] if "values" in one else [one["value"]])
    ]
    return "" if any(not math.isnan(number) for number in numbers) else "only NaN"
