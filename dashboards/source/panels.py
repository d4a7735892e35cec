"""Words, limits, and the kinds of panels that we use but tables, made the same way everywhere."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.source.grafana import Panel, Query
from dashboards.source.words import GREEN, RED, YELLOW

Json = dict[str, Any]

COUNT: Final = "short"
RATIO: Final = "percentunit"
SECONDS: Final = "s"
DURATION: Final = "dtdurations"
BYTES: Final = "bytes"
BYTE_RATE: Final = "Bps"
DBM: Final = "dBm"
WHEN: Final = "time:DD/MM/YYYY HH:mm"
"""Of milliseconds."""
SITES: Final = "suffix: điểm"
MACHINES: Final = "suffix: máy"
TEXT: Final = "string"

RECORDED: Final = (
    "Số liệu ghi sẵn theo luật của Prometheus, không tính lại khi báo cáo về muộn.",
    "Recorded series: rules are not evaluated again for reports that arrive late.",
)
"""What a panel over recorded series says of itself."""
RECORDED_BELIEF: Final = (
    "Nguyên nhân là số liệu ghi sẵn theo luật của Prometheus, lấy ở cuối khoảng thời gian.",
    "The cause is a recorded series, taken at the end of the range.",
)
"""What a panel says whose only recorded series is the newest belief about outages."""
_RECORDED_NAME: Final = re.compile(r"\b(\w+):govnet_\w+:\w+")
_NO_DATA: Final = "Không có số liệu"
_GAP_MILLISECONDS: Final = 180_000
"""Points this far apart are still joined: three reports."""


@dataclass(frozen=True, slots=True)
class Words:
    """A panel's title and what it shows, in Vietnamese and English."""

    title: str
    vi: str
    en: str

    def about(self, queries: Sequence[Query]) -> str:
        """Return both languages, Vietnamese first; recorded series are said to be such."""
        levels = {level for query in queries for level in _RECORDED_NAME.findall(query.expr)}
        if not levels:
            return f"{self.vi}\n\n{self.en}"
        vi, en = RECORDED_BELIEF if levels == {"outage"} else RECORDED
        return f"{self.vi} {vi}\n\n{self.en} {en}"


def steps(*limits: tuple[float, str], base: str = GREEN) -> Json:
    """Return colours by limits; `base` is below the first."""
    found: list[Json] = [{"color": base, "value": None}]
    found += [{"color": colour, "value": limit} for limit, colour in limits]
    return {"mode": "absolute", "steps": found}


PLAIN: Final = steps(base="text")
LOW_IS_BAD: Final = steps((0.9, YELLOW), (0.98, GREEN), base=RED)
"""Of a ratio that should be 1."""
ANY_IS_BAD: Final = steps((1, RED))
ANY_IS_ODD: Final = steps((1, YELLOW))
HIGH_IS_BAD: Final = steps((0.8, YELLOW), (0.95, RED))
"""Of a ratio of use."""


def renamed(names: Mapping[str, tuple[str, str]]) -> tuple[Json, ...]:
    """Return overrides that show series of these names by a text and a colour."""
    return tuple(
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [
                {"id": "displayName", "value": text},
                {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}},
            ],
        }
        for name, (text, colour) in names.items()
    )


NOT_RENAMED: Final[Mapping[str, tuple[str, str]]] = {}


def stat(
    words: Words,
    expr: str,
    unit: str = COUNT,
    *,
    thresholds: Json = PLAIN,
    mappings: Sequence[Json] = (),
    legend: str = "",
    width: int = 4,
    height: int = 4,
    decimals: int | None = None,
    shows: str = "auto",
) -> Panel:
    """Return one number (or one for each series), as it is at the end of the time range.

    `shows`: "name" for what a label says instead of the number.
    """
    defaults: Json = {
        "thresholds": thresholds,
        "mappings": list(mappings),
        "color": {"mode": "thresholds"},
        "noValue": _NO_DATA,
    }
    if decimals is not None:
        defaults["decimals"] = decimals
    asked = (Query(expr, legend, is_instant=True),)
    return Panel(
        "stat",
        words.title,
        words.about(asked),
        asked,
        unit,
        width,
        height,
        options={
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "percentChangeColorMode": "standard",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "showPercentChange": False,
            "textMode": shows,
            "wideLayout": True,
        },
        defaults=defaults,
    )


def graph(
    words: Words,
    queries: Mapping[str, str],
    unit: str,
    *,
    width: int = 12,
    height: int = 8,
    is_stacked: bool = False,
    least: float | None = 0,
    most: float | None = None,
    thresholds: Json | None = None,
    names: Mapping[str, tuple[str, str]] = NOT_RENAMED,
) -> Panel:
    """Return lines over time; `queries` maps a legend to its PromQL."""
    defaults: Json = {
        "color": {"mode": "palette-classic"},
        "noValue": _NO_DATA,
        "custom": {
            "drawStyle": "line",
            "lineInterpolation": "linear",
            "lineWidth": 1,
            "fillOpacity": 30 if is_stacked else 5,
            "showPoints": "auto",
            "pointSize": 4,
            "spanNulls": _GAP_MILLISECONDS,
            "stacking": {"mode": "normal" if is_stacked else "none", "group": "A"},
            "axisPlacement": "auto",
            "thresholdsStyle": {"mode": "off" if thresholds is None else "line"},
        },
    }
    if thresholds is not None:
        defaults["thresholds"] = thresholds
    if least is not None:
        defaults["min"] = least
    if most is not None:
        defaults["max"] = most
    asked = tuple(Query(expr, legend) for legend, expr in queries.items())
    return Panel(
        "timeseries",
        words.title,
        words.about(asked),
        asked,
        unit,
        width,
        height,
        options={
            "legend": {
                "calcs": ["lastNotNull", "max"],
                "displayMode": "table",
                "placement": "bottom",
                "showLegend": True,
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        defaults=defaults,
        overrides=renamed(names),
    )


def timeline(
    words: Words,
    expr: str,
    legend: str,
    mappings: Sequence[Json],
    *,
    width: int = 24,
    height: int = 10,
    per_page: int = 25,
) -> Panel:
    """Return one bar for each series, coloured by its code over time."""
    asked = (Query(expr, legend),)
    return Panel(
        "state-timeline",
        words.title,
        words.about(asked),
        asked,
        COUNT,
        width,
        height,
        options={
            "alignValue": "left",
            "mergeValues": True,
            "perPage": per_page,
            "rowHeight": 0.85,
            "showValue": "auto",
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "single", "sort": "none"},
        },
        defaults={
            "mappings": list(mappings),
            "color": {"mode": "thresholds"},
            "thresholds": PLAIN,
            "noValue": _NO_DATA,
            "custom": {"fillOpacity": 80, "lineWidth": 0, "spanNulls": False},
        },
        # More columns than a screen shows cost time and tell nothing.
        most_points=240,
    )


def bars(
    words: Words,
    expr: str,
    legend: str,
    unit: str,
    *,
    width: int = 8,
    height: int = 8,
    thresholds: Json = PLAIN,
    names: Mapping[str, tuple[str, str]] = NOT_RENAMED,
    most: float | None = None,
) -> Panel:
    """Return one horizontal bar for each series, as it is at the end of the time range."""
    defaults: Json = {
        "thresholds": thresholds,
        "color": {"mode": "thresholds"},
        "noValue": _NO_DATA,
        "min": 0,
    }
    if most is not None:
        defaults["max"] = most
    asked = (Query(expr, legend, is_instant=True),)
    return Panel(
        "bargauge",
        words.title,
        words.about(asked),
        asked,
        unit,
        width,
        height,
        options={
            "displayMode": "basic",
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
            "maxVizHeight": 40,
            "minVizHeight": 12,
            "minVizWidth": 8,
            "namePlacement": "left",
            "orientation": "horizontal",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "showUnfilled": True,
            "sizing": "auto",
            "valueMode": "color",
        },
        defaults=defaults,
        overrides=renamed(names),
    )
